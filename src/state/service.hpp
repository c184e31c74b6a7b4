// The life of a service, as a value and a function: service_step() decides, the manager acts.
// It knows no clock, process table or file: what it needs comes in with the event, what it wants
// done goes out as actions, in order. So each path through it is a short test.
//
//   dead ─► condition ─► start-pre ─► start ─► start-post ─► running ⇄ reload
//    ▲                                                          │ └─► exited
//    │                                                          ▼
//    │    final-sigterm ◄── stop-post ◄─────── stop-sigterm ◄─ stop
//    │    final-watchdog                       stop-watchdog
//    │    final-sigkill                        stop-sigkill
//    │          ▼
//    └── auto-restart, or failed
//
// `systemctl clean` goes from dead to cleaning and back; its control process removes directories.
// Phases without a command, or with nobody to signal, are passed over; a failure on the way up goes
// to stop-sigterm. Type=simple passes through start; the others wait there for what makes them
// started, Type=idle for its turn.
//
// Where several processes may be left (a control group in systemd), `ProcessesGone` says that the
// last has ended. An action that can fail is answered by an event (`Spawned`/`SpawnFailed`,
// `SignalSent`, `PidFileRead`, `MainPidGuessed`): the manager feeds it back when all actions of the
// step are done, and before any other event of the same unit. A step asks for at most one answer.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "unit/active_state.hpp"
#include "unit/service/service_config.hpp"

