#include "client/verbs.hpp"

#include "base/log.hpp"
#include "client/exit_code.hpp"
#include "client/surroundings.hpp"

namespace sctl {

namespace {

constexpr Verb verb_rows[] = {
    {"list-units", 0, any_number, true, verb_list_units, "[PATTERN...]", "List the loaded units"},
    {"is-active", 2, any_number, true, verb_is_active, "PATTERN...",
     "Say whether units are active"},
    {"check", 2, any_number, true, verb_is_active, "", ""},
    {"is-failed", 2, any_number, true, verb_is_failed, "[PATTERN...]",
     "Say whether units have failed"},
    {"status", 0, any_number, true, verb_status, "[PATTERN...|PID...]",
     "Show how units, or the whole system, are doing"},
    {"show", 0, any_number, true, verb_show, "[PATTERN...|JOB...]",
     "Show properties of units, jobs or the manager"},
    {"help", 0, any_number, true, verb_help, "PATTERN...|PID...",
     "Show where units are documented"},
    {"start", 2, any_number, true, verb_start, "UNIT...", "Start units"},
    {"stop", 2, any_number, true, verb_start, "UNIT...", "Stop units"},
    {"condstop", 2, any_number, true, verb_start, "", ""},
    {"reload", 2, any_number, true, verb_start, "UNIT...", "Have units reload their configuration"},
    {"restart", 2, any_number, true, verb_start, "UNIT...", "Stop units and start them again"},
    {"try-restart", 2, any_number, true, verb_start, "UNIT...", "Restart units that are active"},
    {"condrestart", 2, any_number, true, verb_start, "", ""},
    {"reload-or-restart", 2, any_number, true, verb_start, "UNIT...",
     "Reload units that can, restart the others"},
    {"try-reload-or-restart", 2, any_number, true, verb_start, "UNIT...",
     "The same for units that are active"},
    {"reload-or-try-restart", 2, any_number, true, verb_start, "", ""},
    {"force-reload", 2, any_number, true, verb_start, "", ""},
    {"condreload", 2, any_number, true, verb_start, "", ""},
    {"isolate", 2, 2, true, verb_start, "UNIT", "Start one unit and stop all others"},
    {"kill", 2, any_number, true, verb_kill, "UNIT...", "Send a signal to the processes of units"},
    {"reset-failed", 0, any_number, true, verb_reset_failed, "[PATTERN...]",
     "Forget that units have failed"},
    {"daemon-reload", 1, 1, true, verb_daemon_reload, "", "Read all unit files anew"},
    {"daemon-reexec", 1, 1, true, verb_daemon_reload, "", "Execute the manager anew"},
    {"is-system-running", 0, 1, false, verb_is_system_running, "", "Say how the system is doing"},
    {"default", 0, 1, true, verb_start, "", "Isolate the default target"},
    {"rescue", 0, 1, true, verb_start, "", "Isolate rescue.target"},
    {"emergency", 0, 1, true, verb_start, "", "Isolate emergency.target"},
    {"halt", 0, 1, true, verb_halt, "", "Stop everything"},
    {"poweroff", 0, 1, true, verb_halt, "", "Stop everything"},
    {"reboot", 0, 1, true, verb_halt, "", "Stop everything, for a new start"},
    {"kexec", 0, 1, true, verb_halt, "", ""},
    {"exit", 0, 2, true, verb_halt, "[EXIT_CODE]", "Stop everything, and end with this status"},
};

} // namespace

const Verb* find_verb(std::string_view name) {
    for (const auto& verb : verb_rows) {
        if (verb.name == name) return &verb;
    }
    return nullptr;
}

int run_verb(Session& session) {
    static const Words default_words = {"list-units"};
    const auto& typed = session.options.arguments;
    const Words& words = typed.empty() ? default_words : typed;
    const Verb* verb = find_verb(words.front());
    if (!verb) {
        log_error("Unknown command verb ", words.front(), ".");
        return exit_failure;
    }
    if (verb->needs_manager && session.options.has_root) {
        log_error("Verb '", words.front(), "' cannot be used with --root= or --image=.");
        return exit_failure;
    }
    if (words.size() < verb->least) {
        log_error("Too few arguments.");
        return exit_failure;
    }
    if (words.size() > verb->most) {
        log_error("Too many arguments.");
        return exit_failure;
    }
    if (verb->needs_manager && session.options.instance.empty() && is_offline()) {
        if (typed.empty())
            log_info("Running in chroot, ignoring command.");
        else
            log_info("Running in chroot, ignoring command '", words.front(), "'");
        return exit_ok;
    }
    return verb->run(session, words);
}

} // namespace sctl
