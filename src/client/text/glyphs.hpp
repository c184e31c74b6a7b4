// The marks and colours of systemctl's output. Marks are ASCII where the locale has no others.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sctl {

enum class Glyph {
    BlackCircle,
    WhiteCircle,
    Cross,
    Arrow,
    Branch,
    Corner,
    Vertical,
    Blank,
    Ellipsis
};

[[nodiscard]] std::string_view glyph(Glyph glyph);
// The mark of a unit by its ActiveState.
[[nodiscard]] std::string_view state_glyph(std::string_view active_state);

inline constexpr std::string_view color_off = "\x1b[0m";
inline constexpr std::string_view color_bold = "\x1b[0;1;39m";
inline constexpr std::string_view color_red = "\x1b[0;1;31m";
inline constexpr std::string_view color_green = "\x1b[0;1;32m";
inline constexpr std::string_view color_blue = "\x1b[0;1;34m";
inline constexpr std::string_view color_underline = "\x1b[0;4m";

// These are of the 256 colours, or of the 16 where $SYSTEMD_COLORS wants no more.
[[nodiscard]] std::string_view color_yellow();
[[nodiscard]] std::string_view color_grey();

// The text in this colour, where the output has colours.
[[nodiscard]] std::string in_color(std::string_view color, std::string_view text);
// Of a line that says how many were listed.
[[nodiscard]] std::string_view count_color(size_t count);

// "" for a state that is nothing to look at.
[[nodiscard]] std::string_view state_color(std::string_view active_state);

} // namespace sctl
