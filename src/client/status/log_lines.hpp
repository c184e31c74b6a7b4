// The seam through which `status` gets the last lines of a unit's log. The client knows nothing of
// how logs are kept; the program registers a reader at its start, and without one no lines are
// shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace sctl {

// The last `count` lines about `unit`, oldest first, each ready to be printed ("Nov 22 16:50:07
// host name[pid]: text" where
// `output`, of --output=, is empty), none written before `since` (wall clock; zero: all there are).
using LogLineReader = std::vector<std::string> (*)(std::string_view unit, size_t count, Span since,
                                                   std::string_view output);

void set_log_line_reader(LogLineReader reader) noexcept;
[[nodiscard]] std::vector<std::string> last_log_lines(std::string_view unit, size_t count,
                                                      Span since, std::string_view output);

} // namespace sctl
