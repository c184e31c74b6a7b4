#include "client/text/table.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "base/text.hpp"
#include "client/text/glyphs.hpp"

namespace sctl {

namespace {

bool continues_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

void fill(std::string& out, size_t columns, size_t width) {
    if (columns < width) out.append(width - columns, ' ');
}

// Nearly all that is printed: a column for each byte, and nothing to be escaped.
bool is_plain(std::string_view text) {
    bool plain = true;
    for (char byte : text) plain &= byte >= ' ' && byte <= '~';
    return plain;
}

// "IDLE TIMEOUT" is idle_timeout there.
std::string json_name(std::string_view heading) {
    std::string name(heading);
    for (char& letter : name) letter = static_cast<char>(std::tolower(letter));
    std::ranges::replace(name, ' ', '_');
    return name;
}

// Shares `room` among columns that want more than that, as systemd does: equal shares, and what a
// column does not want goes to the others.
void shrink(std::vector<size_t>& wanted, size_t room) {
    constexpr size_t open = SIZE_MAX;
    std::vector<size_t> given(wanted.size(), open);
    size_t left = wanted.size();
    size_t extra = room - std::min(room, left); // each has one already
    for (bool last_round = false;;) {
        bool again = false;
        for (size_t i = 0; i < wanted.size(); ++i) {
            if (given[i] != open) continue;
            size_t share = 1 + extra / left;
            if (share >= wanted[i]) {
                share = wanted[i];
                again = true;
            } else if (!last_round) {
                continue;
            }
            given[i] = share;
            extra -= share - 1;
            --left;
        }
        if (again) continue;
        if (last_round) break;
        last_round = true;
    }
    wanted = std::move(given);
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

void Table::add(const std::vector<Cell>& row) {
    for (const auto& cell : row)
        add_cell(cell.text, {cell.color, cell.colors_gap, cell.underlines}, cell.json);
}

void Table::add_cell(std::string_view text, const CellLook& look, std::string_view json) {
    if (!json.empty()) json_.emplace(cells_.size(), json);
    size_t begin = texts_.size(), width = text.size();
    if (is_plain(text)) {
        texts_ += text;
    } else {
        if (json.empty()) json_.emplace(cells_.size(), json_string(text));
        texts_ += escape_unprintable(text, "\t");
        width = columns_of(std::string_view(texts_).substr(begin));
    }
    cells_.push_back({begin, texts_.size() - begin, width, look});
}

std::string Table::json_of(size_t row, size_t column) const {
    auto other = json_.find(row * headings_.size() + column);
    return other != json_.end() ? other->second : json_string(text_of(cell(row, column)));
}

bool Table::is_hidden(size_t column) const {
    return std::ranges::find(hidden_, column) != hidden_.end();
}

std::vector<Table::Column> Table::columns(const TableStyle& style) const {
    std::vector<Column> columns;
    std::vector<size_t> widths;
    for (size_t column = 0; column < headings_.size(); ++column) {
        if (is_hidden(column)) continue;
        size_t width = 1;
        if (style.legend) width = std::max<size_t>(width, columns_of(headings_[column]));
        for (size_t row = 0; row < rows(); ++row) width = std::max(width, cell(row, column).width);
        columns.push_back({column, width});
        widths.push_back(width);
    }
    size_t gaps = columns.size() - 1;
    size_t needed = std::accumulate(widths.begin(), widths.end(), gaps);
    if (needed > style.width) {
        shrink(widths, style.width - std::min(style.width, gaps));
        for (size_t i = 0; i < columns.size(); ++i) columns[i].width = widths[i];
    }
    return columns;
}

void Table::add_headings(std::string& out, const std::vector<Column>& columns, bool colors) const {
    for (size_t i = 0; i < columns.size(); ++i) {
        bool is_last = i + 1 == columns.size();
        auto text = cut_to(headings_[columns[i].index], columns[i].width);
        if (colors || !is_last) fill(text, columns_of(text), columns[i].width);
        // With the blank in front of it.
        out += cat(colors ? cat(color_off, color_underline) : "", i > 0 ? " " : "", text,
                   colors ? color_off : "");
    }
    out += '\n';
}

void Table::add_row(std::string& out, size_t row, const std::vector<Column>& columns) const {
    for (size_t i = 0; i < columns.size(); ++i) {
        const StoredCell& shown = cell(row, columns[i].index);
        if (i > 0) out += ' ';
        if (shown.width > columns[i].width)
            out += cut_to(text_of(shown), columns[i].width);
        else
            out += text_of(shown);
        if (i + 1 < columns.size()) fill(out, shown.width, columns[i].width);
    }
    out += '\n';
}

void Table::add_colored_row(std::string& out, size_t row, const std::vector<Column>& columns,
                            bool underlined) const {
    // Of the blank between two cells: it is the former's.
    std::string gap_look;
    for (size_t i = 0; i < columns.size(); ++i) {
        const StoredCell& shown = cell(row, columns[i].index);
        std::string look(shown.look.color);
        bool has_line = underlined && shown.look.underlines;
        if (has_line) look = cat(look.empty() ? color_off : look, color_underline);
        auto text = cut_to(text_of(shown), columns[i].width);
        bool is_last = i + 1 == columns.size();
        if (!is_last || !look.empty()) fill(text, columns_of(text), columns[i].width);
        if (i > 0) out += gap_look.empty() ? " " : cat(gap_look, " ", color_off);
        out += look.empty() ? text : cat(look, text, color_off);
        gap_look = shown.look.colors_gap || has_line ? look : "";
    }
    out += '\n';
}

std::string Table::text(const TableStyle& style) const {
    auto shown = columns(style);
    std::string out;
    // The last column is not filled up.
    size_t line = 1;
    for (size_t i = 0; i + 1 < shown.size(); ++i) line += shown[i].width + 1;
    out.reserve(texts_.size() + line * (rows() + 1));
    if (style.legend) add_headings(out, shown, style.colors);
    auto next_line = underlined_.begin();
    for (size_t row = 0; row < rows(); ++row) {
        bool underlined = next_line != underlined_.end() && *next_line == row;
        if (underlined) ++next_line;
        if (style.colors)
            add_colored_row(out, row, shown, underlined);
        else
            add_row(out, row, shown);
    }
    return out;
}

std::string Table::json(const JsonStyle& style) const {
    std::vector<std::string> names, objects;
    for (auto heading : headings_) names.push_back(json_name(heading));
    for (size_t row = 0; row < rows(); ++row) {
        std::vector<JsonMember> members;
        for (size_t column = 0; column < headings_.size(); ++column) {
            if (!is_hidden(column)) members.emplace_back(names[column], json_of(row, column));
        }
        objects.push_back(json_object(members, style, 1));
    }
    return json_document(json_array(objects, style), style);
}

} // namespace sctl
