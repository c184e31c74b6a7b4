// [Mount], typed (systemd.mount(5)): what a mount unit has settings of that no other kind of unit
// has.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "unit/config.hpp"
#include "unit/facts.hpp"
#include "unit/values/enum_text.hpp"

namespace sctl {

enum class MountExecCommand : uint8_t { Mount, Unmount, Remount };
inline constexpr size_t mount_exec_command_count = 3;

struct MountConfig final : OwnConfig {
    std::string what, type, options; // as written: what is mounted by others has none
    std::string where;               // as resolved: absolute, simple
    mode_t directory_mode = 0755;
    bool sloppy_options = false;
    bool read_write_only = false;
    bool lazy_unmount = false;
    bool force_unmount = false;
    Span timeout = 90s;
    std::optional<SeenMount> seen; // as the unit was loaded
};

// Of a mount unit that is loaded; else null.
[[nodiscard]] const MountConfig* mount_config(const LoadedUnit& unit);

// Whether a list of mount options has this one.
[[nodiscard]] bool has_mount_option(std::string_view options, std::string_view name);
// Whether a directory is seen a second time, rather than a file system.
[[nodiscard]] bool is_bind_mount(const MountConfig& config);
// The options for mount(8): those that only say when to mount are left out (systemd.mount(5)).
[[nodiscard]] std::string options_for_mount(const MountConfig& config);

SCTL_ENUM_TEXT(MountExecCommand, Remount, "", "ExecMount", "ExecUnmount", "ExecRemount");

} // namespace sctl
