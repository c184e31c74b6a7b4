// How Python prints values: str() and repr().
#pragma once

#include <string>
#include <string_view>

#include "template/value.hpp"

namespace sctl::jinja {

// str(): UndefinedError where the value is undefined.
void append_str(std::string& out, const Value& value);
[[nodiscard]] std::string to_str(const Value& value);
void append_repr(std::string& out, const Value& value);
[[nodiscard]] std::string to_repr(const Value& value);

// A quoted string, with quotes and escapes as Python chooses them.
void append_str_repr(std::string& out, std::string_view text);
[[nodiscard]] std::string str_repr(std::string_view text);
// The shortest digits that are read back as the same number.
[[nodiscard]] std::string float_repr(double number);

} // namespace sctl::jinja
