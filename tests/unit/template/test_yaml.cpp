// The documents of tests/data/yaml, with what PyYAML 6.0 makes of them (tests/record_yaml.py), and
// the bounds that are ours.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "template/containers.hpp"
#include "template/print.hpp"
#include "template/python_error.hpp"
#include "template/yaml/yaml.hpp"
#include "test_data.hpp"

using namespace sctl::jinja;

TEST_SUITE_BEGIN("template");

namespace {

struct YamlCase {
    std::string name, document, kind, expected; // kind: "value", "error TYPE"
};

// "== NAME" begins a case; "-- value" or "-- error TYPE" its result. "\" at the end of a document
// stands for no newline there, and "\xHH" for a byte.
std::vector<YamlCase> read_yaml_cases(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::vector<YamlCase> cases;
    std::string line;
    while (std::getline(file, line)) {
        if (line.starts_with("== "))
            cases.push_back({line.substr(3), {}, {}, {}});
        else if (line.starts_with("-- "))
            cases.back().kind = line.substr(3);
        else if (cases.back().kind.empty())
            cases.back().document += line + "\n";
        else
            cases.back().expected += line + "\n";
    }
    return cases;
}

std::string with_bytes(const std::string& text) {
    std::string out;
    for (size_t i = 0; i < text.size(); i++) {
        if (text.compare(i, 2, "\\&") != 0) {
            out += text[i];
            continue;
        }
        out += static_cast<char>(*sctl::parse_number<unsigned>(text.substr(i + 2, 2), 16));
        i += 3;
    }
    if (out.ends_with("\\\n")) out.resize(out.size() - 2);
    return out;
}

std::string yaml_outcome(const std::string& document) {
    try {
        return sctl::cat("value\n", to_repr(load_yaml(document, "file.yml")), "\n");
    } catch (const PythonError& error) {
        return sctl::cat("error ", error.type, "\n", error.message, "\n");
    }
}

} // namespace

TEST_CASE("YAML is read as PyYAML reads it, and fails as it fails there") {
    size_t count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(TEST_DATA) / "yaml")) {
        std::string file = entry.path().filename();
        for (const YamlCase& tested : read_yaml_cases(entry.path())) {
            CAPTURE(file);
            CAPTURE(tested.name);
            CHECK(yaml_outcome(with_bytes(tested.document)) ==
                  tested.kind + "\n" + tested.expected);
            count++;
        }
    }
    CHECK(count >= 250);
}

TEST_CASE("YAML that would grow without bound is an error") {
    std::string bomb = "x0: &x0 {a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8}\n";
    for (int i = 1; i < 20; i++) {
        bomb += sctl::cat("x", i, ": &x", i, " {<<: [");
        for (int j = 0; j < 10; j++) bomb += sctl::cat(j == 0 ? "" : ", ", "*x", i - 1);
        bomb += "]}\n";
    }
    CHECK(yaml_outcome(bomb).find("merge keys make too much of it") != std::string::npos);
    std::string deep(100000, '[');
    CHECK(yaml_outcome(deep).find("nested too deeply") != std::string::npos);
}

TEST_CASE("many aliases of one value are one value") {
    std::string text = "x0: &x0 [1, 2]\n";
    for (int i = 1; i < 60; i++)
        text += sctl::cat("x", i, ": &x", i, " [*x", i - 1, ", *x", i - 1, "]\n");
    Value value = load_yaml(text, "file.yml");
    CHECK(value.dict().size() == 60);
}

TEST_CASE("an error of YAML begins with the file and the line") {
    CHECK(read_yaml("a: [1\n", "/v.yml").error().text ==
          "/v.yml:2: while parsing a flow sequence\n  in \"/v.yml\", line 1, column 4\n"
          "did not find expected ',' or ']'\n  in \"/v.yml\", line 2, column 1");
    CHECK(read_yaml("a: 1\nb: 0x_\n", "v.yml").error().text ==
          "v.yml:2: ValueError: invalid literal for int() with base 16: ''");
    CHECK(read_yaml("a: \xff", "v.yml").error().text ==
          "v.yml: UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 3: invalid "
          "start byte");
}

TEST_SUITE_END();
