// What we say to the outside about the commands: to a supervisor or orchestrator around us, a
// probe, the pod's termination message.
#pragma once

#include <string>
#include <string_view>

#include "entry/command_life.hpp"
#include "entry/request.hpp"

namespace sctl {

// READY=1 to the outer $NOTIFY_SOCKET, and the file of --ready-file=.
void announce_ready(const InitRequest& request);
// STOPPING=1, and the file is gone.
void announce_stopping(const InitRequest& request);

// What to leave in Kubernetes' termination message when `life` has ended with a status other than
// 0: the first command that failed and how; "" where there is nothing to tell.
[[nodiscard]] std::string termination_message(const CommandLife& life);
// Writes a line to `path` where that exists: never made, and truncated first.
void write_termination_log(const std::string& path, std::string_view line);

// "NAME.service" for DIR/NAME.run.
[[nodiscard]] std::string service_name_of(std::string_view path);

} // namespace sctl
