// Python's two ways to print values into text: "%5.2f" % x, and "{:>5}".format(x).
#pragma once

#include <string>
#include <string_view>

#include "template/callable.hpp"
#include "template/value.hpp"

namespace sctl::jinja {

// text % arguments
[[nodiscard]] Value percent_format(const Value& text, const Value& arguments);
// text.format(...)
[[nodiscard]] Value brace_format(const Value& text, const Arguments& arguments);
// format(value, spec)
[[nodiscard]] String format_value(const Value& value, std::string_view spec);

// A float with so many digits, "%f", "%e" or "%g" by `type`; "inf" and "nan", too.
[[nodiscard]] String float_text(double number, char type, int precision, bool alternate = false);
// Widens to so many characters.
[[nodiscard]] String aligned(String text, size_t width, char align, std::string_view fill = " ");

} // namespace sctl::jinja