namespace sctl {

// org.freedesktop.systemd1(5), SubState of services.
enum class ServiceState : uint8_t {
    Dead,
    Condition,
    StartPre,
    Start,
    StartPost,
    Running,
    Exited,
    Reload,
    Stop,
    StopWatchdog,
    StopSigterm,
    StopSigkill,
    StopPost,
    FinalWatchdog,
    FinalSigterm,
    FinalSigkill,
    Failed,
    AutoRestart,
    Cleaning,
};
inline constexpr size_t service_state_count = 19;

enum class ServiceResult : uint8_t {
    Success,
    Resources,
    Protocol,
    Timeout,
    ExitCode,
    Signal,
    CoreDump,
    Watchdog,
    StartLimitHit,
    OomKill,
    ExecCondition,
};

[[nodiscard]] std::string_view to_string(ServiceState state);   // "start-pre", ...
[[nodiscard]] std::string_view to_string(ActiveState state);    // "activating", ...
[[nodiscard]] std::string_view to_string(ServiceResult result); // "exit-code", ...
// Type=idle counts as active while it waits for its turn.
[[nodiscard]] ActiveState active_state(ServiceState state, ServiceType type);

// How a process ended, in waitid(2)'s terms.
struct ExitInfo {
    int code = 0;   // CLD_EXITED, CLD_KILLED, CLD_DUMPED; 0: none has ended
    int status = 0; // exit status or signal
};

// One run of one command, for ExecStart= and the like in `show` and `status`.
struct ExecRecord {
    Moment start, exit;
    pid_t pid = 0;
    ExitInfo info;
};

// What the service said last of READY=, RELOADING= and STOPPING=.
enum class NotifyState : uint8_t { Unknown, Ready, Reloading, Stopping };

// The answer that the last step asked for.
enum class Awaiting : uint8_t {
    Nothing,
    MainSpawn,
    ControlSpawn,
    SignalSent,
    PidFile,
    MainPidGuess
};

struct ServiceStatus {
    ServiceState state = ServiceState::Dead;
    ServiceResult result = ServiceResult::Success;
    ServiceResult reload_result = ServiceResult::Success;
    ServiceResult clean_result = ServiceResult::Success;
    pid_t main_pid = 0;          // 0: none runs, or none is known
    bool main_pid_known = false; // with main_pid == 0: it has ended
    bool main_pid_alien = false; // not our child: its end is seen by ProcessesGone or its pidfd
    pid_t control_pid = 0;       // the running ExecStartPre, ExecStop, ...
    bool processes_left = false; // as last heard; a left-over of an earlier run counts, too
    // The command that control_pid is of, or is to be.
    ServiceExecCommand control_command = ServiceExecCommand::StartPre;
    size_t control_index = 0;
    size_t main_index = 0; // of a oneshot's several ExecStart
    ExecRecord main_exec;  // ExecMain*
    Awaiting awaiting = Awaiting::Nothing;
    NotifyState notify_state = NotifyState::Unknown;
    std::optional<ExitInfo> held_main_exit; // until the PID file has been looked at for a successor
    bool pid_file_watched = false;
    bool forbid_restart = false; // an explicit stop: no Restart=
    unsigned n_restarts = 0;
    // Of Type=notify-reload: when the service was asked to reload, until it says that it does.
    std::optional<Span> reload_asked;
    bool flush_n_restarts = false;    // at the next start: until then it can be looked at
    std::string status_text;          // STATUS=
    int status_errno = 0;             // ERRNO=
    Span watchdog_timeout = infinity; // set by a start, overridden by WATCHDOG_USEC=
    Moment watchdog_last{};
    // Monotonic, of the timers that are armed; EXTEND_TIMEOUT_USEC= moves both.
    std::optional<Span> timer_deadline, watchdog_deadline;
    Span active_since{}; // monotonic: RuntimeMaxSec= counts from there
};

// Why a unit is where it is: what `status`, the boot's lines and a job's result say.
struct Cause {
    std::string text; // "main process exited, status=203/EXEC", "ExecStartPre= timed out", ...
};

namespace event {
struct StartRequested {}; // a start job runs; start limits and conditions have been checked
struct StopRequested {};
struct ReloadRequested {};
// Remove these directories, with all below them. The caller has seen to it that the service is
// dead.
struct CleanRequested {
    std::vector<std::string> paths;
};
struct StartLimitHit {};      // instead of StartRequested, after StartLimit::allow() said no
struct AutoRestartElapsed {}; // ScheduleRestart's moment has come
// EnqueueRestartJob failed.
struct RestartJobRefused {
    std::string text;
    bool is_shortage = false; // for lack of memory: to be tried again
};
struct Spawned {
    pid_t pid;
};
// fork, EnvironmentFile=, user lookup: Resources. The step logs "Failed to run 'start' task: TEXT".
struct SpawnFailed {
    ServiceResult result;
    std::string text;
};
// The child's execve has succeeded: what Type=exec waits for. Where it failed the child just exits.
struct ExecSucceeded {
    pid_t pid;
};
struct ProcessExited {
    pid_t pid;
    ExitInfo info;
    bool others_left; // other processes of this service are alive
};
struct ProcessesGone {}; // none of the service's processes is left
// Whether one that was signalled runs on and its end can be waited for. Not those that KillMode=
// spares, nor an alien main process that no pidfd watches.
struct SignalSent {
    bool any_left;
};
struct PidFileRead {
    Result<pid_t> pid;         // ENOENT: not there (yet)
    bool alien = false;        // not our child
    bool alive = true;         // neither gone nor a zombie
    bool belongs = true;       // to this service; otherwise only a trusted file is believed:
    bool owned_by_root = true; // the file
    bool safe_path = true;     // no symbolic link of an unprivileged user on the way to it
};
struct PidFileChanged {}; // the watched PIDFile= or its directory changed
// No inotify, or the like: Resources.
struct PidFileWatchFailed {
    std::string text;
};
struct MainPidGuessed {
    pid_t pid; // 0: cannot tell
    bool alien = false;
};
struct TimedOut {}; // the timer armed last
struct WatchdogElapsed {};
// One datagram to the notify socket, already checked against NotifyAccess=.
struct Notified {
    pid_t sender;
    bool ready = false, reloading = false, stopping = false; // at most one: the datagram's last
    std::optional<std::string> status;
    std::optional<int> errno_value;
    std::optional<pid_t> main_pid; // MAINPID=, checked to belong to the service
    bool main_pid_alien = false;
    std::optional<Span> monotonic; // MONOTONIC_USEC=: when it was said
    bool reloaded = false;         // RELOADING=1 and READY=1 in one
    bool watchdog = false, watchdog_trigger = false;
    std::optional<Span> watchdog_usec;
    std::optional<Span> extend_timeout;
};
struct ResetFailed {};
struct IdleReached {}; // Type=idle: the job queue is empty or 5 s are over
} // namespace event

using ServiceEvent =
    std::variant<event::StartRequested, event::StartLimitHit, event::StopRequested,
                 event::ReloadRequested, event::CleanRequested, event::AutoRestartElapsed,
                 event::RestartJobRefused, event::Spawned, event::SpawnFailed, event::ExecSucceeded,
                 event::ProcessExited, event::ProcessesGone, event::SignalSent, event::PidFileRead,
                 event::PidFileChanged, event::PidFileWatchFailed, event::MainPidGuessed,
                 event::TimedOut, event::WatchdogElapsed, event::Notified, event::ResetFailed,
                 event::IdleReached>;

namespace action {
// The unit's state has been set, perhaps to what it was (a reload that did nothing). One step may
// pass through several: a job waiting for the unit sees failed before auto-restart. To be handled
// in order with the others, from these fields, not from the status.
struct StateChanged {
    ServiceState from, to;
    bool will_restart = false; // auto-restart follows: neither OnFailure= nor OnSuccess= now
};
// Start commands(which)[index]; answered by Spawned or SpawnFailed.
struct Spawn {
    ServiceExecCommand which;
    size_t index;
    bool is_control; // not the main process: no NotifyAccess=main, gets $MAINPID
};
// Start a control process that removes these: answered as Spawn.
struct SpawnCleaner {
    std::vector<std::string> paths;
};
enum class KillWhat : uint8_t { Terminate, Kill, Watchdog, Restart };
// Signals per KillMode=: answered by SignalSent.
struct SendSignal {
    KillWhat what;
};
// One process, unanswered.
struct KillProcess {
    pid_t pid;
    int signal;
};
struct ReadPidFile {};  // answered by PidFileRead
struct WatchPidFile {}; // PidFileChanged from now on, until the state changes
struct GuessMainPid {}; // answered by MainPidGuessed
// TimedOut at a monotonic deadline. Replaces the one before.
struct ArmTimer {
    Span deadline;
};
struct CancelTimer {}; // ScheduleRestart's, too
struct ArmWatchdog {
    Span deadline;
};
struct CancelWatchdog {};
// AutoRestartElapsed then.
struct ScheduleRestart {
    Span deadline;
};
struct WaitIdle {};        // Type=idle: answered by IdleReached
struct MakeDirectories {}; // before the first command; nothing is answered, Spawn fails if it did
// RuntimeDirectory=, PIDFile= when it is over. RuntimeDirectoryPreserve=restart wants to know more.
struct RemoveRuntimeFiles {
    bool will_restart = false;
};
// Start again through the job queue (a restart job, mode replace); RestartJobRefused where it
// fails.
struct EnqueueRestartJob {};
struct PropagateReload {}; // RELOADING=1: PropagatesReloadTo= without a job of ours
// One line about this unit, as systemd words it without the unit's name.
struct Log {
    int level; // LogLevel's number
    std::string text;
};
} // namespace action

using ServiceAction =
    std::variant<action::StateChanged, action::Spawn, action::SpawnCleaner, action::SendSignal,
                 action::KillProcess, action::ReadPidFile, action::WatchPidFile,
                 action::GuessMainPid, action::ArmTimer, action::CancelTimer, action::ArmWatchdog,
                 action::CancelWatchdog, action::ScheduleRestart, action::WaitIdle,
                 action::MakeDirectories, action::RemoveRuntimeFiles, action::EnqueueRestartJob,
                 action::PropagateReload, action::Log>;

// What the step function may know besides the unit's own status.
struct ServiceContext {
    Moment now;
    bool stop_job_pending = false; // a stop (no restart) is queued: no Restart= against it
    bool manager_stopping = false; // nor while everything halts
    bool restart_job = false;      // the unit's job is a restart: RestartKillSignal=
    uint64_t random = 0;           // for RuntimeRandomizedExtraSec=
    KillConfig kill;               // of the unit
    Span timeout_clean = infinity; // likewise
};

// Moves `status` on by one event and appends what is to be done. `cause` is set where the unit's
// result turned away from Success. The caller derives finished jobs from active_state() of each
// StateChanged, as systemd's unit_notify does. An event that the state has no use for changes
// nothing; in particular StartRequested while it stops or waits to restart (the job is to wait) and
// StopRequested where it does not run.
void service_step(const ServiceConfig& config, const ServiceContext& context, ServiceStatus& status,
                  const ServiceEvent& event, std::vector<ServiceAction>& actions, Cause& cause);

} // namespace sctl
