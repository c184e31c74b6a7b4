// The life of a socket unit, as a value and a function: socket_step() decides, SocketMachine keeps
// the value.
//
//   dead ─► start-pre ─► start-chown ─► start-post ─► listening ⇄ running
//    ▲                                                        │
//    │  final-sigterm ◄── stop-post ◄─ stop-pre-sigterm ◄─ stop-pre
//    │  final-sigkill                  stop-pre-sigkill
//    └────────┴─► or failed
//
// It is running while the service that it triggers runs or is about to, and then does not look at
// what comes in: that is the service's. With Accept=yes it goes on listening, and starts an
// instance for each connection. Phases without a command, or with nobody to signal, are passed
// over.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "state/start_limit.hpp"
#include "state/unit_machine.hpp"
#include "unit/socket/socket_config.hpp"

namespace sctl {

// org.freedesktop.systemd1(5), SubState of sockets.
enum class SocketState : uint8_t {
    Dead,
    StartPre,
    StartChown,
    StartPost,
    Listening,
    Running,
    StopPre,
    StopPreSigterm,
    StopPreSigkill,
    StopPost,
    FinalSigterm,
    FinalSigkill,
    Failed,
    Cleaning,
};
inline constexpr size_t socket_state_count = 14;

enum class SocketResult : uint8_t {
    Success,
    Resources,
    Timeout,
    ExitCode,
    Signal,
    CoreDump,
    StartLimitHit,
    TriggerLimitHit,
    ServiceStartLimitHit,
};

[[nodiscard]] std::string_view to_string(SocketState state);   // "start-pre", ...
[[nodiscard]] std::string_view to_string(SocketResult result); // "exit-code", ...
[[nodiscard]] ActiveState active_state(SocketState state);

// The answer that the last step asked for.
enum class SocketAwaits : uint8_t { Nothing, Spawn, Signal, Open, Chown, Watch, Connection };

struct SocketStatus {
    SocketState state = SocketState::Dead;
    SocketResult result = SocketResult::Success;
    SocketResult clean_result = SocketResult::Success;
    pid_t control_pid = 0;
    bool processes_left = false;
    SocketExecCommand control_command = SocketExecCommand::StartPre;
    size_t control_index = 0;
    SocketAwaits awaits = SocketAwaits::Nothing;
    unsigned n_accepted = 0, n_refused = 0;
    std::optional<Span> timer_deadline; // monotonic
    std::optional<StartLimit> trigger_limit;
};

// What a step of a socket is to know besides its own settings.
struct SocketContext : StepContext {
    const LoadedUnit& unit;
    const SocketConfig& config;
};

// Moves `status` on by one event and appends what is to be done, as UnitMachine::step() says.
void socket_step(const SocketContext& context, SocketStatus& status, const UnitEvent& event,
                 std::vector<UnitAction>& actions, Cause& cause);

class SocketMachine final : public UnitMachine {
  public:
    void step(const LoadedUnit& unit, const StepContext& context, const UnitEvent& event,
              std::vector<UnitAction>& actions, Cause& cause) override;
    [[nodiscard]] std::string_view sub_state() const override { return to_string(status_.state); }
    [[nodiscard]] Phase phase() const override;
    // A service that runs without its socket keeps it from starting.
    [[nodiscard]] std::string refusal(const LoadedUnit& unit,
                                      const StepContext& context) const override;
    [[nodiscard]] pid_t control_pid() const override { return status_.control_pid; }
    [[nodiscard]] bool processes_left() const override { return status_.processes_left; }

    [[nodiscard]] const SocketStatus& status() const { return status_; }

  private:
    SocketStatus status_;
};

} // namespace sctl
