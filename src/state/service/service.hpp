// The life of a service, as a value and a function: service_step() decides, ServiceMachine keeps
// the value.
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
// last has ended.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "state/unit_machine.hpp"
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
[[nodiscard]] std::string_view to_string(ServiceResult result); // "exit-code", ...
// Type=idle counts as active while it waits for its turn.
[[nodiscard]] ActiveState active_state(ServiceState state, ServiceType type);

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

// What a step of a service is to know besides its own settings.
struct ServiceContext : StepContext {
    KillConfig kill;
    Span timeout_clean = infinity;
};

// Moves `status` on by one event and appends what is to be done, as UnitMachine::step() says.
void service_step(const ServiceConfig& config, const ServiceContext& context, ServiceStatus& status,
                  const UnitEvent& event, std::vector<UnitAction>& actions, Cause& cause);

class ServiceMachine final : public UnitMachine {
  public:
    void step(const LoadedUnit& unit, const StepContext& context, const UnitEvent& event,
              std::vector<UnitAction>& actions, Cause& cause) override;
    [[nodiscard]] std::string_view sub_state() const override { return to_string(status_.state); }
    [[nodiscard]] Phase phase() const override;
    [[nodiscard]] bool can_reload(const LoadedUnit& unit) const override;
    [[nodiscard]] pid_t main_pid() const override { return status_.main_pid; }
    [[nodiscard]] pid_t control_pid() const override { return status_.control_pid; }
    [[nodiscard]] bool processes_left() const override { return status_.processes_left; }
    [[nodiscard]] ExitInfo main_exit() const override { return status_.main_exec.info; }

    [[nodiscard]] const ServiceStatus& status() const { return status_; }

  private:
    ServiceStatus status_;
};

} // namespace sctl
