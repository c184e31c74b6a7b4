// Paths on a command line, as the directory of the caller makes them whole.
#pragma once

#include <string>

#include "base/result.hpp"

namespace sctl {

// A path as typed, from the current directory, without doubled slashes and "." parts.
[[nodiscard]] Result<std::string> absolute_path(const std::string& text);

} // namespace sctl
