// What is written between quotes, as Python reads it.
#pragma once

#include <string>
#include <string_view>

namespace sctl::jinja {

// Appends the string's value. What is wrong with it in Python's words, or nothing.
[[nodiscard]] std::string unescape_string(std::string_view written, std::string& value);

} // namespace sctl::jinja
