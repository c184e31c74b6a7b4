// kill: a signal for the processes of units.
#include <csignal>

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/unit_names.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

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
