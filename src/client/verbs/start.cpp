// start, stop, restart and all verbs that queue a job for a unit.
#include <array>

#include "base/log.hpp"
#include "client/calls/calls.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/job_watch.hpp"
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

struct Request {
    JobVerb job;
    std::string mode;
    std::vector<std::string> names;
};

void complain(const Session& session, const Request& request, const std::string& name,
              const Error& error) {
    log_error("Failed to ", request.job.job_type, " ", name, ": ", words_of(error));
    for (std::string_view known : {"NoSuchUnit", "UnitMasked", "JobTypeNotApplicable"}) {
        if (error.name == cat("org.freedesktop.systemd1.", known)) return;
    }
    log_error("See ", session.options.user ? "user" : "system", " logs and 'systemctl",
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
bool is_nothing_to_try(const Request& request, const Error& error) {
    bool tries =
        request.job.method == "TryRestartUnit" || request.job.method == "ReloadOrTryRestartUnit";
    return tries && error.name == "org.freedesktop.systemd1.UnitMasked";
}

// Queues one job. Its object path, "" where there is nothing to do, or why there is none (said
// already).
Result<std::string> queue_job(const Session& session, ClientConnection& manager,
                              const Request& request, const std::string& name) {
    bool tells = session.options.show_transaction;
    auto reply =
        tells ? call_manager(manager, "EnqueueUnitJob", name, request.job.job_type, request.mode)
              : call_manager(manager, request.job.method, name, request.mode);
    if (!reply) {
        if (is_nothing_to_try(request, reply.error())) return std::string();
        complain(session, request, name, reply.error());
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

bool fill_names(Session& session, ClientConnection& manager, const Words& words, Request& request) {
    bool isolates = words.front() == "isolate";
    auto expanded = expand_unit_names(session, manager, {words.begin() + 1, words.end()},
                                      isolates ? ".target" : ".service");
    if (!expanded) return false;
    request.names = std::move(expanded->names);
    const auto& options = session.options;
    if (expanded->had_patterns && !options.all && !options.quiet &&
        request.job.job_type == "start") {
        log_warning("Warning: systemctl start called with a glob pattern.");
        log_warning(
            "Hint: unit globs expand to loaded units, so start will usually have no effect.\n"
            "      Passing --all will also load units which are pulled in by other units.\n"
            "      See systemctl(1) for more details.");
    }
    return true;
}

std::optional<Request> make_request(Session& session, ClientConnection& manager,
                                    const Words& words) {
    Request request;
    for (const auto& special : special_verbs) {
        if (special.verb != words.front()) continue;
        request.job = {special.verb, "StartUnit", "start"};
        request.mode = special.mode;
        request.names = {std::string(special.unit)};
        return request;
    }
    for (const auto& job : job_verbs) {
        if (job.verb == words.front()) request.job = job;
    }
    request.mode = session.options.job_mode.empty() ? "replace" : session.options.job_mode;
    if (words.front() == "isolate") request.mode = "isolate";
    if (!fill_names(session, manager, words, request)) return std::nullopt;
    return request;
}

} // namespace

namespace {

// --dry-run: a manager that runs says which units a pattern means; none is launched for it.
int rehearse(Session& session, const Words& words) {
    Request request;
    if (auto* manager = session.manager_if_any()) {
        auto made = make_request(session, *manager, words);
        if (!made) return exit_failure;
        request = *std::move(made);
    } else {
        for (auto word = words.begin() + 1; word != words.end(); ++word) {
            request.names.push_back(mangle_or_complain(session, *word));
            if (request.names.back().empty()) return exit_failure;
        }
    }
    if (request.names.empty()) session.print("Would ", words.front(), ".\n");
    for (const auto& name : request.names) session.print("Would ", words.front(), " ", name, ".\n");
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
    return !session.options.block || jobs.wait(session, manager) ? exit_ok : exit_failure;
}

} // namespace

int verb_start(Session& session, const Words& words) {
    const auto& options = session.options;
    if (options.wait && words.front() != "start" && words.front() != "restart") {
        log_error("--wait may only be used with the 'start' or 'restart' commands.");
        return exit_failure;
    }
    if (options.dry_run) return rehearse(session, words);
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    if (options.marked) return restart_marked(session, *manager);
    auto request = make_request(session, *manager, words);
    if (!request) return exit_failure;

    int status = exit_ok;
    JobWatch jobs;
    UnitWatch units;
    if (options.wait && !units.subscribe(*manager)) return exit_failure;
    std::vector<std::string> stopped;
    for (const auto& name : request->names) {
        if (options.wait) units.add(name);
        auto job = queue_job(session, *manager, *request, name);
        if (!job) {
            if (status == exit_ok) status = exit_code_of(job.error());
            continue;
        }
        if (job->empty()) continue;
        jobs.add(*std::move(job));
        if (request->job.method == "StopUnit") stopped.push_back(name);
    }
    if (!options.block) return status;
    if (!jobs.wait(session, *manager)) return exit_failure;
    if (!options.quiet) {
        for (const auto& name : stopped) mention_triggers(*manager, name);
    }
    if (options.wait && !units.wait(*manager) && status == exit_ok) status = exit_failure;
    return status;
}

} // namespace sctl
