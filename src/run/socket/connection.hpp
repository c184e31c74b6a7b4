// What is to be known of a connection that was accepted: who is at its other end.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace sctl {

// The instance of a service that is for connection number `number`: "N-LOCAL:PORT-REMOTE:PORT", of
// AF_UNIX "N-PID-UID". ENOTCONN where the other side has gone.
[[nodiscard]] Result<std::string> instance_of(int connection, unsigned number);
// Its address without the port, by which MaxConnectionsPerSource= counts; empty for AF_UNIX.
[[nodiscard]] Result<std::string> source_of(int connection);
// For people: "ADDRESS:PORT", of AF_UNIX "PID N/UID N"; empty where the other side has gone.
[[nodiscard]] std::string peer_text(int connection);
// REMOTE_ADDR= and REMOTE_PORT=, while it is connected, and not of AF_UNIX.
void add_remote_variables(int connection, std::vector<std::string>& variables);

} // namespace sctl
