// What must hold of any bytes read as a unit file: shared by the fuzz target and the unit test that
// runs over its corpus.
#pragma once

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "unit/search/unit_file.hpp"

namespace unit_file_input {

// What is wrong with how `text` is read; "" where all is well.
inline std::string flaw_of(std::string_view text) {
    using namespace sctl;
    std::string flaw;
    auto told = [&](std::string_view warning) {
        if (!is_valid_utf8(warning) || !warning.starts_with("a:")) flaw = "an unreadable warning";
    };
    AssignmentList list;
    auto sections = unit_sections(UnitType::Service);
    auto read = parse_unit_text(text, "a", sections, list, told);
    if (!read && read.error().code != EBADMSG && read.error().code != EINVAL) {
        flaw = read.error().text;
    }
    unsigned line = 0;
    for (auto assignment : list) {
        if (std::ranges::find(sections, assignment.section) == sections.end()) {
            flaw = "an unknown section";
        }
        if (assignment.key.empty() || trim(assignment.key) != assignment.key) flaw = "a bad key";
        if (trim(assignment.value) != assignment.value) flaw = "white space around a value";
        if (assignment.line <= line) flaw = "lines out of order";
        line = assignment.line;
    }
    return flaw;
}

} // namespace unit_file_input
