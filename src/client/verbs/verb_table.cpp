#include "client/verbs/verb_table.hpp"

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/surroundings.hpp"
#include "client/verbs/without_manager.hpp"

namespace sctl {

namespace {

constexpr Verb verb_rows[] = {
    {"list-units", 0, any_number, true, verb_list_units, "[PATTERN...]", "List the loaded units"},
    {"list-sockets", 0, any_number, true, verb_list_sockets, "[PATTERN...]",
     "List the loaded sockets by address"},
    {"list-timers", 0, any_number, true, verb_list_timers, "[PATTERN...]",
     "List the loaded timers by their next moment"},
    {"list-automounts", 0, any_number, true, verb_list_automounts, "[PATTERN...]",
     "List the loaded automounts by path"},
    {"is-active", 2, any_number, true, verb_is_active, "PATTERN...",
     "Say whether units are active"},
    {"check", 2, any_number, true, verb_is_active, "", ""},
    {"healthcheck", 1, any_number, false, verb_healthcheck, "[UNIT...] [-- PROBE]",
     "0 where units and the probe are fine, else 1"},
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
    {"reload-or-restart", 0, any_number, true, verb_start, "UNIT...",
     "Reload units that can, restart the others"},
    {"try-reload-or-restart", 2, any_number, true, verb_start, "UNIT...",
     "The same for units that are active"},
    {"reload-or-try-restart", 2, any_number, true, verb_start, "", ""},
    {"force-reload", 2, any_number, true, verb_start, "", ""},
    {"condreload", 2, any_number, true, verb_start, "", ""},
    {"isolate", 2, 2, true, verb_start, "UNIT", "Start one unit and stop all others"},
    {"enable", 2, any_number, false, verb_enable, "UNIT...", "Have units started at boot"},
    {"disable", 2, any_number, false, verb_enable, "UNIT...", "Undo enable"},
    {"reenable", 2, any_number, false, verb_enable, "UNIT...", "Undo enable, and enable anew"},
    {"preset", 2, any_number, false, verb_enable, "UNIT...", "Enable or disable as presets say"},
    {"preset-all", 0, 1, false, verb_preset_all, "", "The same for all unit files"},
    {"is-enabled", 2, any_number, false, verb_is_enabled, "UNIT...",
     "Say whether units are enabled"},
    {"mask", 2, any_number, false, verb_enable, "UNIT...", "Make it impossible to start units"},
    {"unmask", 2, any_number, false, verb_enable, "UNIT...", "Undo mask"},
    {"link", 2, any_number, false, verb_enable, "PATH...", "Make unit files from elsewhere known"},
    {"revert", 2, any_number, false, verb_enable, "UNIT...", "Go back to the vendor's unit files"},
    {"add-wants", 3, any_number, false, verb_add_dependency, "TARGET UNIT...",
     "Have a target want units"},
    {"add-requires", 3, any_number, false, verb_add_dependency, "TARGET UNIT...",
     "Have a target require units"},
    {"get-default", 0, 1, false, verb_get_default, "", "Say which target is booted"},
    {"set-default", 2, 2, false, verb_set_default, "TARGET", "Set the target that is booted"},
    {"list-unit-files", 0, any_number, false, verb_list_unit_files, "[PATTERN...]",
     "List the unit files and their states"},
    {"cat", 2, any_number, true, verb_cat, "PATTERN...", "Print the files of units"},
    {"edit", 2, any_number, true, verb_edit, "UNIT...", "Change units in an editor"},
    {"list-dependencies", 0, any_number, true, verb_list_dependencies, "[UNIT...]",
     "Show what units pull in, as a tree"},
    {"list-jobs", 0, any_number, true, verb_list_jobs, "[PATTERN...]", "List the queued jobs"},
    {"cancel", 0, any_number, true, verb_cancel, "[JOB...]", "Cancel jobs, or all of them"},
    {"clear-jobs", 0, 1, true, verb_cancel, "", ""},
    {"show-environment", 0, 1, true, verb_show_environment, "",
     "Print the environment of services"},
    {"set-environment", 2, any_number, true, verb_set_environment, "VARIABLE=VALUE...",
     "Set variables in it"},
    {"unset-environment", 2, any_number, true, verb_set_environment, "VARIABLE...",
     "Remove variables from it"},
    {"import-environment", 0, any_number, true, verb_import_environment, "VARIABLE...",
     "Take variables over from this shell"},
    {"log-level", 0, 2, true, verb_log_setting, "[LEVEL]", "Show or set what the manager logs"},
    {"log-target", 0, 2, true, verb_log_setting, "[TARGET]", "Show or set where to"},
    {"service-log-level", 2, 3, true, verb_service_log_setting, "SERVICE [LEVEL]",
     "Show or set what a service logs"},
    {"service-log-target", 2, 3, true, verb_service_log_setting, "SERVICE [TARGET]",
     "Show or set where to"},
    {"service-watchdogs", 0, 2, true, verb_service_watchdogs, "[BOOL]",
     "Show or set whether services are watched"},
    {"kill", 2, any_number, true, verb_kill, "UNIT...", "Send a signal to the processes of units"},
    {"clean", 2, any_number, true, verb_clean, "UNIT...", "Remove the directories of units"},
    {"freeze", 2, any_number, true, verb_clean, "PATTERN...", ""},
    {"thaw", 2, any_number, true, verb_clean, "PATTERN...", ""},
    {"set-property", 3, any_number, true, verb_set_property, "UNIT NAME=VALUE...",
     "Set what a unit may use"},
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
    {"exit", 0, 2, true, verb_halt, "[CODE]", "Stop everything, and end with this status"},
};

} // namespace

std::span<const Verb> verbs() {
    return verb_rows;
}

const Verb* find_verb(std::string_view name) {
    for (const auto& verb : verb_rows) {
        if (verb.name == name) return &verb;
    }
    return nullptr;
}

int run_verb(Session& session) {
    static const Words default_words = {"list-units"};
    const auto& typed = session.request.arguments;
    const Words& words = typed.empty() ? default_words : typed;
    const Verb* verb = find_verb(words.front());
    if (!verb) {
        log_error("Unknown command verb ", words.front(), ".");
        return exit_failure;
    }
    if (verb->needs_manager && session.request.has_root) {
        log_error("Verb '", words.front(), "' cannot be used with --root= or --image=.");
        return exit_failure;
    }
    if (session.request.dry_run && verb->run != verb_start && verb->run != verb_halt) {
        log_error("Verb '", words.front(), "' cannot be used with --dry-run.");
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
    if (verb->needs_manager && session.request.instance.empty() && is_offline()) {
        log_info("Running in chroot, ignoring command '", words.front(), "'");
        return exit_ok;
    }
    return run_with_or_without_manager(session, *verb, words);
}

} // namespace sctl
