// The programs of System V's init that systemctl also is, by its name: halt, poweroff, reboot,
// shutdown, telinit and runlevel. Each reads its own few options and then runs a verb.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sctl {

// Runs the program of this name; nothing where there is none such, and systemctl is meant.
std::optional<int> run_program(std::string_view name, const std::vector<std::string>& arguments);

} // namespace sctl
