// The templates of tests/data/templates, with what Jinja2 3.1.2 makes of them
// (tests/record_templates.py).
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.hpp"
#include "template/environment.hpp"
#include "test_data.hpp"
#include "test_variables.hpp"

using namespace sctl::jinja;

TEST_SUITE_BEGIN("template");

namespace {

struct Case {
    std::string name, variables, kind, expected; // kind: "output", "error TYPE LINE"
    MapLoader loader;
};

void take_section(Case& current, const std::string& section, std::string text) {
    if (!text.empty()) text.pop_back();
    if (section == "variables")
        current.variables = text;
    else if (section == "output" || section.starts_with("error ")) {
        current.kind = section;
        current.expected = text;
    } else {
        current.loader.sources[section] = text;
    }
}

std::vector<Case> read_cases(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::vector<Case> cases;
    std::string line, section, text;
    while (std::getline(file, line)) {
        bool is_case = line.starts_with("== ");
        if (!is_case && !line.starts_with("-- ")) {
            text += line + "\n";
            continue;
        }
        if (!cases.empty()) take_section(cases.back(), section, text);
        text.clear();
        section = is_case ? "main" : line.substr(3);
        if (is_case) cases.emplace_back().name = line.substr(3);
    }
    if (!cases.empty()) take_section(cases.back(), section, text);
    return cases;
}

void check_case(Case& tested) {
    ParserOptions options;
    options.loop_controls = true;
    Value variables = test_variables(tested.variables);
    Environment environment(&tested.loader, options);
    Rendering done = environment.render_named("main", variables);
    if (done.ok) {
        CHECK(tested.kind == "output");
        CHECK(done.output == tested.expected);
        return;
    }
    int line = done.error.lines.empty() ? 0 : done.error.lines[0].line;
    CHECK(sctl::cat("error ", done.error.type, " ", line) == tested.kind);
    CHECK(done.error.message == tested.expected);
}

} // namespace

TEST_CASE("templates are rendered as Jinja2 renders them, and fail as they fail there") {
    size_t count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(TEST_DATA) / "templates")) {
        std::string file = entry.path().filename();
        for (Case& tested : read_cases(entry.path())) {
            CAPTURE(file);
            CAPTURE(tested.name);
            check_case(tested);
            count++;
        }
    }
    CHECK(count >= 500);
}

TEST_SUITE_END();
