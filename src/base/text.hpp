// Small operations on text that every room needs. All are byte-wise and know no locale.
#pragma once

#include <charconv>
#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sctl {

// White space as systemd splits and trims by it.
inline constexpr std::string_view whitespace = " \t\n\r";

[[nodiscard]] std::string_view trim(std::string_view text, std::string_view chars = whitespace);
[[nodiscard]] std::string_view trim_start(std::string_view text,
                                          std::string_view chars = whitespace);
[[nodiscard]] std::string_view trim_end(std::string_view text, std::string_view chars = whitespace);

// The parts between any of `separators`, empty ones left out. No quoting: see
// unit/syntax/extract_word.hpp.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text,
                                                  std::string_view separators = whitespace);
[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);

// Takes the ASCII digits that `rest` begins with from it.
std::string_view take_digits(std::string_view& rest);
[[nodiscard]] bool contains(const std::vector<std::string>& list, std::string_view text);

// Well-formed, and without the codes that Unicode gives to no character (U+FFFE, ...), as systemd
// checks it.
[[nodiscard]] bool is_valid_utf8(std::string_view text);
// UTF-8 without control characters (C0 but tab and newline, DEL, and C1, which terminals obey too).
[[nodiscard]] bool is_printable(std::string_view text);
// Each byte of a control character that is none of `kept`, and of what is no UTF-8, as \NNN (octal,
// as systemctl shows them in names of processes).
[[nodiscard]] std::string escape_unprintable(std::string_view text, std::string_view kept = {});
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

// fnmatch(3) without flags, as systemd matches unit patterns.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text);
// Whether `text` holds one of the characters that make it a pattern: * ? [
[[nodiscard]] bool is_glob(std::string_view text);

// A whole number in decimal, no sign for unsigned types, nothing before or after it.
template <std::integral T>
[[nodiscard]] std::optional<T> parse_number(std::string_view text, int base = 10) {
    T value{};
    auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

namespace text_detail {
// A part of a text that is put together: what it views outlives the call that it is made for.
class Piece {
  public:
    template <class T>
    requires std::convertible_to<const T&, std::string_view> Piece(const T& text) : text_(text) {}
    Piece(const char& c) : text_(&c, 1) {}
    template <std::integral T>
    requires(!std::same_as<T, char> && !std::same_as<T, bool>) Piece(T number) {
        auto end = std::to_chars(digits_, digits_ + sizeof digits_, number).ptr;
        text_ = {digits_, static_cast<size_t>(end - digits_)};
    }
    Piece(const Piece&) = delete;
    Piece& operator=(const Piece&) = delete;

    [[nodiscard]] std::string_view text() const { return text_; }

  private:
    std::string_view text_;
    char digits_[24];
};

[[nodiscard]] std::string join_pieces(std::initializer_list<Piece> pieces);
} // namespace text_detail

// The parts one after the other; numbers in decimal. (std::format is not in g++ 12.)
template <class... Parts>
[[nodiscard]] std::string cat(const Parts&... parts) {
    return text_detail::join_pieces({parts...});
}

} // namespace sctl
