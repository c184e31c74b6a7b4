// Columns of text as systemctl's lists have them: as wide as their longest cell, one blank between,
// nothing behind the last. On a terminal that is too narrow the wide columns are cut.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sctl {

struct Cell {
    std::string text;
    std::string_view color; // an escape sequence of colors.hpp, or "" for none
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
    void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
    void hide(size_t column) { hidden_.push_back(column); }
    [[nodiscard]] size_t rows() const noexcept { return rows_.size(); }
    [[nodiscard]] std::string text(const TableStyle& style) const;

  private:
    [[nodiscard]] std::vector<size_t> widths(const TableStyle& style) const;
    [[nodiscard]] bool is_hidden(size_t column) const;

    std::vector<std::string_view> headings_;
    std::vector<std::vector<Cell>> rows_;
    std::vector<size_t> hidden_;
};

// How many columns a text takes: its characters (each taken to be one column wide).
[[nodiscard]] size_t columns_of(std::string_view text);
// The text, or its beginning and an ellipsis where it takes more than `most` columns.
[[nodiscard]] std::string cut_to(std::string_view text, size_t most);

} // namespace sctl
