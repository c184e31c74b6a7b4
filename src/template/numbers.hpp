// int(), float() and round() of Python.
#pragma once

#include <optional>
#include <string_view>

#include "template/value.hpp"

namespace sctl::jinja {

// int("12", base); nothing where the text is none.
[[nodiscard]] std::optional<Value> int_of_text(std::string_view text, int64_t base);
[[nodiscard]] std::optional<double> float_of_text(std::string_view text);
// float(value): ValueError, TypeError.
[[nodiscard]] double float_of(const Value& value);
[[nodiscard]] Value int_of(const Value& value);
// round(value, digits): `digits` may be None.
[[nodiscard]] Value rounded(const Value& value, const Value& digits);

} // namespace sctl::jinja
