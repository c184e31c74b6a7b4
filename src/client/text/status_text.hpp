// The block of text that `status` prints for a unit, from its properties. See status_text.cpp for
// what it asks the manager for besides.
#pragma once

#include <string>

#include "client/calls/properties.hpp"
#include "client/calls/session.hpp"

namespace sctl {

// The state of other units and the processes are asked of `manager`; names of processes come from
// /proc.
[[nodiscard]] std::string unit_status_text(const Session& session, ClientConnection& manager,
                                           const Properties& unit);
// The machine as a whole: `status` without arguments.
[[nodiscard]] std::string system_status_text(const Session& session, ClientConnection& manager,
                                             const Properties& properties);

} // namespace sctl
