#include "client/table.hpp"

#include <algorithm>
#include <numeric>

#include "base/text.hpp"
#include "client/glyphs.hpp"

namespace sctl {

namespace {

bool continues_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

// Takes from the widest columns until all fit.
void shrink(std::vector<size_t>& widths, const std::vector<size_t>& shown, size_t room) {
    size_t open = shown.size();
    std::vector<size_t> order = shown;
    std::ranges::sort(order, {}, [&](size_t column) { return widths[column]; });
    for (size_t column : order) {
        size_t share = room / open--;
        widths[column] = std::max<size_t>(1, std::min(widths[column], share));
        room -= std::min(room, widths[column]);
    }
}

} // namespace

size_t columns_of(std::string_view text) {
    return text.size() - static_cast<size_t>(std::ranges::count_if(text, continues_character));
}

std::string cut_to(std::string_view text, size_t most) {
    if (columns_of(text) <= most) return std::string(text);
    auto ellipsis = glyph(Glyph::Ellipsis);
    size_t keep = most - std::min(most, columns_of(ellipsis));
    size_t end = 0;
    for (size_t count = 0; end < text.size(); ++end) {
        if (!continues_character(text[end]) && count++ == keep) break;
    }
    return cat(text.substr(0, end), ellipsis);
}

bool Table::is_hidden(size_t column) const {
    return std::ranges::find(hidden_, column) != hidden_.end();
}

std::vector<size_t> Table::widths(const TableStyle& style) const {
    std::vector<size_t> widths(headings_.size(), 1);
    std::vector<size_t> shown;
    for (size_t column = 0; column < headings_.size(); ++column) {
        if (style.legend) widths[column] = std::max<size_t>(1, columns_of(headings_[column]));
        for (const auto& row : rows_) {
            widths[column] = std::max(widths[column], columns_of(row[column].text));
        }
        if (!is_hidden(column)) shown.push_back(column);
    }
    size_t needed = shown.size() - 1;
    for (size_t column : shown) needed += widths[column];
    if (needed > style.width)
        shrink(widths, shown, style.width - std::min(style.width, shown.size() - 1));
    return widths;
}

std::string Table::text(const TableStyle& style) const {
    auto wide = widths(style);
    std::string out;
    auto add_line = [&](const auto& cell_of) {
        std::string blanks; // held back: none stand at the end of a line
        bool first = true;
        for (size_t column = 0; column < headings_.size(); ++column) {
            if (is_hidden(column)) continue;
            if (!first) blanks += ' ';
            first = false;
            Cell cell = cell_of(column);
            auto text = cut_to(cell.text, wide[column]);
            bool colored = style.colors && !cell.color.empty();
            if (!trim(text, " ").empty()) {
                out += blanks;
                blanks.clear();
                out += colored ? cat(cell.color, text, color_off) : text;
            } else {
                blanks += text;
            }
            blanks.append(wide[column] - std::min(wide[column], columns_of(text)), ' ');
        }
        out += '\n';
    };
    if (style.legend) {
        add_line([&](size_t column) {
            return Cell{std::string(headings_[column]), color_underline};
        });
    }
    for (const auto& row : rows_) {
        add_line([&](size_t column) { return row[column]; });
    }
    return out;
}

} // namespace sctl
