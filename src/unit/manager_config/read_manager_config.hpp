// Reads system.conf with its drop-ins, or user.conf of a user's manager (systemd-system.conf(5)),
// and what the command line and then our environment ($SYSTEMD_LOG_LEVEL and its like) say over it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "unit/facts.hpp"
#include "unit/manager_config/manager_config.hpp"
#include "unit/search/search_path.hpp"
#include "unit/syntax/ini_reader.hpp"

namespace sctl {

// Whatever is wrong costs that line, or the rest of its file, and is told to `warn` in systemd's
// words. `arguments` are what apply_boot_argument() takes.
[[nodiscard]] ManagerConfig read_manager_config(const Root& root, const Facts& facts,
                                                std::span<const std::string> arguments,
                                                const WarningSink& warn,
                                                const Variables& variables = environment_variable);

} // namespace sctl
