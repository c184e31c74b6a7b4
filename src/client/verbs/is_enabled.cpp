// is-enabled: read from the files themselves, so that it says the same with a manager and without.
#include <algorithm>

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/unit_names.hpp"
#include "client/files/sysv.hpp"
#include "client/files/unit_files.hpp"
#include "client/request/typed_path.hpp"
#include "client/verbs/verb_table.hpp"

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

} // namespace

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

} // namespace sctl
