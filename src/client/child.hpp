// A program that a verb runs for its caller, and waits for.
#pragma once

#include <string>
#include <vector>

namespace sctl {

// Runs it with our descriptors and environment, in a process group of its own, and returns its exit
// status as a shell has it: 128+n for a signal, 127 where it cannot be executed. `group`, where it
// is not null, holds the process group while it runs.
int run_child_program(const std::vector<std::string>& arguments, volatile int* group = nullptr);

} // namespace sctl
