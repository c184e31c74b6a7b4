#include "client/verbs/without_manager.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/launch.hpp"
#include "client/calls/unit_list.hpp"
#include "client/calls/unit_names.hpp"
#include "client/files/default_units.hpp"
#include "client/files/unit_files.hpp"
#include "client/verbs/list_units.hpp"
#include "os/former_run.hpp"

namespace sctl {
namespace {

// The names as typed, made whole; patterns match units in memory, and so nothing. Nothing: a name
// is none, which has been said.
std::optional<Words> typed_names(const Session& session, const Words& words) {
    Words names;
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
        auto name = mangle_or_complain(session, *word);
        if (name.empty()) return std::nullopt;
        if (!is_glob(name)) names.push_back(std::move(name));
    }
    return names;
}

int answer_inactive(Session& session, const Words& words, ExitCode status) {
    auto names = typed_names(session, words);
    if (!names) return exit_failure;
    for (size_t i = 0; i < names->size() && !session.request.quiet; ++i)
        session.print("inactive\n");
    return status;
}

int answer_is_active(Session& session, const Words& words) {
    return answer_inactive(session, words, exit_not_running);
}

int answer_is_failed(Session& session, const Words& words) {
    return answer_inactive(session, words, exit_failure);
}

bool is_known_unit(const InstallPlace& place, const std::string& name) {
    auto state = unit_file_state(place, name);
    if (state || state.error().code != ENOENT) return true;
    auto script = cat("/etc/init.d/", name.substr(0, name.rfind('.')));
    return name.ends_with(".service") && access(place.root.at(script).c_str(), F_OK) == 0;
}

int answer_stop(Session& session, const Words& words) {
    auto names = typed_names(session, words);
    if (!names) return exit_failure;
    UnitFiles files(session);
    int status = exit_ok;
    for (const auto& name : *names) {
        if (is_known_unit(files.place(), name)) continue;
        log_error("Failed to stop ", name, ": Unit ", name, " not loaded.");
        status = exit_not_installed;
    }
    return status;
}

// kill and reset-failed.
int refuse_not_loaded(Session& session, const Words& words, std::string_view what) {
    auto names = typed_names(session, words);
    if (!names) return exit_failure;
    for (const auto& name : *names)
        log_error("Failed to ", what, " unit ", name, ": Unit ", name, " not loaded.");
    return names->empty() ? exit_ok : exit_failure;
}

int answer_kill(Session& session, const Words& words) {
    return refuse_not_loaded(session, words, "kill");
}

int answer_reset_failed(Session& session, const Words& words) {
    return refuse_not_loaded(session, words, "reset failed state of");
}

bool matches(const ClientRequest& request, const Words& patterns, const UnitInfo& unit) {
    auto is_wanted = [&](const std::string& state) {
        return state == unit.load_state || state == unit.active_state || state == unit.sub_state;
    };
    return (patterns.empty() || std::ranges::any_of(patterns,
                                                    [&](const std::string& pattern) {
                                                        return matches_glob(pattern, unit.id);
                                                    })) &&
           (request.states.empty() || std::ranges::any_of(request.states, is_wanted)) &&
           is_listed(request, unit);
}

// Nothing runs; with --all, what a boot would start.
int answer_list_units(Session& session, const Words& words) {
    const ClientRequest& request = session.request;
    Words patterns(words.empty() ? words.end() : words.begin() + 1, words.end());
    std::vector<UnitInfo> units;
    if (request.all || !request.states.empty()) units = units_of_default_target(UnitFiles(session));
    std::erase_if(units, [&](const auto& unit) { return !matches(request, patterns, unit); });
    if (request.legend) {
        log_info(may_launch(request)
                     ? "No manager runs. The first 'systemctl start UNIT' launches one; the "
                       "container's own command boots with 'systemctl init'."
                     : "No manager runs.");
    }
    return print_unit_list(session, units);
}

int answer_list_jobs(Session& session, const Words&) {
    if (session.request.legend) session.print("No jobs running.\n");
    return exit_ok;
}

// A manager that comes later reads the unit files as they are then.
int answer_nothing(Session&, const Words&) {
    return exit_ok;
}

struct Answer {
    std::string_view verb;
    int (*answer)(Session& session, const Words& words);
};
constexpr Answer answers[] = {{"is-active", answer_is_active},
                              {"check", answer_is_active},
                              {"is-failed", answer_is_failed},
                              {"list-units", answer_list_units},
                              {"list-jobs", answer_list_jobs},
                              {"stop", answer_stop},
                              {"condstop", answer_stop},
                              {"kill", answer_kill},
                              {"daemon-reload", answer_nothing},
                              {"daemon-reexec", answer_nothing},
                              {"reset-failed", answer_reset_failed}};

// Of the verbs that talk to a manager these launch none: what ends all has nothing to end, and
// fails as without systemd; cat reads files; a job that is to be cancelled is not there.
constexpr std::string_view launch_none[] = {"halt", "poweroff", "reboot", "kexec",
                                            "exit", "cat",      "cancel", "clear-jobs"};

bool launches(const Verb& verb, const ClientRequest& request) {
    // It works without, but what it says then is wrong here: Debian's `service` leaves out
    // dependencies where the system does not run. With --wait it is PID 1's boot that is meant.
    if (verb.name == "is-system-running") return !request.wait;
    return verb.needs_manager && std::ranges::find(launch_none, verb.name) == std::end(launch_none);
}

// Whether services of a manager that was killed run still, for one of ours to go on with.
bool may_go_on(const ClientRequest& request) {
    Root root(request.instance.empty() ? "/" : request.instance);
    return may_launch(request) && has_former_runs(root);
}

} // namespace

int run_with_or_without_manager(Session& session, const Verb& verb, const Words& words) {
    const auto* answer = std::ranges::find(answers, verb.name, &Answer::verb);
    bool answers_itself = answer != std::end(answers);
    if (session.request.has_root || (!answers_itself && !launches(verb, session.request)))
        return verb.run(session, words);
    if (!session.is_unmanaged()) return verb.run(session, words);
    if (answers_itself && !may_go_on(session.request)) return answer->answer(session, words);
    if (may_launch(session.request) && !session.launch()) return exit_failure;
    return verb.run(session, words);
}

} // namespace sctl
