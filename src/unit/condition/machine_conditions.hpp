// What conditions ask of the kernel and the machine, read from /proc and /sys inside a root. What
// cannot be read is not there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/files.hpp"

namespace sctl {

[[nodiscard]] bool firmware_is(std::string_view wanted, const Root& root);
// A word, or "NAME=VALUE"; NAME alone fits any value. In a container PID 1's command line counts.
[[nodiscard]] bool kernel_command_line_has(std::string_view wanted, bool container,
                                           const Root& root);
[[nodiscard]] bool security_is(std::string_view wanted, bool container, const Root& root);
// Whether CAP_... is in the manager's bounding set.
[[nodiscard]] bool has_capability(std::string_view wanted, const Root& root);
[[nodiscard]] bool on_ac_power(const Root& root);
// "v1", "v2", or controllers that must all be there; names that nobody knows hold.
[[nodiscard]] bool has_cgroup_controllers(std::string_view wanted, const Root& root);
// Bytes: what the machine has, or the control group's limit.
[[nodiscard]] uint64_t usable_memory(const Root& root);
[[nodiscard]] bool has_cpu_feature(std::string_view wanted, const Root& root);
// "[SLICE:]PERCENT[/WINDOW]" of /proc/pressure/RESOURCE. Holds where pressure is not measured.
[[nodiscard]] bool pressure_is_below(std::string_view resource, std::string_view line,
                                     std::string_view wanted, const Root& root);

} // namespace sctl
