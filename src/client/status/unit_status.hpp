// The block of text that `status` prints for a unit, from its properties.
#pragma once

#include <string>

#include "client/calls/properties.hpp"
#include "client/calls/session.hpp"

namespace sctl {

// The state of other units and the processes are asked of `manager`; names of processes come from
// /proc.
[[nodiscard]] std::string unit_status_text(const Session& session, ClientConnection& manager,
                                           const Properties& unit);
} // namespace sctl
