// --help, --version and the lists that an option prints for the word "help".
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "client/request/client_request.hpp"

namespace sctl {

// What there is to say of it; "" for Topic::None.
[[nodiscard]] std::string text_about(Topic topic);

// The values of --output=.
[[nodiscard]] std::span<const std::string_view> output_modes();

} // namespace sctl
