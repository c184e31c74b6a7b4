// Running another program and waiting for it: for the client, never in a manager.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace sctl {

struct RunOptions {
    std::vector<std::string> assignments; // win over our environment
    // The program gets a process group of its own, which stands here while it runs: for a signal
    // handler that is to end it.
    volatile int* group = nullptr;
    // What is not found in $PATH is looked for in the current directory.
    bool also_here = false;
};

// Runs arguments.front(), looked up in $PATH where it has no slash, with our standard streams and
// our environment; a script that names no interpreter is /bin/sh's. Its exit status; 128+n for a
// signal. An error where it cannot be executed.
[[nodiscard]] Result<int> run_program(const std::vector<std::string>& arguments,
                                      const RunOptions& options = {});

} // namespace sctl
