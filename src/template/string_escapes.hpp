// What is written between quotes, as Python reads it.
#pragma once

#include <string_view>

#include "template/memory.hpp"

namespace sctl::jinja {

// Appends the string's value. What is wrong with it in Python's words, or nothing.
[[nodiscard]] String unescape_string(std::string_view written, String& value);

} // namespace sctl::jinja
