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

void fill_to(std::string& text, size_t width) {
    text.append(width - std::min(width, columns_of(text)), ' ');
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

void Table::add(std::vector<Cell> row) {
    for (auto& cell : row) {
        if (cell.json.empty()) cell.json = json_string(cell.text);
        cell.text = escape_unprintable(cell.text, "\t");
    }
    rows_.push_back({std::move(row), false});
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
        for (const auto& row : rows_) width = std::max(width, columns_of(row.cells[column].text));
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
        if (colors || !is_last) fill_to(text, columns[i].width);
        // With the blank in front of it.
        out += cat(colors ? cat(color_off, color_underline) : "", i > 0 ? " " : "", text,
                   colors ? color_off : "");
    }
    out += '\n';
}

void Table::add_row(std::string& out, const Row& row, const std::vector<Column>& columns,
                    bool colors) {
    // Of the blank between two cells: it is the former's.
    std::string gap_look;
    for (size_t i = 0; i < columns.size(); ++i) {
        const Cell& cell = row.cells[columns[i].index];
        std::string look;
        bool underlined = row.underlined && cell.underlines;
        if (colors && underlined)
            look = cat(cell.color.empty() ? color_off : cell.color, color_underline);
        else if (colors)
            look = cell.color;
        auto text = cut_to(cell.text, columns[i].width);
        bool is_last = i + 1 == columns.size();
        if (!is_last || !look.empty()) fill_to(text, columns[i].width);
        if (i > 0) out += gap_look.empty() ? " " : cat(gap_look, " ", color_off);
        out += look.empty() ? text : cat(look, text, color_off);
        gap_look = cell.colors_gap || underlined ? look : "";
    }
    out += '\n';
}

std::string Table::text(const TableStyle& style) const {
    auto shown = columns(style);
    std::string out;
    if (style.legend) add_headings(out, shown, style.colors);
    for (const auto& row : rows_) add_row(out, row, shown, style.colors);
    return out;
}

std::string Table::json(const JsonStyle& style) const {
    std::vector<std::string> names, objects;
    for (auto heading : headings_) names.push_back(json_name(heading));
    for (const auto& row : rows_) {
        std::vector<JsonMember> members;
        for (size_t column = 0; column < headings_.size(); ++column) {
            if (!is_hidden(column)) members.emplace_back(names[column], row.cells[column].json);
        }
        objects.push_back(json_object(members, style, 1));
    }
    return json_document(json_array(objects, style), style);
}

} // namespace sctl
