// Values as JSON and back: what a hook gets on its standard input, and what it answers.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "template/memory.hpp"
#include "template/value.hpp"

namespace sctl::jinja {

// As json.dumps() writes it. What JSON cannot say becomes what comes nearest: a date its ISO text,
// a set a list, bytes base64; infinity and NaN are null. EINVAL for what holds itself or is no data
// at all (a function).
[[nodiscard]] Result<String> write_json(const Value& value);

// One value with nothing but white space around it, as json.loads() reads it. EINVAL with Python's
// words and the line.
[[nodiscard]] Result<Value> read_json(std::string_view text);

} // namespace sctl::jinja
