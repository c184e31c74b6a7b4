// What a unit's state machine is told: what was asked of the unit, what became of its processes and
// timers, and the answers to the actions of its last step (unit_action.hpp). One vocabulary for all
// kinds of units; a machine ignores what its kind has no use for.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace sctl {

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

namespace event {
struct StartRequested {}; // a start job runs; start limits and conditions have been checked
struct StopRequested {};
struct ReloadRequested {};
// Remove these directories, with all below them. The caller has seen to it that the unit is dead.
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
    bool executed = false; // ExecSucceeded, at once
};
// No process came about: fork, EnvironmentFile=, user lookup. The step logs "Failed to run 'start'
// task: TEXT".
struct SpawnFailed {
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
// Processes of the unit that a former manager has started turned out to run still.
struct FoundRunning {
    pid_t main_pid; // 0: none is known
    bool alien = false;
};
// The unit's files have been read anew (daemon-reload).
struct SettingsRead {};
struct Elapsed {};         // a moment of ArmElapse has come
struct ClockChanged {};    // CLOCK_REALTIME was set: it has not just gone on
struct TimezoneChanged {}; // the local one
// When the stamp file of Persistent= says that the timer elapsed last; nothing where there is none.
struct StampRead {
    std::optional<Span> realtime;
};
struct PathsSeen {
    std::string path;    // for which the unit is to be started; empty: for none
    std::string problem; // they cannot be watched: why
};
// What is watched has become a reason to start the unit.
struct PathChanged {
    std::string path;
    bool is_change; // rather than something that is there
};
// What the kernel has mounted at the unit's place has become another, or nothing.
struct MountSeen {
    bool is_there;
};
// The state of the unit that this one triggers has been set, or a job of it has ended: see
// StepContext::triggered.
struct TriggeredChanged {};
// What OpenSockets and WatchSockets came to; empty where all went well.
struct SocketsOpened {
    std::string failure;
};
struct SocketsWatched {
    std::string failure;
};
// What ChownSockets came to, as the exit status of systemd's process for it.
struct SocketsChowned {
    int status;
};
// Something waits at a place that is watched, or it has come to grief.
struct Incoming {
    size_t place;
    std::string trouble;
};
// What TakeConnection came to.
struct ConnectionTaken {
    std::string failure;
    bool is_there = true;     // false: it has gone again
    unsigned connections = 0; // that are open besides
    unsigned from_source = 0; // likewise, from the same address
    std::string source{};     // empty: of no address
};
// StartInstance failed; without a text since the other side has gone.
struct InstanceRefused {
    std::string text;
    bool is_accepted = false; // its instance has got the connection
};
// StartTriggered failed.
struct TriggerRefused {
    std::string text;
    std::string cause{}; // without what was tried
};
} // namespace event

using UnitEvent = std::variant<
    event::StartRequested, event::StartLimitHit, event::StopRequested, event::ReloadRequested,
    event::CleanRequested, event::AutoRestartElapsed, event::RestartJobRefused, event::Spawned,
    event::SpawnFailed, event::ExecSucceeded, event::ProcessExited, event::ProcessesGone,
    event::SignalSent, event::PidFileRead, event::PidFileChanged, event::PidFileWatchFailed,
    event::MainPidGuessed, event::TimedOut, event::WatchdogElapsed, event::Notified,
    event::ResetFailed, event::IdleReached, event::FoundRunning, event::SettingsRead,
    event::Elapsed, event::ClockChanged, event::TimezoneChanged, event::StampRead, event::PathsSeen,
    event::PathChanged, event::MountSeen, event::TriggeredChanged, event::SocketsOpened,
    event::SocketsWatched, event::SocketsChowned, event::Incoming, event::ConnectionTaken,
    event::InstanceRefused, event::TriggerRefused>;

} // namespace sctl
