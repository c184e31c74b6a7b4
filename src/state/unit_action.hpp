// What a unit's state machine wants done, in order. An action that can fail is answered by an
// event: fed back when all actions of the step are done, and before any other event of the same
// unit. A step asks for at most one answer.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "unit/active_state.hpp"
#include "unit/config.hpp"

namespace sctl {

// One of a kind's lists of commands, by the kind's own enumeration: ServiceExecCommand.
struct CommandList {
    uint8_t number = 0;

    constexpr CommandList() = default;
    template <class List>
    requires std::is_enum_v<List>
    constexpr CommandList(List list) : number(static_cast<uint8_t>(list)) {}
    template <class List>
    [[nodiscard]] constexpr List as() const {
        return static_cast<List>(number);
    }
    bool operator==(const CommandList&) const = default;
};

namespace action {
// The unit's state has been set, perhaps to what it was (a reload that did nothing). One step may
// pass through several: a job waiting for the unit sees failed before auto-restart. To be handled
// in order with the others, from these fields, not from the machine, which has gone on.
struct StateChanged {
    ActiveState from, to;
    // As `show -p SubState` prints them; of static storage.
    std::string_view sub_from, sub_to;
    bool will_restart = false;  // auto-restart follows: neither OnFailure= nor OnSuccess= now
    bool reload_failed = false; // a reload has ended, and failed
    bool skipped = false;       // by ExecCondition=: as if a condition had not been met
};
// Start the command at `index` of the list; answered by Spawned or SpawnFailed.
struct Spawn {
    CommandList which;
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
// Start the unit that this one triggers (a job, mode replace); TriggerRefused where it fails.
struct StartTriggered {
    // For its environment, "TRIGGER_PATH=/x"; $TRIGGER_UNIT is added.
    std::vector<std::string> details{};
    bool is_told = true; // false: it gets none of these
};
// What [Socket] says is to be listened to: each is answered by SocketsOpened. What is open is kept.
struct OpenSockets {};
struct ChownSockets {}; // answered by SocketsChowned
// Incoming from now on; answered by SocketsWatched. `flush` takes away what waits there before.
struct WatchSockets {
    bool flush = false;
};
struct UnwatchSockets {};
struct FlushSockets {};
struct CloseSockets {};
// Answered by ConnectionTaken; the connection is kept until one of the next two.
struct TakeConnection {
    size_t place;
};
struct DropConnection {};
// Hands it to an instance of the service, and starts that; InstanceRefused where it fails.
struct StartInstance {
    unsigned number;
};
// Elapsed when one of the two clocks says so, no later than `accuracy` after it; ClockChanged and
// TimezoneChanged when they do. Replaces the one before.
struct ArmElapse {
    Span realtime = infinity, monotonic = infinity;
    Span accuracy{};
};
struct CancelElapse {};
struct ReadStamp {}; // answered by StampRead
struct WriteStamp {
    Span realtime;
};
// Look from now on at what [Path] names, and say what is there: answered by PathsSeen.
struct WatchPaths {
    bool is_first;  // MakeDirectory=; what is there already is no change
    bool after_run; // nor is what the unit has done that was started
};
struct UnwatchPaths {};
struct RemoveFiles {
    std::vector<std::string> paths;
};
// One line about this unit, as systemd words it without the unit's name.
struct Log {
    int level; // LogLevel's number
    std::string text;
};
} // namespace action

using UnitAction = std::variant<
    action::StateChanged, action::Spawn, action::SpawnCleaner, action::SendSignal,
    action::KillProcess, action::ReadPidFile, action::WatchPidFile, action::GuessMainPid,
    action::ArmTimer, action::CancelTimer, action::ArmWatchdog, action::CancelWatchdog,
    action::ScheduleRestart, action::WaitIdle, action::MakeDirectories, action::RemoveRuntimeFiles,
    action::EnqueueRestartJob, action::PropagateReload, action::StartTriggered, action::OpenSockets,
    action::ChownSockets, action::WatchSockets, action::UnwatchSockets, action::FlushSockets,
    action::CloseSockets, action::TakeConnection, action::DropConnection, action::StartInstance,
    action::ArmElapse, action::CancelElapse, action::ReadStamp, action::WriteStamp,
    action::RemoveFiles, action::WatchPaths, action::UnwatchPaths, action::Log>;

} // namespace sctl
