#include "run/process_run.hpp"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/text.hpp"
#include "os/memory.hpp"
#include "os/process.hpp"
#include "os/remove_tree.hpp"
#include "os/set_aside.hpp"
#include "run/deferred_signals.hpp"
#include "run/environment.hpp"
#include "run/spawn_reports.hpp"
#include "run/step_message.hpp"
#include "run/unit.hpp"
#include "unit/loader.hpp"
#include "unit/values/signal_name.hpp"

namespace sctl {
namespace {

constexpr std::string_view place_of_removed = "/run/systemd/removed";

template <class... Handlers>
struct Overload : Handlers... {
    using Handlers::operator()...;
};
template <class... Handlers>
Overload(Handlers...) -> Overload<Handlers...>;

int signal_of(const KillConfig& kill, action::KillWhat what) {
    switch (what) {
        case action::KillWhat::Terminate: return kill.kill_signal;
        case action::KillWhat::Kill: return kill.final_kill_signal;
        case action::KillWhat::Watchdog: return kill.watchdog_signal;
        case action::KillWhat::Restart:
            return kill.restart_kill_signal ? kill.restart_kill_signal : kill.kill_signal;
    }
    return SIGTERM;
}

// "N (name)"
std::string described(pid_t pid) {
    auto name = read_process_name(pid);
    return cat(pid, " (", name.empty() ? "n/a" : name, ")");
}

Answer spawn_failed(const Error& error) {
    return event::SpawnFailed{error.text};
}

} // namespace

const ProcessRun* process_run(const Unit& unit) {
    return dynamic_cast<const ProcessRun*>(unit.run.get());
}
ProcessRun* process_run(Unit& unit) {
    return dynamic_cast<ProcessRun*>(unit.run.get());
}

// Of one word: a std::function needs no memory of its own for it.
ProcessRun::ProcessRun(Unit& unit, RunMeans& means, OwnerId owner)
    : unit_(unit), means_(means), owner_(owner), timer_(means.loop, [this] { timer_elapsed(); }) {}

const LoadedUnit& ProcessRun::loaded() const {
    return unit_.loaded;
}
pid_t ProcessRun::main_pid() const {
    return unit_.machine->main_pid();
}
pid_t ProcessRun::control_pid() const {
    return unit_.machine->control_pid();
}

void ProcessRun::log(LogLevel level, std::string_view text) const {
    means_.host.log_unit(unit_, level, text);
}

const ExecRecord* ProcessRun::record(CommandList list, size_t index) const {
    auto found = records_.find({list.number, index});
    return found == records_.end() ? nullptr : &found->second;
}

// A unit waits for one thing at a time: a step's end, or its restart.
void ProcessRun::arm(Span deadline, bool is_restart) {
    timer_is_restart_ = is_restart;
    timer_.arm(deadline);
}

void ProcessRun::timer_elapsed() {
    if (timer_is_restart_)
        means_.host.post(unit_.id, event::AutoRestartElapsed{});
    else
        means_.host.post(unit_.id, event::TimedOut{});
}

Answer ProcessRun::execute(const UnitAction& what) {
    Answer answer;
    std::visit(
        Overload{
            [&](const action::Spawn& spawn) { answer = spawn_command(spawn); },
            [&](const action::SpawnCleaner& cleaner) { answer = spawn_cleaner(cleaner); },
            [&](const action::SendSignal& signal) { answer = send_signal(signal.what); },
            [&](const action::KillProcess& kill) {
                auto sent = means_.processes.signal_process(kill.pid, kill.signal);
                if (!sent && sent.error().code != ESRCH) log(LogLevel::Warning, sent.error().text);
            },
            [&](const action::ArmTimer& timer) { arm(timer.deadline, false); },
            [&](const action::ScheduleRestart& timer) { arm(timer.deadline, true); },
            [&](action::CancelTimer) { timer_.cancel(); },
            [&](action::MakeDirectories) {
                // The child makes them (ExecPlan::directories); here it is noted which will go
                // again.
                made_directories_ = runtime_directories(loaded());
            },
            [&](const action::RemoveRuntimeFiles& over) {
                // A restart that was asked for has become the start of what comes now.
                remove_runtime_files(over.will_restart || means_.host.is_to_start(unit_.id));
            },
            [](const auto&) {}, // the manager's, or one that this kind's machine has no use for
        },
        what);
    return answer;
}

// Where users and groups are in no file, getent is asked, and its answer wakes the job.
bool ProcessRun::may_start() {
    if (removals_ > 0) return false;
    if (!means_.root.is_machine()) return true;
    auto missing = missing_names(*loaded().exec, means_.root);
    if (missing.users.empty() && missing.groups.empty() && missing.members.empty()) return true;
    RunHost& host = means_.host;
    return means_.names.ask(missing, [&host, id = unit_.id] { host.wake_job(id); });
}

// --- starting ------------------------------------------------------------------------------------

void ProcessRun::say_unmet_wishes() {
    if (std::exchange(wishes_said_, true)) return;
    std::string text = unmet_wishes(loaded());
    if (!text.empty()) log(LogLevel::Warning, text);
}

Answer ProcessRun::spawn_command(const action::Spawn& what) {
    say_unmet_wishes();
    means_.reports.take_finished();

    // What needs memory comes before the process.
    auto start = std::make_unique<StartInProgress>();
    start->program = command(what).path;
    ExecRecord& record = records_[{what.which.number, what.index}];
    Placement placement = means_.processes.place(owner_);
    const ProcessStarter* starter = what.is_control ? nullptr : means_.host.starter_of(unit_);
    auto spawned =
        starter ? (*starter)(placement) : spawn_by_settings(what, placement, start->stream);
    if (!spawned) return spawn_failed(spawned.error());

    record = {.start = current_moment(), .exit = {}, .pid = spawned->pid, .info = {}};
    return adopt(std::move(*spawned), !what.is_control, std::move(start));
}

// Directories are removed by a control process of ours.
Answer ProcessRun::spawn_cleaner(const action::SpawnCleaner& what) {
    constexpr std::string_view program = "sctl-remove";
    Placement placement = means_.processes.place(owner_);
    auto stream = means_.output.open_stream(unit_.name().str(), program, {});
    if (!stream) return spawn_failed(stream.error());
    ExecPlan plan;
    plan.executables = {"/proc/self/exe"};
    plan.arguments = {std::string(program)};
    for (const auto& path : what.paths) plan.arguments.push_back(means_.root.at(path));
    plan.standard_output.kind = StdioPlan::Kind::Descriptor;
    plan.standard_output.fd = stream->write_end.get();
    plan.standard_error.kind = StdioPlan::Kind::Stdout;
    plan.tag = placement.tag;
    plan.cgroup = placement.cgroup.get();
    auto start = std::make_unique<StartInProgress>();
    start->stream = stream->id;
    start->program = program;
    auto spawned = means_.processes.spawn(std::move(plan));
    if (!spawned) return spawn_failed(spawned.error());
    return adopt(std::move(*spawned), false, std::move(start));
}

// `spawned` is the unit's main or control process from now on; that answers the step. One that
// cannot be kept in mind for lack of memory is ended at once.
Answer ProcessRun::adopt(Spawned spawned, bool is_main, std::unique_ptr<StartInProgress> start) {
    pid_t pid = spawned.pid;
    auto noted = run_insistently("noting a process", [&] {
        means_.processes.note_process(pid, owner_);
        means_.host.own_process(pid, unit_.id);
        if (start->stream) means_.output.set_stream_pid(start->stream, pid);
    });
    if (noted != Guarded::Done) {
        ignore_error(means_.processes.signal_process(pid, SIGKILL));
        return event::SpawnFailed{"out of memory"};
    }
    if (is_main) main_replaced();
    StartedProcess& place = is_main ? main_ : control_;
    place = {pid, std::move(start)};
    bool executed = false;
    if (spawned.report.finished) {
        executed = take_report(*place.start, spawned.report);
        place.start.reset();
    } else {
        executed = !watch_report(place, std::move(spawned.status));
    }
    return event::Spawned{pid, executed && is_main};
}

Result<Spawned> ProcessRun::spawn_by_settings(const action::Spawn& what, const Placement& placement,
                                              ServiceOutput::StreamId& stream_id) {
    const ExecConfig& exec = *loaded().exec;
    ExecPlanInputs inputs{.unit = loaded(),
                          .command = command(what),
                          .root = means_.root,
                          .environment = means_.host.environment(),
                          .own_variables = {},
                          .passed = {},
                          .socket = {},
                          .names = &means_.names,
                          .dynamic_users = &means_.dynamic_users};
    if (auto described = describe(what, inputs); !described) return described.error();
    inputs.makes_credentials_anew = !made_credentials_;
    if (exec.dynamic_user) {
        inputs.dynamic = means_.dynamic_users.acquire(unit_.id, exec, inputs.root, &means_.names);
    }
    ServiceOutput::Stream stream;
    if (wants_capture(exec)) {
        const auto& named = exec.syslog_identifier;
        auto opened = means_.output.open_stream(
            unit_.name().str(),
            named.empty() ? base_name(inputs.command.path) : std::string_view(named),
            {exec.syslog_level, exec.syslog_level_prefix});
        if (!opened) return opened.error();
        stream = std::move(*opened);
        inputs.capture = stream.write_end.get();
    }
    UniqueFd data;
    if (exec.std_input == ExecInput::Data) {
        auto opened = open_input_data(exec.std_input_data);
        if (!opened) return opened.error();
        data = std::move(*opened);
        inputs.data = data.get();
    }
    auto plan = make_exec_plan(inputs);
    if (!plan) return plan.error();
    if (plan->credentials) made_credentials_ = true;
    plan->tag = placement.tag;
    plan->cgroup = placement.cgroup.get();
    uid_ = plan->uid.value_or(getuid());
    user_ = plan->user;
    ran_as_uid_ = plan->uid;
    ran_as_gid_ = plan->gid;
    stream_id = stream.id;
    return means_.processes.spawn(std::move(*plan));
}

bool ProcessRun::take_report(const StartInProgress& start, const SpawnReport& report) noexcept {
    run_guarded("telling how a process was started", [&] { log_report(start.program, report); });
    return !report.failure;
}

void ProcessRun::log_report(const std::string& program, const SpawnReport& report) {
    for (const auto& warning : report.warnings) {
        if (warning.code == 0) {
            say_moved_directory(warning);
            continue;
        }
        say_step(warning, program, LogLevel::Info);
        log(LogLevel::Info, cat("Skipped step ", to_string(warning.step), " spawning ", program,
                                ": ", strerror(warning.code)));
    }
    if (report.failure) {
        say_step(*report.failure, program, LogLevel::Error);
        log(LogLevel::Error, cat("Failed at step ", to_string(report.failure->step), " spawning ",
                                 program, ": ", strerror(report.failure->code)));
    }
}

// What it is about, before the step itself is named.
void ProcessRun::say_step(const SpawnProblem& problem, const std::string& program, LogLevel level) {
    auto text = step_message(problem, *loaded().exec, program);
    if (!text.empty()) log(level, text);
}

// The directories of a plan are those of the settings, in the order of their types.
void ProcessRun::say_moved_directory(const SpawnProblem& moved) {
    const ExecConfig& config = *loaded().exec;
    auto index = static_cast<size_t>(moved.which);
    for (size_t i = 0; i < directory_type_count; ++i) {
        const auto& items = config.directories[i].items;
        if (index >= items.size()) {
            index -= items.size();
            continue;
        }
        auto type = static_cast<DirectoryType>(i);
        auto usual = cat(directory_base(type), "/", items[index].path);
        auto hidden = cat(directory_base(type), "/private/", items[index].path);
        bool on = config.dynamic_user;
        return log(LogLevel::Info,
                   cat("Found pre-existing ", on ? "public " : "private ", directory_setting(type),
                       "= directory ", on ? usual : hidden, ", migrating to ", on ? hidden : usual,
                       ". Apparently, service previously had DynamicUser= turned ",
                       on ? "off" : "on", ", and has now turned it ", on ? "on" : "off", "."));
    }
}

// Whether what it says will be heard of. Where it cannot be watched, that is read at the end of the
// process, and until then it counts as executed.
bool ProcessRun::watch_report(StartedProcess& process, UniqueFd status) noexcept {
    process.start->status_pipe = std::move(status);
    auto watching = run_insistently("watching the start of a process", [&] {
        auto watch = means_.loop.watch(
            process.start->status_pipe.get(), EPOLLIN,
            [this, &process](uint32_t) { finish_report(process); }, -4);
        if (watch) process.start->status_watch = std::move(*watch);
        means_.reports.await(unit_.id, process.pid);
    });
    return watching == Guarded::Done && process.start->status_watch;
}

StartedProcess* ProcessRun::awaiting_report(pid_t pid) {
    for (StartedProcess* process : {&main_, &control_})
        if (process->pid == pid && process->start && process->start->status_pipe) return process;
    return nullptr;
}

// Reads what the child has said so far; at the latest before its exit is handled.
void ProcessRun::finish_report(StartedProcess& process) {
    if (!process.start || !process.start->status_pipe) return;
    SpawnReport& report = process.start->report;
    if (!read_spawn_report(process.start->status_pipe.get(), report)) return;
    bool executed = take_report(*process.start, report);
    process.start.reset();
    if (!executed || &process != &main_) return;
    run_insistently("telling of an exec",
                    [&] { means_.host.post(unit_.id, event::ExecSucceeded{process.pid}); });
}

// --- signals -------------------------------------------------------------------------------------

// KillMode= (systemd.kill(5)): the main and the control process always, the rest for control-group,
// or for mixed when it comes to SIGKILL.
Answer ProcessRun::send_signal(action::KillWhat what) {
    const KillConfig& kill = *loaded().kill;
    if (kill.kill_mode == KillConfig::Mode::None) return event::SignalSent{false};
    int signal = signal_of(kill, what);
    bool gentle = what != action::KillWhat::Kill;
    bool everyone = kill.kill_mode == KillConfig::Mode::ControlGroup ||
                    (kill.kill_mode == KillConfig::Mode::Mixed && !gentle);
    if (!gentle) log_killing(signal, everyone);
    bool rest_soon = everyone && gentle && !kill.send_sighup;
    SignalRequest rest = request_to_rest(signal, gentle);
    bool left = false;
    for (pid_t pid : {main_pid(), control_pid()}) {
        if (pid <= 0) continue;
        Processes& processes = means_.processes;
        bool sent = processes.signal_process(pid, signal).has_value();
        left |= sent && (pid != main_pid() || end_is_seen(pid));
        if (gentle && !rest_soon && signal != SIGCONT)
            ignore_error(processes.signal_process(pid, SIGCONT));
        if (gentle && kill.send_sighup) ignore_error(processes.signal_process(pid, SIGHUP));
    }
    if (rest_soon && left) {
        means_.deferred_signals.send_soon(unit_.id, ++signal_round_, std::move(rest));
    } else if (everyone) {
        left |= signal_rest(rest);
        if (gentle && kill.send_sighup) {
            rest.signal = SIGHUP;
            rest.continue_after = false;
            signal_rest(std::move(rest));
        }
    }
    return event::SignalSent{left};
}

void ProcessRun::log_killing(int signal, bool everyone) {
    for (pid_t pid : means_.processes.processes_of(owner_)) {
        if (!everyone && pid != main_pid() && pid != control_pid()) continue;
        log(LogLevel::Notice,
            cat("Killing process ", described(pid), " with signal SIG", signal_name(signal), "."));
    }
}

// To be made before the main and the control process are told.
SignalRequest ProcessRun::request_to_rest(int signal, bool continue_after) {
    SignalRequest request{.owner = owner_,
                          .signal = signal,
                          .continue_after = continue_after,
                          .except = {},
                          .told = {}};
    pid_t newest = signal == SIGKILL ? 0 : means_.processes.newest_process();
    for (pid_t pid : {main_pid(), control_pid()}) {
        if (pid <= 0) continue;
        request.except.insert(pid);
        request.newest_then.emplace(pid, newest);
    }
    return request;
}

void ProcessRun::continue_told(const SignalRequest& request) {
    for (pid_t pid : {main_pid(), control_pid()}) {
        if (request.except.contains(pid))
            ignore_error(means_.processes.signal_process(pid, SIGCONT));
    }
}

bool ProcessRun::signal_rest(SignalRequest request) {
    bool complete = means_.processes.signal_all(request);
    bool any = request.found;
    ++signal_round_; // an earlier one that still goes on gives up
    if (!complete) means_.deferred_signals.go_on(unit_.id, signal_round_, std::move(request));
    return any;
}

Result<void> ProcessRun::kill(bool main, bool control, bool rest, int signal) {
    bool any = false;
    auto one = [&](pid_t pid, std::string_view which) -> Result<void> {
        if (pid <= 0) return {};
        auto what = cat(" signal SIG", signal_name(signal), " to ", which, " process ",
                        described(pid), " on client request");
        auto sent = means_.processes.signal_process(pid, signal);
        any |= sent.has_value();
        if (sent)
            log(LogLevel::Info, cat("Sent", what, "."));
        else
            log(LogLevel::Warning, cat("Failed to send", what, ": ", strerror(sent.error().code)));
        return sent;
    };
    SignalRequest to_rest = request_to_rest(signal, false);
    Result<void> result;
    if (control) result = one(control_pid(), "control");
    if (main && result) result = one(main_pid(), "main");
    if (rest) {
        say_to_rest(signal);
        any |= signal_rest(std::move(to_rest));
    }
    if (!result) return result;
    return any ? Result<void>{} : errno_error("kill", ESRCH);
}

void ProcessRun::say_to_rest(int signal) {
    for (pid_t pid : means_.processes.processes_of(owner_)) {
        if (pid == main_pid() || pid == control_pid()) continue;
        log(LogLevel::Info, cat("Sending signal SIG", signal_name(signal), " to process ",
                                described(pid), " on client request."));
    }
}

// --- ends of processes ---------------------------------------------------------------------------

void ProcessRun::note_exit(const ProcessExit& exit) {
    if (exit.pid == main_.pid) finish_report(main_);
    if (exit.pid == control_.pid) finish_report(control_);
    for (auto& [where, record] : records_) {
        if (record.pid != exit.pid || record.info.code != 0) continue;
        record.exit = current_moment();
        record.info = {exit.code, exit.status};
    }
}

// Then there is no need to look for others.
bool ProcessRun::runs_known_process() const {
    return means_.processes.is_alive(main_pid()) || means_.processes.is_alive(control_pid());
}

void ProcessRun::tell_exits(const std::vector<ProcessExit>& exits) {
    auto is_known = [&](const ProcessExit& exit) {
        return exit.pid == main_pid() || exit.pid == control_pid();
    };
    auto known_left = std::ranges::count_if(exits, is_known);
    if (known_left == 0 && runs_known_process()) return;
    bool others = means_.processes.any_left(owner_);
    for (const auto& exit : exits) {
        if (!is_known(exit)) continue;
        means_.host.post(
            unit_.id,
            event::ProcessExited{exit.pid, {exit.code, exit.status}, others || --known_left > 0});
        if (exit.pid == main_.pid) main_.pid = 0;
        if (exit.pid == control_.pid) control_.pid = 0;
    }
    // Ignored where a process that is known still runs: its own end comes first.
    if (!others) means_.host.post(unit_.id, event::ProcessesGone{});
}

bool ProcessRun::belongs_to_us(pid_t pid, std::optional<uid_t> vouched) {
    Identity identity = means_.processes.identify(pid);
    if (identity.owner != owner_) return false;
    // A process may lower its tag into another's: such evidence needs the unit's own user, or the
    // word of the one who owns its PID file.
    bool weak = identity.evidence == Evidence::Tag || identity.evidence == Evidence::Session;
    if (!weak) return true;
    auto uid = means_.processes.user_of(pid);
    return uid && (runs_as(*uid) || uid == vouched);
}

// --- what is left behind -------------------------------------------------------------------------

// At once, as the unit is inactive now and may be started again; but not what would make us wait.
void ProcessRun::remove_runtime_files(bool will_restart) {
    Root root = means_.root;
    means_.dynamic_users.release(unit_.id);
    remove_credentials();
    std::vector<std::string> slow = left_files();
    PreserveMode preserve = loaded().exec->runtime_directory_preserve;
    bool keep =
        preserve == PreserveMode::Yes || (preserve == PreserveMode::Restart && will_restart);
    if (keep) {
        remove_slowly(std::move(slow));
        return;
    }
    std::vector<std::string> aside;
    for (const auto& inside : made_directories_) {
        auto path = root.at(inside);
        auto moved = set_aside(path, root.at(place_of_removed));
        if (!moved && moved.error().code != ENOENT) slow.push_back(path);
        if (moved && !remove_little(*moved)) aside.push_back(std::move(*moved));
    }
    made_directories_.clear();
    if (!aside.empty()) means_.remover.remove(unit_.name().str(), std::move(aside), {});
    remove_slowly(std::move(slow));
}

// The next start waits for it: what it makes itself must not be removed.
void ProcessRun::remove_slowly(std::vector<std::string> paths) {
    if (paths.empty()) return;
    RunHost& host = means_.host;
    means_.remover.remove(unit_.name().str(), std::move(paths), [this, &host, id = unit_.id] {
        if (!host.find_unit(id)) return; // nor are we
        if (removals_ > 0) --removals_;
        host.wake_job(id);
    });
    ++removals_;
}

// A file system of its own, or a directory: small, flat, and in memory.
void ProcessRun::remove_credentials() {
    if (!std::exchange(made_credentials_, false)) return;
    auto path = means_.root.at(credentials_directory(loaded()));
    while (umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
    }
    auto removed = remove_tree(path);
    if (!removed) log(LogLevel::Warning, removed.error().text);
}

} // namespace sctl
