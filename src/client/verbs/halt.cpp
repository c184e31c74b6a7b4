// halt, poweroff, reboot, exit and their like: jobs for a target, or with --force without any.
#include <sys/reboot.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

namespace {

struct HaltVerb {
    std::string_view verb, method;
    unsigned command; // of reboot(2); 0: none
};

constexpr HaltVerb halt_verbs[] = {
    {"halt", "Halt", RB_HALT_SYSTEM},
    {"poweroff", "PowerOff", RB_POWER_OFF},
    {"reboot", "Reboot", RB_AUTOBOOT},
    {"kexec", "KExec", 0},
    {"exit", "Exit", 0},
};

// The status with which the manager shall end, if one is given.
bool set_exit_code(ClientConnection& manager, const Words& words) {
    if (words.size() < 2) return true;
    auto code = parse_number<uint8_t>(words[1]);
    if (!code) {
        log_error("Invalid exit code.");
        return false;
    }
    Message call = method_call(manager_path, manager_interface, "SetExitCode");
    Writer body;
    body.byte(*code);
    (void)body.finish(call).has_value();
    auto reply = manager.call(std::move(call));
    if (!reply) log_error("Failed to set exit code: ", words_of(reply.error()));
    return reply.has_value();
}

int halt_at_once(const HaltVerb& verb) {
    ::sync();
    ::reboot(static_cast<int>(verb.command));
    log_error("Failed to ", verb.verb, ": ", words_of(errno_error("reboot")));
    return exit_failure;
}

// In a step of an image's build, or below another's PID 1, the caller may be the last to end: what
// still stops then would be killed. The end of PID 1 ends us, too, and is not waited for.
void wait_for_end(ClientConnection& manager) {
    ucred listener{};
    socklen_t size = sizeof listener;
    bool known = ::getsockopt(manager.fd(), SOL_SOCKET, SO_PEERCRED, &listener, &size) == 0;
    if (!known || listener.pid <= 1) return;
    (void)manager.wait_signal([](const Message&) { return false; }).has_value();
}

} // namespace

int verb_halt(Session& session, const Words& words) {
    const auto& request = session.request;
    const HaltVerb* found = nullptr;
    for (const auto& verb : halt_verbs) {
        if (verb.verb == words.front()) found = &verb;
    }
    if (!found) return exit_failure;
    if (request.dry_run) {
        session.print("Would ", found->verb, request.force >= 2 ? " at once" : "", ".\n");
        return exit_ok;
    }
    if (request.force >= 2 && found->command != 0) return halt_at_once(*found);
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    if (found->verb == "exit" && !set_exit_code(*manager, words)) return exit_failure;
    if (request.force == 0) {
        // The manager goes away with the job: nobody would be left to report that it is done.
        Message call = method_call(manager_path, manager_interface, "StartUnit");
        Writer body;
        body.string(cat(found->verb, ".target")).string("replace-irreversibly");
        (void)body.finish(call).has_value();
        auto reply = manager->call(std::move(call));
        if (reply && found->verb == "exit" && request.block && !request.user)
            wait_for_end(*manager);
        if (reply) return exit_ok;
        log_error("Failed to start ", found->verb, ".target: ", words_of(reply.error()));
        log_error("See system logs and 'systemctl", session.scope_option(), " status ", found->verb,
                  ".target' for details.");
        return exit_code_of(reply.error());
    }
    auto reply = call_manager(*manager, found->method);
    if (reply) return exit_ok;
    log_error("Failed to execute operation: ", words_of(reply.error()));
    return exit_failure;
}

} // namespace sctl
