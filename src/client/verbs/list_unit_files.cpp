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

void add_preset(Table& table, std::optional<bool> enables) {
    if (!enables) return table.add_cell("-", {color_grey()}, "null");
    table.add_cell(*enables ? "enabled" : "disabled", {*enables ? color_green : color_red});
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
    std::vector<std::string_view> names;
    names.reserve(listed.size());
    for (const auto& file : listed) names.push_back(file.name);
    auto order = unit_order(names);

    Table table({"UNIT FILE", "STATE", "PRESET"});
    for (size_t i = 0; i < order.size(); ++i) {
        const auto& file = listed[order[i]];
        auto state = to_string(file.state);
        std::optional<bool> preset;
        if (shows_preset(state)) preset = presets.ask(file.name).enable;
        table.add_cell(file.name);
        table.add_cell(state, {file_state_color(file.state), true});
        add_preset(table, preset);
        if (i + 1 < order.size() && !same_type(file.name, names[order[i + 1]])) table.underline();
    }
    print_table(session, table);
    if (request.legend) session.print("\n", listed.size(), " unit files listed.\n");
    return listed.empty() ? exit_failure : exit_ok;
}

} // namespace sctl
