// Launching a manager in the background: `systemctl init --background`, by the very program that
// runs.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "client/request/client_request.hpp"

namespace sctl {

// No manager is there or comes by itself: PID 1 is neither systemd nor ours. To be asked where
// nobody answers on the manager's socket.
[[nodiscard]] bool is_unmanaged(const ClientRequest& request);
// Besides, we have the right to be one.
[[nodiscard]] bool may_launch(const ClientRequest& request);

// Returns when the manager is ready, or another holds its lock and comes to it, or goes: then the
// caller connects, or tries again. The new process says on stderr why it has failed.
[[nodiscard]] Result<void> launch_manager(const ClientRequest& request, Span timeout);

} // namespace sctl
