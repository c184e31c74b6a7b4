// drinitctl (streamz), which controls the application that a drinit runs, as verbs on main.service.
#pragma once

#include <string>
#include <vector>

namespace sctl {

// -c 1: stop and start again; -c 2: start; -c 3: stop; -s SIGNAL: send it. -r runs a command before
// a stop or after a start. Errors are told, and end with a status other than 0.
int run_drinitctl(const std::vector<std::string>& arguments);

} // namespace sctl
