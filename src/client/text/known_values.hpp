// The lists that an option prints for the word "help": --type=help, --output=help, ...
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "client/request/client_request.hpp"

namespace sctl {

// "" for a topic that is no list.
[[nodiscard]] std::string known_values(Topic topic);

// The values of --output=.
[[nodiscard]] std::span<const std::string_view> output_modes();

} // namespace sctl
