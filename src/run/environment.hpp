// What every service's environment begins with (systemd.exec(5), "Environment Variables Set or
// Propagated by the Service Manager"), and directories that follow from its settings.
#pragma once

#include <string>
#include <vector>

#include "base/files.hpp"
#include "unit/config.hpp"

namespace sctl {

// What every service gets first: PATH and the locale of /etc/locale.conf, /etc/default/locale
// (Debian's place), or C.UTF-8.
[[nodiscard]] std::vector<std::string> default_environment(const Root& root);
// Whether --pass-environment=GLOB passes our own NAME=VALUE on to services: not what is said to one
// process alone.
[[nodiscard]] bool is_passed_on(std::string_view assignment, std::string_view pattern);
// The directories of RuntimeDirectory= to be removed when the service has ended.
[[nodiscard]] std::vector<std::string> runtime_directories(const LoadedUnit& unit);

} // namespace sctl
