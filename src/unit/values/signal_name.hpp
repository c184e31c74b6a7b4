// Signals by name, as settings and `systemctl kill --signal=` have them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sctl {

// "SIGTERM", "TERM", "15", "RTMIN+3", "RTMAX-1". EINVAL for no signal, ERANGE for a number that
// none has.
[[nodiscard]] Result<int> parse_signal(std::string_view text);
// Without "SIG": "TERM", "RTMIN+3"; the number where there is no name.
[[nodiscard]] std::string signal_name(int signal);

} // namespace sctl
