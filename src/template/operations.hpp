// Python's operators on values, with its messages.
#pragma once

#include <string>
#include <string_view>

#include "template/node.hpp"
#include "template/value.hpp"

namespace sctl::jinja {

// Add to Pow.
[[nodiscard]] Value arithmetic(Op op, const Value& a, const Value& b);
[[nodiscard]] Value negative(const Value& value);
[[nodiscard]] Value positive(const Value& value);
// Eq to NotIn.
[[nodiscard]] bool compare(Op op, const Value& a, const Value& b);
[[nodiscard]] bool contains(const Value& container, const Value& item);
[[nodiscard]] inline bool less(const Value& a, const Value& b) {
    return compare(Op::Lt, a, b);
}

// A float of a float or integer.
[[nodiscard]] double as_double(const Value& number);
// The index of what has so many items; IndexError in the words of that type.
[[nodiscard]] int64_t checked_index(const Value& index, int64_t length, std::string_view type);
// An integer where Python wants one: TypeError "'str' object cannot be interpreted as an integer".
[[nodiscard]] int64_t as_index(const Value& value);
// The same for what Python compares or multiplies first: an undefined value fails as such.
[[nodiscard]] int64_t compared_index(const Value& value);
// value[key], which throws KeyError, IndexError or TypeError.
[[nodiscard]] Value subscript(const Value& value, const Value& key);
// value[start:stop:step], where each may be None.
[[nodiscard]] Value slice(const Value& value, const Value& start, const Value& stop,
                          const Value& step);

// markupsafe.escape(): a Markup string.
[[nodiscard]] Value escape(const Value& value);
void append_escaped(String& out, std::string_view text);
// A template's module is markup as well.
[[nodiscard]] bool has_html(const Value& value);

} // namespace sctl::jinja
