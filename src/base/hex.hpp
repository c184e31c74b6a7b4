#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sctl {

inline constexpr std::string_view hex_digits = "0123456789abcdef";

// Two digits for each byte, as ids are written.
[[nodiscard]] std::string to_hex(std::span<const uint8_t> bytes);

} // namespace sctl
