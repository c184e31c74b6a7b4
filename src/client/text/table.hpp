// Columns of text as systemctl's lists have them, byte for byte: as wide as their longest cell, one
// blank between, the last not filled up. With colours, the headings are underlined, blanks
// included. On a terminal that is too narrow the wide columns are cut. As JSON they are an array of
// objects, whose members' names are the headings.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace sctl {

struct Cell {
    std::string text;
    std::string_view color = ""; // an escape sequence of glyphs.hpp, or "" for none
    bool colors_gap = false;     // the blank behind the cell as well
    bool underlines = true;      // where its row is underlined
    std::string json = "";       // its value there: a number, true, false, null; empty: the text
};

// What is not its text.
struct CellLook {
    std::string_view color = "";
    bool colors_gap = false;
    bool underlines = true;
};

struct TableStyle {
    bool legend = true; // print the headings
    bool colors = false;
    size_t width = SIZE_MAX; // of the terminal
};

class Table {
  public:
    explicit Table(std::vector<std::string_view> headings) : headings_(std::move(headings)) {}

    // One cell for each heading.
    void add(const std::vector<Cell>& row);
    // The same by single cells, for long lists. The table keeps a copy of the text.
    void add_cell(std::string_view text, const CellLook& look = {}, std::string_view json = "");
    // Where there are colours, a line under the row that was added last.
    void underline() { underlined_.push_back(rows() - 1); }
    void hide(size_t column) { hidden_.push_back(column); }
    [[nodiscard]] size_t rows() const noexcept { return cells_.size() / headings_.size(); }
    // What a terminal would obey is escaped.
    [[nodiscard]] std::string text(const TableStyle& style) const;
    [[nodiscard]] std::string json(const JsonStyle& style) const;

  private:
    // The text, as it is printed, is a part of texts_. What JSON has in its place is the same in
    // quotes, but where json_ says otherwise.
    struct StoredCell {
        size_t begin, size, width;
        CellLook look;
    };
    // A column on its way out.
    struct Column {
        size_t index, width;
    };
    [[nodiscard]] std::string_view text_of(const StoredCell& cell) const {
        return std::string_view(texts_).substr(cell.begin, cell.size);
    }
    [[nodiscard]] const StoredCell& cell(size_t row, size_t column) const {
        return cells_[row * headings_.size() + column];
    }
    [[nodiscard]] std::string json_of(size_t row, size_t column) const;
    [[nodiscard]] std::vector<Column> columns(const TableStyle& style) const;
    void add_headings(std::string& out, const std::vector<Column>& columns, bool colors) const;
    void add_row(std::string& out, size_t row, const std::vector<Column>& columns) const;
    void add_colored_row(std::string& out, size_t row, const std::vector<Column>& columns,
                         bool underlined) const;
    [[nodiscard]] bool is_hidden(size_t column) const;

    std::vector<std::string_view> headings_;
    std::string texts_;
    std::vector<StoredCell> cells_; // row by row
    std::map<size_t, std::string> json_;
    std::vector<size_t> underlined_; // rows, in their order
    std::vector<size_t> hidden_;
};

// How many columns a text takes: its characters (each taken to be one column wide).
[[nodiscard]] size_t columns_of(std::string_view text);
// The text, or its beginning and an ellipsis where it takes more than `most` columns.
[[nodiscard]] std::string cut_to(std::string_view text, size_t most);

} // namespace sctl
