// How Python prints values: str() and repr().
#pragma once

#include <string>
#include <string_view>

#include "template/value.hpp"

namespace sctl::jinja {

// str(): UndefinedError where the value is undefined.
void append_str(String& out, const Value& value);
[[nodiscard]] String to_str(const Value& value);
void append_repr(String& out, const Value& value);
[[nodiscard]] String to_repr(const Value& value);

// A quoted string, with quotes and escapes as Python chooses them.
void append_str_repr(String& out, std::string_view text);
[[nodiscard]] String str_repr(std::string_view text);
// The shortest digits that are read back as the same number.
[[nodiscard]] String float_repr(double number);

} // namespace sctl::jinja
