// The command line of `systemctl init [OPTIONS] [UNIT...] [-- COMMAND [ARG...]]`, read into an
// InitRequest: the five policies get their defaults from what was given (a command, units, neither)
// or from --like=, and an explicit option wins over both.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "entry/request.hpp"

namespace sctl {

// `arguments` begin after "init". Environment variables are read, too: SYSTEMCTL_STOP_GRACE.
[[nodiscard]] ParsedRequest parse_init_arguments(const std::vector<std::string>& arguments);

// The names of --like= set all policies of that init: see personality.hpp.
[[nodiscard]] InitPolicy default_policy(bool has_command, bool has_run_files, bool has_units);

} // namespace sctl
