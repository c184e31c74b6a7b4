// --help, --version and the lists that --type=help and --state=help print.
#pragma once

#include <string>

namespace sctl {

[[nodiscard]] std::string help_text();
[[nodiscard]] std::string version_text();
[[nodiscard]] std::string unit_types_text();
[[nodiscard]] std::string unit_states_text();

} // namespace sctl
