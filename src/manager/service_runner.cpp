#include "manager/service_runner.hpp"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/text.hpp"
#include "manager/exec_plan.hpp"
#include "manager/manager.hpp"
#include "manager/remover.hpp"
#include "manager/service_environment.hpp"
#include "manager/step_message.hpp"
#include "os/process.hpp"
#include "os/remove_tree.hpp"
#include "os/set_aside.hpp"
#include "unit/loader.hpp"

namespace sctl {
namespace {

// Against a service that forks faster than it is signalled: SIGKILL is worth a fight, what can be
// ignored is not.
constexpr int turns_of_asking = 10;
constexpr int turns_of_killing = 1000;
constexpr int rests_per_turn = 32;

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

// A main or control process that has not ended yet: no need to look for others.
bool runs_known_process(const ServiceStatus& status) {
    auto alive = [](pid_t pid) {
        if (pid <= 0) return false;
        if (is_own_child(pid)) return !is_own_zombie(pid);
        auto stat = read_process_stat(pid);
        return stat && !stat->dead();
    };
    return alive(status.main_pid) || alive(status.control_pid);
}

} // namespace

void ServiceRunner::set_up(UnitId unit, ServiceRuntime& service) {
    // Of two words: a std::function needs no memory of its own for them.
    service.timer = OwnedTimer(manager_.loop(), [this, unit] { timer_elapsed(unit); });
}

// A service waits for one thing at a time: a step's end, or its restart.
void ServiceRunner::timer_elapsed(UnitId unit) {
    if (!manager_.exists(unit)) return;
    if (service_status(manager_.unit(unit)).state == ServiceState::AutoRestart)
        manager_.post(unit, event::AutoRestartElapsed{});
    else
        manager_.post(unit, event::TimedOut{});
}

// Most services have no watchdog, and so no timer for one.
void ServiceRunner::arm_watchdog(Unit& unit, Span deadline) {
    OwnedTimer& timer = unit.service->watchdog_timer;
    if (!timer.exists()) {
        timer = OwnedTimer(manager_.loop(), [this, id = unit.id] { watchdog_elapsed(id); });
    }
    timer.arm(deadline);
}

void ServiceRunner::watchdog_elapsed(UnitId unit) {
    if (manager_.service_watchdogs()) return manager_.post(unit, event::WatchdogElapsed{});
    if (!manager_.exists(unit)) return;
    manager_.log_unit(manager_.unit(unit), LogLevel::Warning,
                      "Watchdog disabled! Ignoring watchdog timeout.");
}

void ServiceRunner::execute(Unit& unit, const UnitAction& what) {
    ServiceRuntime* service = unit.service.get();
    std::visit(
        Overload{
            [&](const action::Spawn& spawn) { spawn_command(unit, spawn); },
            [&](const action::SpawnCleaner& cleaner) { spawn_cleaner(unit, cleaner); },
            [&](const action::SendSignal& signal) { send_signal(unit, signal.what); },
            [&](const action::KillProcess& kill) {
                auto sent = manager_.tracker().signal_process(kill.pid, kill.signal);
                if (!sent && sent.error().code != ESRCH)
                    manager_.log_unit(unit, LogLevel::Warning, sent.error().text);
            },
            [&](action::ReadPidFile) { read_pid_file(unit); },
            [&](action::WatchPidFile) { watch_pid_file(unit); },
            [&](action::GuessMainPid) { guess_main_pid(unit); },
            [&](const action::ArmTimer& timer) { service->timer.arm(timer.deadline); },
            [&](action::CancelTimer) { service->timer.cancel(); },
            [&](const action::ArmWatchdog& timer) { arm_watchdog(unit, timer.deadline); },
            [&](action::CancelWatchdog) { service->watchdog_timer.cancel(); },
            [&](const action::ScheduleRestart& timer) { service->timer.arm(timer.deadline); },
            [&](action::WaitIdle) { manager_.wait_idle(unit.id); },
            [&](action::MakeDirectories) {
                // The child makes them (ExecPlan::directories); here it is noted which will go
                // again.
                service->made_directories = runtime_directories(unit.loaded);
            },
            [&](const action::RemoveRuntimeFiles& over) {
                // A restart that was asked for has become the start of what comes now.
                const Job* job = manager_.jobs().of_unit(unit.id);
                bool will_start = job && job->type == JobType::Start;
                remove_runtime_files(unit, over.will_restart || will_start);
            },
            [&](action::EnqueueRestartJob) {
                auto job = manager_.add_job(JobType::Restart, unit.id, JobMode::Replace, false);
                if (!job)
                    manager_.answer(unit.id, event::RestartJobRefused{job.error().text, false});
            },
            [&](action::PropagateReload) { manager_.propagate_reload(unit); },
            [&](const action::StateChanged& change) {
                // A signal to all that are left is for those of this step: what comes next may be
                // an ExecStopPost=.
                if (service && change.sub_from != change.sub_to) ++service->signal_round;
                manager_.state_changed(unit, change);
            },
            [&](const action::Log& line) {
                manager_.log_unit(unit, static_cast<LogLevel>(line.level), line.text);
            },
        },
        what);
}

// Who waits for an answer goes on as if it had been the worst: a process that could not be started,
// one that does not heed its signal, a PID file that cannot be read.
void ServiceRunner::execute_again(Unit& unit, const UnitAction& what) noexcept {
    bool starts = std::holds_alternative<action::Spawn>(what) ||
                  std::holds_alternative<action::SpawnCleaner>(what);
    if (!starts &&
        run_guarded("an action of a service", [&] { execute(unit, what); }) == Guarded::Done)
        return;
    std::visit(
        Overload{
            [&](const action::Spawn&) { answer_no_memory(unit); },
            [&](const action::SpawnCleaner&) { answer_no_memory(unit); },
            [&](const action::SendSignal&) { manager_.answer(unit.id, event::SignalSent{true}); },
            [&](action::ReadPidFile) {
                manager_.answer(unit.id, event::PidFileRead{.pid = Error{ENOMEM, {}, {}}});
            },
            [&](action::WatchPidFile) {
                manager_.answer(unit.id, event::PidFileWatchFailed{"out of memory"});
            },
            [&](action::GuessMainPid) {
                manager_.answer(unit.id, event::MainPidGuessed{0, false});
            },
            [&](action::WaitIdle) { manager_.answer(unit.id, event::IdleReached{}); },
            [&](action::EnqueueRestartJob) {
                manager_.answer(unit.id, event::RestartJobRefused{"out of memory", true});
            },
            [](const auto&) {}, // nobody waits for these
        },
        what);
}

void ServiceRunner::answer_no_memory(Unit& unit) noexcept {
    manager_.answer(unit.id, event::SpawnFailed{"out of memory"});
}

// --- starting ------------------------------------------------------------------------------------

void ServiceRunner::say_unmet_wishes(Unit& unit) {
    if (std::exchange(unit.service->wishes_said, true)) return;
    std::string text = unmet_wishes(unit.loaded);
    if (!text.empty()) manager_.log_unit(unit, LogLevel::Warning, text);
}

void ServiceRunner::spawn_command(Unit& unit, const action::Spawn& what) {
    ServiceRuntime& service = *unit.service;
    const ServiceConfig& config = *service_config(unit.loaded);
    auto fail = [&](const Error& error) {
        manager_.answer(unit.id, event::SpawnFailed{error.text});
    };
    const ProcessStarter* starter = manager_.starter_of(unit);
    bool is_started_elsewhere = starter &&
                                what.which.as<ServiceExecCommand>() == ServiceExecCommand::Start &&
                                !what.is_control;
    say_unmet_wishes(unit);
    take_finished_reports();

    Placement placement = manager_.tracker().place(service.owner);
    ServiceOutput::StreamId stream = 0;
    auto spawned = is_started_elsewhere ? (*starter)(placement)
                                        : spawn_by_settings(unit, what, placement, stream);
    if (!spawned) return fail(spawned.error());

    adopt(unit, std::move(*spawned), !what.is_control, [&](pid_t pid) {
        auto& record = service.records[{what.which.as<ServiceExecCommand>(), what.index}];
        record = {.start = current_moment(), .exit = {}, .pid = pid, .info = {}};
        ServiceProcess process;
        process.stream = stream;
        process.which = what.which.as<ServiceExecCommand>();
        process.index = what.index;
        process.program = config.commands(what.which.as<ServiceExecCommand>())[what.index].path;
        return process;
    });
}

// `spawned` is the unit's main or control process from now on; that answers the step. One that
// cannot be kept in mind for lack of memory is ended at once.
void ServiceRunner::adopt(Unit& unit, Spawned spawned, bool is_main,
                          const std::function<ServiceProcess(pid_t)>& describe) {
    ServiceRuntime& service = *unit.service;
    pid_t pid = spawned.pid;
    ServiceProcess process;
    auto noted = run_insistently("noting a process", [&] {
        process = describe(pid);
        manager_.tracker().note_process(pid, service.owner);
        manager_.own_process(pid, unit.id);
        if (process.stream) manager_.output().set_stream_pid(process.stream, pid);
    });
    if (noted != Guarded::Done) {
        ::kill(pid, SIGKILL);
        return answer_no_memory(unit);
    }
    process.pid = pid;
    if (is_main) forget_alien(unit);
    ServiceProcess& place = is_main ? service.main : service.control;
    place.status_watch.stop(); // before its pipe is closed
    place = std::move(process);
    // Before what the report says of it: a start that is answered is known to have happened.
    manager_.answer(unit.id, event::Spawned{pid});
    if (spawned.report.finished)
        take_report(unit, place, std::move(spawned.report), is_main);
    else
        watch_report(unit, place, std::move(spawned.status), is_main);
}

Result<Spawned> ServiceRunner::spawn_by_settings(Unit& unit, const action::Spawn& what,
                                                 const Placement& placement,
                                                 ServiceOutput::StreamId& stream_id) {
    ServiceRuntime& service = *unit.service;
    const ServiceConfig& config = *service_config(unit.loaded);
    const ExecConfig& exec = *unit.loaded.exec;
    ExecPlanInputs inputs{
        .unit = unit.loaded,
        .which = what.which.as<ServiceExecCommand>(),
        .index = what.index,
        .root = manager_.options().root(),
        .environment = manager_.environment(),
        .own_variables = service_variables(manager_, unit, what.which.as<ServiceExecCommand>()),
        .capture = -1,
        .data = -1,
        .names = &manager_.names(),
        .dynamic_users = &manager_.dynamic_users()};
    PassedFiles passed;
    if (what.which.as<ServiceExecCommand>() == ServiceExecCommand::Start && !what.is_control) {
        auto opened = open_files(config.open_files, inputs.root);
        if (!opened) return opened.error();
        passed = std::move(*opened);
        inputs.passed = &passed;
    }
    inputs.makes_credentials_anew = !service.made_credentials;
    if (exec.dynamic_user) {
        inputs.dynamic =
            manager_.dynamic_users().acquire(unit.id, exec, inputs.root, &manager_.names());
    }
    ServiceOutput::Stream stream;
    if (wants_capture(exec)) {
        const auto& command = config.commands(what.which.as<ServiceExecCommand>())[what.index];
        const auto& named = exec.syslog_identifier;
        auto opened = manager_.output().open_stream(
            unit.name().str(), named.empty() ? base_name(command.path) : std::string_view(named),
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
    if (plan->credentials) service.made_credentials = true;
    plan->tag = placement.tag;
    plan->cgroup = placement.cgroup.get();
    service.uid = plan->uid.value_or(getuid());
    service.user = plan->user;
    service.ran_as_uid = plan->uid;
    service.ran_as_gid = plan->gid;
    stream_id = stream.id;
    return spawn(std::move(*plan));
}

void ServiceRunner::take_report(Unit& unit, ServiceProcess& process, SpawnReport report,
                                bool is_main) noexcept {
    if (report.failure)
        process.failure = *report.failure;
    else if (is_main)
        manager_.answer(unit.id, event::ExecSucceeded{process.pid});
    run_guarded("telling how a process was started", [&] { log_report(unit, process, report); });
}

void ServiceRunner::log_report(const Unit& unit, const ServiceProcess& process,
                               const SpawnReport& report) {
    for (const auto& warning : report.warnings) {
        if (warning.code == 0) {
            say_moved_directory(unit, warning);
            continue;
        }
        say_step(unit, warning, process.program, LogLevel::Info);
        manager_.log_unit(unit, LogLevel::Info,
                          cat("Skipped step ", to_string(warning.step), " spawning ",
                              process.program, ": ", strerror(warning.code)));
    }
    if (report.failure) {
        say_step(unit, *report.failure, process.program, LogLevel::Error);
        manager_.log_unit(unit, LogLevel::Error,
                          cat("Failed at step ", to_string(report.failure->step), " spawning ",
                              process.program, ": ", strerror(report.failure->code)));
    }
}

// What it is about, before the step itself is named.
void ServiceRunner::say_step(const Unit& unit, const SpawnProblem& problem,
                             const std::string& program, LogLevel level) {
    auto text = step_message(problem, *unit.loaded.exec, program);
    if (!text.empty()) manager_.log_unit(unit, level, text);
}

// The directories of a plan are those of the settings, in the order of their types.
void ServiceRunner::say_moved_directory(const Unit& unit, const SpawnProblem& moved) {
    const ExecConfig& config = *unit.loaded.exec;
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
        return manager_.log_unit(
            unit, LogLevel::Info,
            cat("Found pre-existing ", on ? "public " : "private ", directory_setting(type),
                "= directory ", on ? usual : hidden, ", migrating to ", on ? hidden : usual,
                ". Apparently, service previously had DynamicUser= turned ", on ? "off" : "on",
                ", and has now turned it ", on ? "on" : "off", "."));
    }
}

// Where it cannot be watched, what it says is read at the end of the process, and until then it
// counts as executed.
void ServiceRunner::watch_report(Unit& unit, ServiceProcess& process, UniqueFd status,
                                 bool is_main) noexcept {
    process.status_pipe = std::move(status);
    auto watching = run_insistently("watching the start of a process", [&] {
        auto watch = manager_.loop().watch(
            process.status_pipe.get(), EPOLLIN,
            [this, id = unit.id, is_main](uint32_t) { report_came(id, is_main); }, -4);
        if (watch) process.status_watch = std::move(*watch);
        awaited_reports_.push_back({unit.id, process.pid, is_main});
    });
    bool is_watched = watching == Guarded::Done && process.status_watch;
    if (!is_watched && is_main) manager_.answer(unit.id, event::ExecSucceeded{process.pid});
}

void ServiceRunner::report_came(UnitId id, bool is_main) {
    if (!manager_.exists(id)) return;
    Unit& unit = manager_.unit(id);
    finish_report(unit, is_main ? unit.service->main : unit.service->control, is_main);
    manager_.run_events();
}

// Most have something to tell long before this turn of the loop is over, which in a boot starts
// hundreds of services, and would hold the pipe of each.
void ServiceRunner::take_finished_reports() {
    constexpr size_t least = 16;
    if (awaited_reports_.size() < std::max(many_reports_, least)) return;
    std::erase_if(awaited_reports_, [this](const AwaitedReport& awaited) {
        if (!manager_.exists(awaited.unit) || !manager_.unit(awaited.unit).service) return true;
        Unit& unit = manager_.unit(awaited.unit);
        auto& process = awaited.is_main ? unit.service->main : unit.service->control;
        if (process.pid != awaited.pid) return true;
        finish_report(unit, process, awaited.is_main);
        return !process.status_pipe;
    });
    many_reports_ = 2 * awaited_reports_.size();
}

// Reads what the child has said so far; at the latest before its exit is handled.
void ServiceRunner::finish_report(Unit& unit, ServiceProcess& process, bool is_main) {
    if (!process.status_pipe) return;
    if (!read_spawn_report(process.status_pipe.get(), process.report)) return;
    process.status_watch.stop();
    process.status_pipe.reset();
    take_report(unit, process, std::move(process.report), is_main);
}

// --- signals -------------------------------------------------------------------------------------

// KillMode= (systemd.kill(5)): the main and the control process always, the rest for control-group,
// or for mixed when it comes to SIGKILL.
void ServiceRunner::send_signal(Unit& unit, action::KillWhat what) {
    ServiceRuntime& service = *unit.service;
    const KillConfig& kill = *unit.loaded.kill;
    if (kill.kill_mode == KillConfig::Mode::None)
        return manager_.answer(unit.id, event::SignalSent{false});
    int signal = signal_of(kill, what);
    bool gentle = what != action::KillWhat::Kill;
    bool everyone = kill.kill_mode == KillConfig::Mode::ControlGroup ||
                    (kill.kill_mode == KillConfig::Mode::Mixed && !gentle);
    if (!gentle) log_killing(unit, signal, everyone);
    bool rest_soon = everyone && gentle && !kill.send_sighup;
    SignalRequest rest = request_to_rest(unit, signal, gentle);
    bool left = false;
    for (pid_t pid : {service_status(unit).main_pid, service_status(unit).control_pid}) {
        if (pid <= 0) continue;
        auto& tracker = manager_.tracker();
        bool sent = tracker.signal_process(pid, signal).has_value();
        // The end of a process that is not our child can be waited for only where a pidfd tells it.
        bool untold = pid == service_status(unit).main_pid && service_status(unit).main_pid_alien &&
                      !service.alien_watch;
        left |= sent && !untold;
        if (gentle && !rest_soon && signal != SIGCONT)
            (void)!tracker.signal_process(pid, SIGCONT).has_value();
        if (gentle && kill.send_sighup) (void)!tracker.signal_process(pid, SIGHUP).has_value();
    }
    if (rest_soon && left) {
        tell_rest_soon(unit, std::move(rest));
    } else if (everyone) {
        left |= signal_rest(unit, rest);
        if (gentle && kill.send_sighup) {
            rest.signal = SIGHUP;
            rest.continue_after = false;
            signal_rest(unit, std::move(rest));
        }
    }
    manager_.answer(unit.id, event::SignalSent{left});
}

void ServiceRunner::log_killing(Unit& unit, int signal, bool everyone) {
    const ServiceStatus& status = service_status(unit);
    for (pid_t pid : manager_.tracker().processes_of(unit.service->owner)) {
        if (!everyone && pid != status.main_pid && pid != status.control_pid) continue;
        manager_.log_unit(unit, LogLevel::Notice,
                          cat("Killing process ", pid, " (", read_process_name(pid),
                              ") with signal SIG", sigabbrev_np(signal), "."));
    }
}

// To be made before the main and the control process are told.
SignalRequest ServiceRunner::request_to_rest(const Unit& unit, int signal, bool continue_after) {
    const ServiceStatus& status = service_status(unit);
    SignalRequest request{.owner = unit.service->owner,
                          .signal = signal,
                          .continue_after = continue_after,
                          .except = {},
                          .told = {}};
    pid_t newest = signal == SIGKILL ? 0 : manager_.tracker().newest_process();
    for (pid_t pid : {status.main_pid, status.control_pid}) {
        if (pid <= 0) continue;
        request.except.insert(pid);
        request.newest_then.emplace(pid, newest);
    }
    return request;
}

// The others of a service whose main process has been told are looked for at the end of this turn
// of the loop, of many services a bounded number in each: what has ended meanwhile was reaped, and
// most services then have nobody left, and nobody needs the SIGCONT after the signal. To look below
// a process costs more than all else of its stop, most of it in the kernel, when what /proc showed
// of it is cleared away at its end.
void ServiceRunner::tell_rest_soon(Unit& unit, SignalRequest request) {
    ServiceRuntime& service = *unit.service;
    uint32_t round = ++service.signal_round; // an earlier one that still goes on gives up
    rest_to_tell_.push_back({unit.id, round, std::move(request)});
    tell_rest_at_end_of_turn();
}

void ServiceRunner::tell_rest_at_end_of_turn() {
    if (rest_is_deferred_ || rest_to_tell_.empty()) return;
    manager_.loop().defer([this] { tell_some_rest(); });
    rest_is_deferred_ = true;
}

void ServiceRunner::tell_some_rest() {
    rest_is_deferred_ = false;
    for (int i = 0; i < rests_per_turn && !rest_to_tell_.empty(); ++i) {
        Rest rest = std::move(rest_to_tell_.front());
        rest_to_tell_.pop_front();
        if (!manager_.exists(rest.unit) || !manager_.unit(rest.unit).service) continue;
        const ServiceRuntime& service = *manager_.unit(rest.unit).service;
        const UnitMachine& machine = *manager_.unit(rest.unit).machine;
        if (service.owner != rest.request.owner || service.signal_round != rest.round) continue;
        run_guarded("signalling a service", [&] {
            for (pid_t pid : {machine.main_pid(), machine.control_pid()}) {
                if (rest.request.except.contains(pid))
                    (void)!manager_.tracker().signal_process(pid, SIGCONT).has_value();
            }
            if (!manager_.tracker().signal_all(rest.request))
                continue_signalling(rest.unit, std::move(rest.request), rest.round,
                                    turns_of_asking);
        });
    }
    tell_rest_at_end_of_turn();
}

bool ServiceRunner::signal_rest(Unit& unit, SignalRequest request) {
    bool kills = request.signal == SIGKILL;
    bool complete = manager_.tracker().signal_all(request);
    bool any = request.found;
    uint32_t round = ++unit.service->signal_round; // an earlier one that still goes on gives up
    if (!complete)
        continue_signalling(unit.id, std::move(request), round,
                            kills ? turns_of_killing : turns_of_asking);
    return any;
}

void ServiceRunner::continue_signalling(UnitId id, SignalRequest request, uint32_t round,
                                        int turns_left) {
    manager_.loop().defer([this, id, request = std::move(request), round, turns_left]() mutable {
        if (!manager_.exists(id) || manager_.unit(id).service->signal_round != round) return;
        if (manager_.tracker().signal_all(request)) return;
        if (turns_left > 0)
            return continue_signalling(id, std::move(request), round, turns_left - 1);
        manager_.log_unit(manager_.unit(id), LogLevel::Warning,
                          "Its processes multiply faster than they can be signalled; giving up "
                          "until the next try.");
    });
}

Result<void> ServiceRunner::kill(Unit& unit, bool main, bool control, bool rest, int signal) {
    bool any = false;
    auto one = [&](pid_t pid) -> Result<void> {
        if (pid <= 0) return {};
        auto sent = manager_.tracker().signal_process(pid, signal);
        any |= sent.has_value();
        return sent;
    };
    SignalRequest to_rest = request_to_rest(unit, signal, false);
    Result<void> result;
    if (main) result = one(service_status(unit).main_pid);
    if (control && result) result = one(service_status(unit).control_pid);
    if (rest) any |= signal_rest(unit, std::move(to_rest));
    if (!result) return result;
    return any ? Result<void>{} : errno_error("kill", ESRCH);
}

// --- ends of processes ---------------------------------------------------------------------------

void ServiceRunner::note_exit(Unit& unit, const ProcessExit& exit) {
    ServiceRuntime& service = *unit.service;
    if (exit.pid == service.main.pid) finish_report(unit, service.main, true);
    if (exit.pid == service.control.pid) finish_report(unit, service.control, false);
    for (auto& [where, record] : service.records) {
        if (record.pid != exit.pid || record.info.code != 0) continue;
        record.exit = current_moment();
        record.info = {exit.code, exit.status};
    }
}

void ServiceRunner::tell_exits(Unit& unit, const std::vector<ProcessExit>& exits) {
    ServiceRuntime& service = *unit.service;
    auto is_known = [&](const ProcessExit& exit) {
        return exit.pid == service_status(unit).main_pid ||
               exit.pid == service_status(unit).control_pid;
    };
    auto known_left = std::ranges::count_if(exits, is_known);
    if (known_left == 0 && runs_known_process(service_status(unit))) return;
    bool others = manager_.tracker().any_left(service.owner);
    for (const auto& exit : exits) {
        if (!is_known(exit)) continue;
        manager_.post(unit.id, event::ProcessExited{
                                   exit.pid, {exit.code, exit.status}, others || --known_left > 0});
        if (exit.pid == service.main.pid) service.main.pid = 0;
        if (exit.pid == service.control.pid) service.control.pid = 0;
    }
    // Ignored where a process that is known still runs: its own end comes first.
    if (!others) manager_.post(unit.id, event::ProcessesGone{});
}

// --- what is left behind -------------------------------------------------------------------------

// At once, as the unit is inactive now and may be started again; but not what would make us wait.
void ServiceRunner::remove_runtime_files(Unit& unit, bool will_restart) {
    ServiceRuntime& service = *unit.service;
    const ServiceConfig& config = *service_config(unit.loaded);
    Root root = manager_.options().root();
    stop_watching_pid_file(unit);
    manager_.dynamic_users().release(unit.id);
    remove_credentials(unit);
    std::vector<std::string> slow;
    if (!config.pid_file.empty()) {
        auto path = root.at(config.pid_file);
        auto gone = unlink_at_once(path, root.at("/run"));
        bool may_be_there = !gone && gone.error().code != ENOENT && gone.error().code != EISDIR;
        if (may_be_there) slow = {"--file", path};
    }
    PreserveMode preserve = unit.loaded.exec->runtime_directory_preserve;
    bool keep =
        preserve == PreserveMode::Yes || (preserve == PreserveMode::Restart && will_restart);
    if (keep) {
        remove_slowly(unit, std::move(slow));
        return;
    }
    std::vector<std::string> aside;
    for (const auto& inside : service.made_directories) {
        auto path = root.at(inside);
        auto moved = set_aside(path, root.at(place_of_removed));
        if (!moved && moved.error().code != ENOENT) slow.push_back(path);
        if (moved && !remove_little(*moved)) aside.push_back(std::move(*moved));
    }
    service.made_directories.clear();
    if (!aside.empty()) manager_.remover().remove(unit.name().str(), std::move(aside), {});
    remove_slowly(unit, std::move(slow));
}

// The next start waits for it: what it makes itself must not be removed.
void ServiceRunner::remove_slowly(Unit& unit, std::vector<std::string> paths) {
    if (paths.empty()) return;
    manager_.remover().remove(unit.name().str(), std::move(paths), [this, id = unit.id] {
        if (!manager_.exists(id)) return;
        auto& service = *manager_.unit(id).service;
        if (service.removals > 0) --service.removals;
        manager_.wake_job(id);
    });
    ++unit.service->removals;
}

// A file system of its own, or a directory: small, flat, and in memory.
void ServiceRunner::remove_credentials(Unit& unit) {
    if (!std::exchange(unit.service->made_credentials, false)) return;
    auto path = manager_.options().root().at(credentials_directory(unit.loaded));
    while (umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
    }
    auto removed = remove_tree(path);
    if (!removed) manager_.log_unit(unit, LogLevel::Warning, removed.error().text);
}

} // namespace sctl
