// What the manager takes upon itself by its configuration: its children inherit it.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"

namespace sctl {

// Of those that are not there the kernel takes no notice; where none is, an error.
[[nodiscard]] Result<void> use_cpus(const std::vector<uint16_t>& numbers);
// All capabilities that are not in `keep`, a bit for each, are gone for good.
[[nodiscard]] Result<void> give_up_capabilities(uint64_t keep);
[[nodiscard]] Result<void> give_up_new_privileges();
[[nodiscard]] Result<void> use_timer_slack(uint64_t nanoseconds);

} // namespace sctl
