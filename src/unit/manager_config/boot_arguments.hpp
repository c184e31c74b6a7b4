// Arguments of PID 1 that systemd reads in a container as it does the kernel's command line on a
// machine (systemd(1), "Kernel Command Line"): "systemd.log_level=debug". A table of rows; "-" and
// "_" are the same in their names.
#pragma once

#include <string_view>

#include "unit/manager_config/manager_config.hpp"
#include "unit/syntax/ini_reader.hpp"

namespace sctl {

// Whether a word of the command line is one of these: "systemd." and something.
[[nodiscard]] bool is_boot_argument(std::string_view word);
// What it says goes over what `config` has. One that is not known is passed over, as by systemd;
// what is wrong with its value is told to `warn`.
void apply_boot_argument(std::string_view word, ManagerConfig& config, const WarningSink& warn);

} // namespace sctl
