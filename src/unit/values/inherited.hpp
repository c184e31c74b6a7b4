// What a process has from the manager, which its children inherit: what is in force, and what
// `show` tells, where a unit does not say otherwise.
#pragma once

#include <cstdint>

namespace sctl {

// Each is the kernel's default where it cannot be read.
[[nodiscard]] int inherited_nice();
[[nodiscard]] int inherited_oom_score_adjust();
[[nodiscard]] uint64_t inherited_coredump_filter();
[[nodiscard]] int inherited_cpu_scheduling_policy();
[[nodiscard]] int inherited_cpu_scheduling_priority();
[[nodiscard]] int inherited_io_priority(); // as ioprio_get(2) has it, never without a class
[[nodiscard]] uint64_t inherited_timer_slack();

// ioprio_set(2): the class above 13 bits of data. The default is best-effort, 4.
inline constexpr int io_class_shift = 13;
inline constexpr int default_io_priority = 2 << io_class_shift | 4;

} // namespace sctl
