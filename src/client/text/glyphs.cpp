#include "client/text/glyphs.hpp"

#include <cstddef>

#include "base/text.hpp"
#include "client/text/output_style.hpp"

namespace sctl {

std::string_view glyph(Glyph glyph) {
    static constexpr struct {
        std::string_view utf8, ascii;
    } rows[] = {
        {"\u25cf", "*"},        // BlackCircle
        {"\u25cb", "*"},        // WhiteCircle
        {"\u00d7", "x"},        // Cross
        {"\u21bb", "@"},        // Arrow
        {"\u251c\u2500", "|-"}, // Branch
        {"\u2514\u2500", "`-"}, // Corner
        {"\u2502 ", "| "},      // Vertical
        {"  ", "  "},           // Blank
        {"\u2026", "..."},      // Ellipsis
    };
    static const bool utf8 = has_utf8();
    const auto& row = rows[static_cast<size_t>(glyph)];
    return utf8 ? row.utf8 : row.ascii;
}

std::string_view color_yellow() {
    return has_few_colors() ? "\x1b[0;1;33m" : "\x1b[0;1;38;5;185m";
}

std::string_view color_grey() {
    return has_few_colors() ? "\x1b[0;90m" : "\x1b[0;38;5;245m";
}

std::string_view state_glyph(std::string_view active_state) {
    if (active_state == "inactive" || active_state == "maintenance")
        return glyph(Glyph::WhiteCircle);
    if (active_state == "failed") return glyph(Glyph::Cross);
    if (active_state == "reloading") return glyph(Glyph::Arrow);
    return glyph(Glyph::BlackCircle);
}

std::string in_color(std::string_view color, std::string_view text) {
    return wants_colors() ? cat(color, text, color_off) : std::string(text);
}

std::string_view count_color(size_t count) {
    return count > 0 ? color_bold : color_red;
}

std::string_view state_color(std::string_view active_state) {
    if (active_state == "active" || active_state == "reloading") return color_green;
    if (active_state == "failed") return color_red;
    return "";
}

} // namespace sctl
