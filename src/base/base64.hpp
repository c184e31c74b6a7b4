// Base64 as systemd reads it (RFC 4648): white space between the characters does not count.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sctl {

// EPIPE where the text ends in the middle of a group of four; EINVAL for what is no Base64.
[[nodiscard]] Result<std::string> decode_base64(std::string_view text);

} // namespace sctl
