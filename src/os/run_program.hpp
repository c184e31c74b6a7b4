// Running another program and waiting for it: for the client, never in a manager.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace sctl {

// Runs arguments.front(), a path, with our standard streams and our environment, in which
// `assignments` win. Its exit status; 128+n for a signal.
[[nodiscard]] Result<int> run_program(const std::vector<std::string>& arguments,
                                      const std::vector<std::string>& assignments = {});

} // namespace sctl
