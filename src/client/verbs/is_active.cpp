// is-active, is-failed and is-system-running: one word each, and an exit status for scripts.
#include <sys/stat.h>

#include <algorithm>

#include "base/log.hpp"
#include "client/calls/calls.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/startup_wait.hpp"
#include "client/calls/surroundings.hpp"
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

int verb_is_system_running(Session& session, const Words&) {
    auto answer = [&](std::string_view state) {
        if (!session.request.quiet) session.print(state, '\n');
        return state == "running" ? exit_ok : exit_failure;
    };
    if (session.request.has_root || is_in_chroot()) return answer("offline");
    auto* manager = session.request.wait ? manager_once_there(session) : session.manager_if_any();
    if (!manager) {
        if (is_local_and_not_booted(session.request)) return answer("offline");
        (void)session.manager();
        return exit_failure;
    }
    while (true) {
        auto state = get_text(*manager, manager_path, manager_interface, "SystemState");
        if (!state) {
            log_warning("Failed to query system state: ", words_of(state.error()));
            return answer("unknown");
        }
        bool booting = *state == "initializing" || *state == "starting";
        if (!session.request.wait || !booting) return answer(*state);
        auto finished = manager->wait_signal([](const Message& signal) {
            return signal.is_signal(manager_interface, "StartupFinished");
        });
        if (!finished) {
            log_warning("Failed to query system state: ", words_of(finished.error()));
            return answer("unknown");
        }
    }
}

} // namespace sctl
