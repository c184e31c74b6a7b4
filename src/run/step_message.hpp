// What a step between fork and exec that failed, or was skipped, is about: systemd's line, and the
// value of the setting that it has from.
#pragma once

#include <string>

#include "os/spawn.hpp"
#include "unit/config.hpp"

namespace sctl {

// "Failed to determine user credentials: No such process (User=ghost)"; empty for a step that
// systemd has no line for. `program` is what was to be executed.
[[nodiscard]] std::string step_message(const SpawnProblem& problem, const ExecConfig& config,
                                       const std::string& program);

} // namespace sctl
