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
#include "used_up_memory.hpp"

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
        CHECK(std::string_view(done.output) == tested.expected);
        return;
    }
    int line = done.error.lines.empty() ? 0 : done.error.lines[0].line;
    // Jinja2 does not know where constants fail that it computes when it compiles.
    if (tested.kind.ends_with(" 0")) line = 0;
    CHECK(joined("error ", done.error.type, " ", line) == std::string_view(tested.kind));
    CHECK(std::string_view(done.error.message) == tested.expected);
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

TEST_CASE("the examples of docs/templates.md print what it says") {
    std::ifstream page(std::filesystem::path(TEST_DATA) / "../../docs/templates.md");
    size_t count = 0;
    for (std::string line; std::getline(page, line);) {
        size_t arrow = line.find(" -> ");
        if (!line.starts_with("    ") || arrow == line.npos) continue;
        std::string source(sctl::trim(std::string_view(line).substr(4, arrow - 4)));
        CAPTURE(source);
        Environment environment(nullptr);
        Rendering done = environment.render(source, "page", dict());
        CHECK(done.ok);
        CHECK(sctl::trim(done.output) == sctl::trim(line.substr(arrow + 4)));
        count++;
    }
    CHECK(count > 70);
}

TEST_CASE("an error names its file and line, and shows the lines around") {
    MapLoader loader;
    loader.sources["part"] = "one\n{{ nope }}\nthree\n";
    Environment environment(&loader);
    Rendering done = environment.render("a\nb\n{% include 'part' %}\n", "etc/x.conf", dict());
    CHECK(!done.ok);
    CHECK(done.error.text() ==
          "part:2: UndefinedError: 'nope' is undefined\n"
          "  1 | one\n"
          "> 2 | {{ nope }}\n"
          "  3 | three\n"
          "  4 | \n"
          "  from etc/x.conf:3");
}

TEST_CASE("what a template may use has bounds") {
    auto type_of = [](std::string_view source) {
        Environment environment(nullptr);
        return std::string(environment.render(source, "x", dict()).error.type);
    };
    CHECK(type_of("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}") == "RecursionError");
    CHECK(type_of("{{ 'a' * 10**12 }}") == "MemoryError");
    CHECK(type_of("{{ [0] * 10**12 }}") == "MemoryError");
    CHECK(type_of("{{ 10 ** (10 ** 10) }}") == "OverflowError");
    CHECK(type_of("{{ 'x'.center(10**15) }}") == "MemoryError");
    CHECK(type_of("{{ " + std::string(200000, '[') + " }}") == "RecursionError");
    std::string deep = "{% if 1 %}";
    for (int i = 0; i < 16; i++) deep += deep;
    CHECK(type_of(deep) == "RecursionError");
    MapLoader loader;
    loader.sources["loop"] = "{% include 'loop' %}";
    Environment environment(&loader);
    CHECK(environment.render_named("loop", dict()).error.type == "RecursionError");
}

TEST_CASE("names that cannot be looked for are one failure") {
    Environment environment(nullptr);
    Value variables = dict();
    UsedUpMemory used_up;
    auto found = environment.unknown_names("a\n{{ b }}", "x", variables);
    REQUIRE(found.size() == 1);
    CHECK(found[0].text().starts_with(
        "x:1: MemoryError: the template uses too much memory\n> 1 | a\n"));
}

TEST_SUITE_END();
