// The work of Python's str methods, on UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "template/value.hpp"

namespace sctl::jinja {

[[nodiscard]] String capitalized(std::string_view text);
[[nodiscard]] String titled(std::string_view text);
[[nodiscard]] String with_cases_swapped(std::string_view text);
// As str.center(), whose odd space goes where Python puts it.
[[nodiscard]] String centered(std::string_view text, int64_t width, std::string_view fill);
// `most` below zero: all.
[[nodiscard]] String replaced(std::string_view text, std::string_view from, std::string_view to,
                              int64_t most);
[[nodiscard]] std::string_view strip_chars(std::string_view text, std::string_view chars, bool left,
                                           bool right);
// At most so many splits, from the right if asked for.
[[nodiscard]] Vector<std::string_view> split_by(std::string_view text, std::string_view separator,
                                                int64_t most, bool from_right);
[[nodiscard]] Vector<std::string_view> split_by_space(std::string_view text, int64_t most,
                                                      bool from_right);
[[nodiscard]] Vector<std::string_view> split_lines(std::string_view text, bool keep_ends);
// Where `part` begins, or npos; linear in time.
[[nodiscard]] size_t find_text(std::string_view text, std::string_view part, size_t from = 0);
[[nodiscard]] String with_tabs_expanded(std::string_view text, int64_t width);
// As str.isupper() or islower(): some character has a case, and none another than this.
[[nodiscard]] bool is_all_cased(std::string_view text, bool upper);
// What a pair is taken apart into; Python's errors where it is none.
[[nodiscard]] Values unpack_pair(const Value& value);

} // namespace sctl::jinja
