// start, stop, restart and all verbs that queue a job for a unit.
#include <array>

#include "base/log.hpp"
#include "client/calls/changed_files.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/job_watch.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/unit_names.hpp"
#include "client/calls/unit_watch.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

namespace {

struct JobVerb {
    std::string_view verb, method, job_type;
};

constexpr auto job_verbs = std::to_array<JobVerb>({
    {"start", "StartUnit", "start"},
    {"stop", "StopUnit", "stop"},
    {"condstop", "StopUnit", "stop"},
    {"reload", "ReloadUnit", "reload"},
    {"restart", "RestartUnit", "restart"},
    {"try-restart", "TryRestartUnit", "try-restart"},
    {"condrestart", "TryRestartUnit", "try-restart"},
    {"reload-or-restart", "ReloadOrRestartUnit", "reload-or-restart"},
    {"try-reload-or-restart", "ReloadOrTryRestartUnit", "reload-or-try-restart"},
    {"reload-or-try-restart", "ReloadOrTryRestartUnit", "reload-or-try-restart"},
    {"condreload", "ReloadOrTryRestartUnit", "reload-or-try-restart"},
    {"force-reload", "ReloadOrTryRestartUnit", "reload-or-try-restart"},
    {"isolate", "StartUnit", "start"},
});

// The verbs that stand for one unit.
struct SpecialVerb {
    std::string_view verb, unit, mode;
};
constexpr auto special_verbs = std::to_array<SpecialVerb>({
    {"halt", "halt.target", "replace-irreversibly"},
    {"poweroff", "poweroff.target", "replace-irreversibly"},
    {"reboot", "reboot.target", "replace-irreversibly"},
    {"kexec", "kexec.target", "replace-irreversibly"},
    {"exit", "exit.target", "replace-irreversibly"},
    {"rescue", "rescue.target", "isolate"},
    {"emergency", "emergency.target", "isolate"},
    {"default", "default.target", "isolate"},
});

struct WantedJobs {
    JobVerb job;
    std::string mode;
    std::vector<std::string> names;
};

void complain(const Session& session, const WantedJobs& wanted, const std::string& name,
              const Error& error) {
    log_error("Failed to ", wanted.job.job_type, " ", name, ": ", words_of(error));
    for (std::string_view known : {"NoSuchUnit", "UnitMasked", "JobTypeNotApplicable"}) {
        if (error.name == cat("org.freedesktop.systemd1.", known)) return;
    }
    log_error("See ", session.request.user ? "user" : "system", " logs and 'systemctl",
              session.scope_option(), " status", name.starts_with('-') ? " --" : "", " ", name,
              "' for details.");
}

// --show-transaction: the job and those that come with it, as EnqueueUnitJob() answers.
Result<std::string> tell_transaction(const Message& reply) {
    Reader in(reply);
    uint32_t id = 0;
    std::string path, unit, unit_path, type;
    if (auto read = in.read(id, path, unit, unit_path, type); !read) return read.error();
    log_info("Enqueued anchor job ", id, " ", unit, "/", type, ".");
    auto anchor = path;
    (void)in.enter_array().has_value();
    while (!in.at_end()) {
        (void)in.enter_struct().has_value();
        if (auto read = in.read(id, path, unit, unit_path, type); !read) return read.error();
        (void)in.exit_struct().has_value();
        log_info("Enqueued auxiliary job ", id, " ", unit, "/", type, ".");
    }
    return anchor;
}

// A masked unit does not run: there is nothing to restart or reload, and that is no failure.
bool is_nothing_to_try(const WantedJobs& wanted, const Error& error) {
    bool tries =
        wanted.job.method == "TryRestartUnit" || wanted.job.method == "ReloadOrTryRestartUnit";
    return tries && error.name == "org.freedesktop.systemd1.UnitMasked";
}

// Queues one job. Its object path, "" where there is nothing to do, or why there is none (said
// already).
Result<std::string> queue_job(const Session& session, ClientConnection& manager,
                              const WantedJobs& wanted, const std::string& name) {
    bool tells = session.request.show_transaction;
    auto reply =
        tells ? call_manager(manager, "EnqueueUnitJob", name, wanted.job.job_type, wanted.mode)
              : call_manager(manager, wanted.job.method, name, wanted.mode);
    if (!reply) {
        if (is_nothing_to_try(wanted, reply.error())) return std::string();
        complain(session, wanted, name, reply.error());
        return reply.error();
    }
    if (needs_daemon_reload(manager, name)) warn_needs_daemon_reload(session, name);
    if (tells) return tell_transaction(*reply);
    Reader in(*reply);
    auto path = in.object_path();
    if (!path) return path.error();
    return std::string(*path);
}

// Says so where a unit that was stopped can be started again by a socket, a timer or a path.
void mention_triggers(ClientConnection& manager, const std::string& name) {
    auto path = unit_object_path(name);
    auto load_state = get_text(manager, path, unit_interface, "LoadState");
    if (!load_state || *load_state == "masked") return;
    auto triggers = get_texts(manager, path, unit_interface, "TriggeredBy");
    if (!triggers) return;
    bool first = true;
    for (const auto& trigger : *triggers) {
        auto state = get_active_state(manager, trigger);
        if (!state || (*state != "active" && *state != "reloading")) continue;
        if (first) log_warning("Warning: Stopping ", name, ", but it can still be activated by:");
        first = false;
        log_warning("  ", trigger);
    }
}

bool fill_names(Session& session, ClientConnection& manager, const Words& words,
                WantedJobs& wanted) {
    bool isolates = words.front() == "isolate";
    auto expanded = expand_unit_names(session, manager, {words.begin() + 1, words.end()},
                                      isolates ? ".target" : ".service");
    if (!expanded) return false;
    wanted.names = std::move(expanded->names);
    const auto& request = session.request;
    if (expanded->had_patterns && !request.all && !request.quiet &&
        wanted.job.job_type == "start") {
        log_warning("Warning: systemctl start called with a glob pattern.");
        log_warning(
            "Hint: unit globs expand to loaded units, so start will usually have no effect.\n"
            "      Passing --all will also load units which are pulled in by other units.\n"
            "      See systemctl(1) for more details.");
    }
    return true;
}

std::optional<WantedJobs> find_wanted_jobs(Session& session, ClientConnection& manager,
                                           const Words& words) {
    WantedJobs wanted;
    for (const auto& special : special_verbs) {
        if (special.verb != words.front()) continue;
        wanted.job = {special.verb, "StartUnit", "start"};
        wanted.mode = special.mode;
        wanted.names = {std::string(special.unit)};
        return wanted;
    }
    for (const auto& job : job_verbs) {
        if (job.verb == words.front()) wanted.job = job;
    }
    wanted.mode = session.request.job_mode.empty() ? "replace" : session.request.job_mode;
    if (words.front() == "isolate") wanted.mode = "isolate";
    if (!fill_names(session, manager, words, wanted)) return std::nullopt;
    return wanted;
}

} // namespace

