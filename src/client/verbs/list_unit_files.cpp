// is-enabled, get-default, list-unit-files and cat: what unit files there are, and what they say.
// They read the files themselves, so they answer the same with a manager and without.
#include <strings.h>

#include <algorithm>

#include "base/log.hpp"
#include "client/calls/calls.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/surroundings.hpp"
#include "client/files/sysv.hpp"
#include "client/files/unit_files.hpp"
#include "client/text/glyphs.hpp"
#include "client/text/print_table.hpp"
#include "client/text/unit_order.hpp"
#include "client/verbs/verb_table.hpp"
#include "install/presets.hpp"
#include "install/unit_file_states.hpp"
#include "unit/unit_index.hpp"

namespace sctl {

namespace {

// The links that make a unit enabled: is-enabled --full.
void print_links(Session& session, const UnitFiles& files, const std::string& name) {
    InstallFlags flags{.runtime = session.request.runtime, .dry_run = true};
    Words names = {name};
    for (const auto& change : disable_units(files.place(), names, flags).changes) {
        if (change.kind == InstallChange::Kind::Unlink) session.print("  ", change.path, "\n");
    }
}

std::string name_or_path(const Session& session, const std::string& typed) {
    if (typed.find('/') != std::string::npos) return absolute_path(typed).value_or(typed);
    return mangle_or_complain(session, typed, ".service",
                              cat("Failed to mangle unit name or path '", typed, "'"));
}

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

bool shows_preset(std::string_view file_state) {
    // What nobody enables has no preset worth a look.
    return file_state != "alias" && file_state != "static" && file_state != "generated" &&
           file_state != "transient";
}

int verb_is_enabled(Session& session, const Words& words) {
    if (!root_is_there(session)) return exit_failure;
    UnitFiles files(session);
    Words names;
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
        names.push_back(name_or_path(session, *word));
        if (names.back().empty()) return exit_failure;
    }
    bool enabled = hand_to_sysv_install(session, "is-enabled", names) == SysvOutcome::Enabled;
    for (const auto& name : names) {
        // A path is no unit, although enable and the like take one.
        bool is_path = name.find('/') != std::string::npos;
        auto state = is_path ? Result<UnitFileState>(Error{EINVAL, {}, {}})
                             : unit_file_state(files.place(), name);
        if (!state) {
            log_error("Failed to get unit file state for ", name, ": ",
                      words_of(Error{state.error().code, state.error().text, {}}));
            return exit_failure;
        }
        enabled = enabled || counts_as_enabled(*state);
        if (session.request.quiet) continue;
        session.print(to_string(*state), "\n");
        if (session.request.full) print_links(session, files, name);
    }
    return enabled ? exit_ok : exit_failure;
}

int verb_get_default(Session& session, const Words&) {
    if (!root_is_there(session, "Failed to get default target")) return exit_failure;
    UnitFiles files(session);
    auto target = default_target(files.place());
    if (!target) {
        log_error("Failed to get default target: ", words_of(target.error()));
        return exit_failure;
    }
    session.print(*target, "\n");
    return exit_ok;
}

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
