// `systemctl init`: puts the manager together with what it needs (the loop, the capture process,
// the socket) and runs it until everything has stopped. The only place that knows all of these.
#pragma once

#include <string>
#include <vector>

#include "os/signals.hpp"

namespace sctl {

// Returns the program's exit status. All signals are blocked already, and were `signals` before.
// `arguments` begin after "init".
int run_init(const std::vector<std::string>& arguments, const SignalState& signals);

} // namespace sctl
