// is-system-running: one word for the whole, and an exit status for scripts.
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/startup_wait.hpp"
#include "client/calls/surroundings.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

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
