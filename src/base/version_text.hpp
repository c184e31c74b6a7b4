// What --version prints, whatever the program's name.
#pragma once

#include <string>

namespace sctl {

[[nodiscard]] std::string version_text();

} // namespace sctl
