// is-active and is-failed: one word for each unit, and an exit status for scripts.
#include <algorithm>

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/unit_names.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

namespace {

// Prints each unit's state. exit_ok where one of them is among `good`, else `otherwise`.
int check_states(Session& session, const Words& words, std::initializer_list<std::string_view> good,
                 ExitCode otherwise) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    auto expanded = expand_unit_names(session, *manager, {words.begin() + 1, words.end()});
    if (!expanded) return exit_failure;
    bool found = false;
    for (const auto& name : expanded->names) {
        auto state = get_active_state(*manager, name);
        if (!state) {
            log_error("Failed to retrieve unit state: ", words_of(state.error()));
            return exit_failure;
        }
        if (!session.request.quiet) session.print(*state, '\n');
        found = found || std::ranges::find(good, *state) != good.end();
    }
    return found ? exit_ok : otherwise;
}

} // namespace

int verb_is_active(Session& session, const Words& words) {
    return check_states(session, words, {"active", "reloading"}, exit_not_running);
}

int verb_is_failed(Session& session, const Words& words) {
    return check_states(session, words, {"failed"}, exit_failure);
}

} // namespace sctl
