// When a timer elapses next.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "client/calls/properties.hpp"

namespace sctl {

// In microseconds since the epoch; UINT64_MAX where it does not. A timer may know its next moment
// by either clock: the earlier one counts.
[[nodiscard]] uint64_t next_elapse(const Properties& timer, const Moment& now);

} // namespace sctl
