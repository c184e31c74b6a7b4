// The verbs that are little more than one call of a method of the manager.
#include <csignal>

#include "base/log.hpp"
#include "client/calls/calls.hpp"
#include "client/calls/exit_code.hpp"
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

int verb_reset_failed(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    if (words.size() == 1) {
        auto reply = call_manager(*manager, "ResetFailed");
        if (reply) return exit_ok;
        log_error("Failed to execute operation: ", words_of(reply.error()));
        return exit_failure;
    }
    auto expanded = expand_unit_names(session, *manager, {words.begin() + 1, words.end()});
    if (!expanded) return exit_failure;
    int status = exit_ok;
    for (const auto& name : expanded->names) {
        auto reply = call_manager(*manager, "ResetFailedUnit", name);
        if (reply) continue;
        log_error("Failed to reset failed state of unit ", name, ": ", words_of(reply.error()));
        status = exit_failure;
    }
    return status;
}

int verb_kill(Session& session, const Words& words) {
    const auto& request = session.request;
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    std::string whom = request.kill_whom.empty() ? "all" : request.kill_whom;
    if (request.job_mode == "fail") whom += "-fail";
    auto expanded = expand_unit_names(session, *manager, {words.begin() + 1, words.end()});
    if (!expanded) return exit_failure;
    int status = exit_ok;
    for (const auto& name : expanded->names) {
        Message call = method_call(manager_path, manager_interface, "KillUnit");
        Writer body;
        body.string(name).string(whom).int32(request.signal ? request.signal : SIGTERM);
        auto finished = body.finish(call);
        auto reply = finished ? manager->call(std::move(call)) : Result<Message>(finished.error());
        if (reply) continue;
        log_error("Failed to kill unit ", name, ": ", words_of(reply.error()));
        status = exit_failure;
    }
    return status;
}

} // namespace sctl
