// daemon-reload and daemon-reexec.
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

namespace {

// Loading thousands of units takes its time.
constexpr Span reload_timeout = 180s;

} // namespace

int verb_daemon_reload(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    bool reexecute = words.front() == "daemon-reexec";
    auto reply = manager->call(
        method_call(manager_path, manager_interface, reexecute ? "Reexecute" : "Reload"),
        reload_timeout);
    if (reply) return exit_ok;
    // A manager that executes itself anew answers by closing the connection.
    if (reexecute && (reply.error().code == ECONNRESET || reply.error().code == ETIMEDOUT ||
                      reply.error().name == "org.freedesktop.DBus.Error.NoReply")) {
        return exit_ok;
    }
    log_error(reexecute ? "Reexecute" : "Reload", " daemon failed: ", words_of(reply.error()));
    return exit_failure;
}

} // namespace sctl
