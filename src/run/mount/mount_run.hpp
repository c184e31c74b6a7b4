// The run of a mount unit: mount(8) and umount(8), and what is seen of the result.
#pragma once

#include <array>

#include "run/process_run.hpp"
#include "state/mount/mount.hpp"

namespace sctl {

class MountRun final : public ProcessRun {
  public:
    using ProcessRun::ProcessRun;

    void note_exit(const ProcessExit& exit) override;
    // The command of this list as it was last run; nothing where it has not been.
    [[nodiscard]] const ExecCommand& command_of(MountExecCommand which) const {
        return commands_[static_cast<size_t>(which)];
    }
    // What is mounted there; null where nothing is.
    [[nodiscard]] const Mount* mounted() const;

  private:
    [[nodiscard]] Answer execute(const UnitAction& action) override;
    [[nodiscard]] Result<void> describe(const action::Spawn& what, ExecPlanInputs& inputs) override;
    [[nodiscard]] const ExecCommand& command(const action::Spawn& what) const override {
        return command_of(what.which.as<MountExecCommand>());
    }
    [[nodiscard]] const MountConfig& config() const { return *mount_config(loaded()); }
    void make_command(MountExecCommand which);
    [[nodiscard]] Result<void> prepare_place();
    [[nodiscard]] Result<void> check_canonical() const;

    std::array<ExecCommand, mount_exec_command_count> commands_;
};

// Null where the unit is none, or has not been loaded.
[[nodiscard]] const MountRun* mount_run(const Unit& unit);
[[nodiscard]] const MountStatus* mount_status(const Unit& unit);

} // namespace sctl
