// Characters as Python's str knows them. Text is UTF-8; what is no UTF-8 counts a byte a character.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "template/memory.hpp"

namespace sctl::jinja {

// The character at `at`, which is moved behind it.
[[nodiscard]] char32_t next_char(std::string_view text, size_t& at);
// The one that ends at `end`, which is moved before it.
[[nodiscard]] char32_t previous_char(std::string_view text, size_t& end);
void append_utf8(String& out, char32_t c);
[[nodiscard]] size_t count_code_points(std::string_view text);
[[nodiscard]] bool is_ascii(std::string_view text);
// Where the character `index` begins, or the end of the text.
[[nodiscard]] size_t byte_offset(std::string_view text, size_t index);

[[nodiscard]] bool is_printable(char32_t c);
[[nodiscard]] bool is_space(char32_t c);
[[nodiscard]] bool is_alpha(char32_t c);
[[nodiscard]] bool is_decimal(char32_t c);
[[nodiscard]] bool is_digit(char32_t c);
[[nodiscard]] bool is_numeric(char32_t c);
[[nodiscard]] bool is_alnum(char32_t c);
[[nodiscard]] bool is_lower(char32_t c);
[[nodiscard]] bool is_upper(char32_t c);
[[nodiscard]] bool is_title(char32_t c);

void append_upper(String& out, char32_t c);
void append_lower(String& out, char32_t c);
void append_title(String& out, char32_t c);
[[nodiscard]] String to_upper(std::string_view text);
[[nodiscard]] String to_lower(std::string_view text);

// str.strip() and the like of white space.
[[nodiscard]] std::string_view strip(std::string_view text);
[[nodiscard]] std::string_view strip_left(std::string_view text);
[[nodiscard]] std::string_view strip_right(std::string_view text);

} // namespace sctl::jinja
