// Waiting for a manager that is not there yet: `is-system-running --wait` may be the first command
// in a container, before PID 1 listens.
#pragma once

#include "client/calls/session.hpp"

namespace sctl {

// The connection, once somebody answers on the manager's socket; waits for as long as that takes.
// Null where nobody will: this machine's PID 1 is no manager, or may not be asked.
[[nodiscard]] ClientConnection* manager_once_there(Session& session);

} // namespace sctl
