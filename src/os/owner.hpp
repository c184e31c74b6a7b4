#pragma once

#include <cstdint>

namespace sctl {

// Of processes: an opaque number that Tracker gives out; the manager maps its units to them.
using OwnerId = uint32_t;
inline constexpr OwnerId no_owner = 0;

} // namespace sctl
