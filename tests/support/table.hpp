// The tables of tests/data: tab-separated rows, `\\ \t \n \xNN` escapes, a head line that begins
// with '#'.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "base/text.hpp"
#include "test_data.hpp"

inline std::string unescape_cell(std::string_view cell) {
    std::string out;
    for (size_t i = 0; i < cell.size(); ++i) {
        if (cell[i] != '\\' || i + 1 == cell.size()) {
            out += cell[i];
            continue;
        }
        char kind = cell[++i];
        if (kind == 't')
            out += '\t';
        else if (kind == 'n')
            out += '\n';
        else if (kind == 'x' && i + 2 < cell.size()) {
            out += static_cast<char>(*sctl::parse_number<int>(cell.substr(i + 1, 2), 16));
            i += 2;
        } else
            out += kind;
    }
    return out;
}

// All rows of tests/data/NAME, cells unescaped. Throws where the file cannot be read, so that a
// missing table fails its test.
inline std::vector<std::vector<std::string>> read_table(const std::string& name) {
    auto text = sctl::read_file(std::string(TEST_DATA) + "/" + name).value();
    std::vector<std::vector<std::string>> rows;
    std::string_view rest = text;
    rest.remove_prefix(rest.find('\n') + 1); // the head line; a row may begin with '#' as well
    while (!rest.empty()) {
        auto end = rest.find('\n');
        auto line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (line.empty()) continue;
        std::vector<std::string> row;
        while (true) {
            auto tab = line.find('\t');
            row.push_back(unescape_cell(line.substr(0, tab)));
            if (tab == std::string_view::npos) break;
            line.remove_prefix(tab + 1);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}
