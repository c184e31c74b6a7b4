// An init around a command: `systemctl init ... -- COMMAND`, and the inits that we are by name.
// Puts the command mode together with a manager: before the command where units come first,
// otherwise not until somebody connects to the socket.
#pragma once

#include "entry/request.hpp"

namespace sctl {

// Does what a command line came to; returns the program's exit status. All signals are
// blocked; `signals` is how they were before.
int run_parsed(ParsedRequest parsed, const SignalState& signals);
// The same for a request with a show of its own.
int run_command_init(InitRequest request);

} // namespace sctl
