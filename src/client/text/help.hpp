// What an option asks to be told: --help, --version, and the values that another option knows.
#pragma once

#include <string>

#include "client/request/client_request.hpp"

namespace sctl {

// "" for Topic::None.
[[nodiscard]] std::string text_about(Topic topic);

} // namespace sctl
