// The table of systemctl's verbs. Each verb is a function of the session and of its own arguments
// (the verb's name as typed comes first) that returns the exit status.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/calls/session.hpp"

namespace sctl {

using Words = std::vector<std::string>;

struct Verb {
    std::string_view name;
    size_t least, most; // arguments, the verb itself counted; any_number
    bool needs_manager; // not with --root=, and skipped in a chroot
    int (*run)(Session& session, const Words& words);
    std::string_view arguments; // for --help
    std::string_view help;      // "": an alias or a rarity that --help leaves out
};
inline constexpr size_t any_number = SIZE_MAX;

[[nodiscard]] std::span<const Verb> verbs();
[[nodiscard]] const Verb* find_verb(std::string_view name);
// Looks the verb up, checks the arguments' number and whether it may run here, and runs it.
int run_verb(Session& session);

int verb_start(Session& session, const Words& words);
int verb_is_active(Session& session, const Words& words);
int verb_healthcheck(Session& session, const Words& words);
int verb_is_failed(Session& session, const Words& words);
int verb_is_system_running(Session& session, const Words& words);
int verb_show(Session& session, const Words& words);
int verb_status(Session& session, const Words& words);
int verb_help(Session& session, const Words& words);
int verb_daemon_reload(Session& session, const Words& words);
int verb_set_property(Session& session, const Words& words);
int verb_reset_failed(Session& session, const Words& words);
int verb_edit(Session& session, const Words& words);
int verb_clean(Session& session, const Words& words);
int verb_kill(Session& session, const Words& words);
int verb_list_timers(Session& session, const Words& words);
int verb_list_automounts(Session& session, const Words& words);
int verb_list_sockets(Session& session, const Words& words);
int verb_list_units(Session& session, const Words& words);
int verb_halt(Session& session, const Words& words);
int verb_list_jobs(Session& session, const Words& words);
int verb_cancel(Session& session, const Words& words);
int verb_list_dependencies(Session& session, const Words& words);
int verb_show_environment(Session& session, const Words& words);
int verb_set_environment(Session& session, const Words& words);
int verb_import_environment(Session& session, const Words& words);
int verb_log_setting(Session& session, const Words& words);
int verb_service_log_setting(Session& session, const Words& words);
int verb_service_watchdogs(Session& session, const Words& words);
int verb_enable(Session& session, const Words& words);
int verb_preset_all(Session& session, const Words& words);
int verb_add_dependency(Session& session, const Words& words);
int verb_set_default(Session& session, const Words& words);
int verb_is_enabled(Session& session, const Words& words);
int verb_get_default(Session& session, const Words& words);
int verb_list_unit_files(Session& session, const Words& words);
int verb_cat(Session& session, const Words& words);

} // namespace sctl