namespace {

// --dry-run: a manager that runs says which units a pattern means; none is launched for it.
int rehearse(Session& session, const Words& words) {
    WantedJobs wanted;
    if (auto* manager = session.manager_if_any()) {
        auto made = find_wanted_jobs(session, *manager, words);
        if (!made) return exit_failure;
        wanted = *std::move(made);
    } else {
        for (auto word = words.begin() + 1; word != words.end(); ++word) {
            wanted.names.push_back(mangle_or_complain(session, *word));
            if (wanted.names.back().empty()) return exit_failure;
        }
    }
    if (wanted.names.empty()) session.print("Would ", words.front(), ".\n");
    for (const auto& name : wanted.names) session.print("Would ", words.front(), " ", name, ".\n");
    return exit_ok;
}

// --marked: the jobs that the manager finds due; their paths.
bool queue_marked(ClientConnection& manager, JobWatch& jobs) {
    auto reply = call_manager(manager, "EnqueueMarkedJobs");
    if (!reply) {
        log_error("Failed to start jobs: ", words_of(reply.error()));
        return false;
    }
    Reader in(*reply);
    (void)in.enter_array().has_value();
    while (!in.at_end()) {
        auto path = in.object_path();
        if (!path) break;
        jobs.add(std::string(*path));
    }
    return true;
}

int restart_marked(Session& session, ClientConnection& manager) {
    JobWatch jobs;
    if (!queue_marked(manager, jobs)) return exit_failure;
    return !session.request.block || jobs.wait(session, manager) ? exit_ok : exit_failure;
}

} // namespace

int verb_start(Session& session, const Words& words) {
    const auto& request = session.request;
    if (request.wait && words.front() != "start" && words.front() != "restart") {
        log_error("--wait may only be used with the 'start' or 'restart' commands.");
        return exit_failure;
    }
    if (request.dry_run) return rehearse(session, words);
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    if (request.marked) return restart_marked(session, *manager);
    auto wanted = find_wanted_jobs(session, *manager, words);
    if (!wanted) return exit_failure;

    int status = exit_ok;
    JobWatch jobs;
    UnitWatch units;
    if (request.wait && !units.subscribe(*manager)) return exit_failure;
    std::vector<std::string> stopped;
    for (const auto& name : wanted->names) {
        if (request.wait) units.add(name);
        auto job = queue_job(session, *manager, *wanted, name);
        if (!job) {
            if (status == exit_ok) status = exit_code_of(job.error());
            continue;
        }
        if (job->empty()) continue;
        jobs.add(*std::move(job));
        if (wanted->job.method == "StopUnit") stopped.push_back(name);
    }
    if (!request.block) return status;
    if (!jobs.wait(session, *manager)) return exit_failure;
    if (!request.quiet) {
        for (const auto& name : stopped) mention_triggers(*manager, name);
    }
    if (request.wait && !units.wait(*manager) && status == exit_ok) status = exit_failure;
    return status;
}

} // namespace sctl
