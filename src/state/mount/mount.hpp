// The life of a mount unit (systemd.mount(5)).
//
//             ┌─ mounting ─► mounting-done ─┐                 ┌─ remounting ─► remounting-sigterm
//   dead ─────┤                             ├─► mounted ◄────►┤                remounting-sigkill
//    ▲        └── mounted by somebody else ─┘      │
//    └── or failed ◄── unmounting ◄────────────────┤
//              unmounting-sigterm, -sigkill ◄───── ┘ or a start that takes too long
//
// Two things are told of it: how mount(8) and umount(8) end, and what the kernel has mounted, which
// counts. The second comes first.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "state/unit_machine.hpp"
#include "unit/mount/mount_config.hpp"

namespace sctl {

// org.freedesktop.systemd1(5), SubState of mount units.
enum class MountState : uint8_t {
    Dead,
    Mounting,
    MountingDone,
    Mounted,
    Remounting,
    Unmounting,
    RemountingSigterm,
    RemountingSigkill,
    UnmountingSigterm,
    UnmountingSigkill,
    Failed,
    Cleaning,
};
inline constexpr size_t mount_state_count = 12;

enum class MountResult : uint8_t {
    Success,
    Resources,
    Timeout,
    ExitCode,
    Signal,
    CoreDump,
    StartLimitHit,
    Protocol, // mount(8) said that all went well, and nothing is mounted
};

[[nodiscard]] std::string_view to_string(MountState state);
[[nodiscard]] std::string_view to_string(MountResult result);
[[nodiscard]] ActiveState active_state(MountState state);

enum class MountAwaits : uint8_t { Nothing, Spawn, Signal };

struct MountStatus {
    MountState state = MountState::Dead;
    MountState next = MountState::Dead; // once the process has been started that is asked for
    MountResult result = MountResult::Success;
    MountResult reload_result = MountResult::Success;
    MountResult clean_result = MountResult::Success;
    bool is_mounted = false; // as the kernel says
    pid_t control_pid = 0;
    bool processes_left = false;
    MountExecCommand command = MountExecCommand::Mount; // the one that runs, or has run last
    unsigned unmounts = 0;                              // in a row: several may lie on each other
    MountAwaits awaits = MountAwaits::Nothing;
    std::optional<Span> timer_deadline; // monotonic
};

class MountMachine final : public UnitMachine {
  public:
    void step(const LoadedUnit& unit, const StepContext& context, const UnitEvent& event,
              std::vector<UnitAction>& actions, Cause& cause) override;
    [[nodiscard]] std::string_view sub_state() const override { return to_string(status_.state); }
    [[nodiscard]] Phase phase() const override;
    [[nodiscard]] bool can_reload(const LoadedUnit&) const override {
        return status_.state == MountState::Mounted;
    }
    [[nodiscard]] pid_t control_pid() const override { return status_.control_pid; }
    [[nodiscard]] bool processes_left() const override { return status_.processes_left; }

    [[nodiscard]] const MountStatus& status() const { return status_; }

  private:
    MountStatus status_;
};

} // namespace sctl
