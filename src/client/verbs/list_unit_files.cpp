// list-unit-files: what unit files there are, with their states and presets.
#include <algorithm>

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/files/unit_files.hpp"
#include "client/text/glyphs.hpp"
#include "client/text/print_table.hpp"
#include "client/text/unit_order.hpp"
#include "client/verbs/verb_table.hpp"
#include "install/presets.hpp"
#include "install/unit_file_states.hpp"

namespace sctl {

namespace {

bool is_listed(const ClientRequest& request, const Words& patterns, const ListedUnitFile& file) {
    auto dot = file.name.rfind('.');
    auto type =
        dot == std::string::npos ? std::string_view() : std::string_view(file.name).substr(dot + 1);
    if (!request.types.empty() && !contains(request.types, type)) return false;
    if (!request.states.empty() && !contains(request.states, to_string(file.state))) return false;
    return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
               return matches_glob(pattern, file.name);
           });
}

std::string_view file_state_color(UnitFileState state) {
    switch (state) {
        case UnitFileState::Enabled:
        case UnitFileState::Alias: return color_green;
        case UnitFileState::Masked:
        case UnitFileState::MaskedRuntime:
        case UnitFileState::Disabled:
        case UnitFileState::Bad: return color_red;
        default: return "";
    }
}

Cell preset_cell(std::optional<bool> enables) {
    if (!enables) return {.text = "-", .color = color_grey(), .json = "null"};
    return {.text = *enables ? "enabled" : "disabled", .color = *enables ? color_green : color_red};
}

} // namespace

int verb_list_unit_files(Session& session, const Words& words) {
    if (!root_is_there(session, "Failed to get unit file list")) return exit_failure;
    const auto& request = session.request;
    UnitFiles files(session);
    // What is wrong with units that are only listed is said when they are loaded.
    auto place = files.place();
    place.warn = [](std::string_view) {};
    UnitFileStates states(place);
    auto presets = Presets::read(files.place());
    Words patterns(words.begin() + 1, words.end());
    auto listed = states.all();
    std::erase_if(listed,
                  [&](const ListedUnitFile& file) { return !is_listed(request, patterns, file); });
    std::ranges::sort(listed, [](const ListedUnitFile& a, const ListedUnitFile& b) {
        return comes_before(a.name, b.name);
    });

    Table table({"UNIT FILE", "STATE", "PRESET"});
    for (size_t i = 0; i < listed.size(); ++i) {
        const auto& file = listed[i];
        auto state = to_string(file.state);
        std::optional<bool> preset;
        if (shows_preset(state)) preset = presets.ask(file.name).enable;
        table.add({{file.name},
                   {std::string(state), file_state_color(file.state), true},
                   preset_cell(preset)});
        if (i + 1 < listed.size() && !same_type(file.name, listed[i + 1].name)) table.underline();
    }
    print_table(session, table);
    if (request.legend) session.print("\n", listed.size(), " unit files listed.\n");
    return listed.empty() ? exit_failure : exit_ok;
}

} // namespace sctl
