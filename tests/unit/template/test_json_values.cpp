// JSON of values, as hooks get and give it.
#include <doctest/doctest.h>

#include <string>

#include "template/containers.hpp"
#include "template/json_values.hpp"
#include "template/print.hpp"
#include "template/yaml/yaml.hpp"

using namespace sctl::jinja;

TEST_SUITE_BEGIN("template");

namespace {

std::string json_of_yaml(const char* text) {
    auto json = write_json(load_yaml(text, "file.yml"));
    return json ? std::string(*json) : json.error().text;
}

std::string repr_of_json(const std::string& text) {
    auto value = read_json(text);
    return value ? std::string(to_repr(*value)) : value.error().text;
}

} // namespace

TEST_CASE("values are written as JSON, and what it cannot say as what comes nearest") {
    CHECK(
        json_of_yaml("{a: [1, 2.5, yes, ~, 'é\"\\'], 2: x, 1.5: y, on: z, ~: n}") ==
        R"({"a": [1, 2.5, true, null, "\u00e9\"\\"], "2": "x", "1.5": "y", "true": "z", "null": "n"})");
    CHECK(json_of_yaml("[2001-12-14, 2001-12-14t21:59:43.10-05:00, !!set {1, 2}, !!omap [a: 1]]") ==
          R"(["2001-12-14", "2001-12-14T21:59:43.100000-05:00", [1, 2], [["a", 1]]])");
    CHECK(json_of_yaml("[.inf, .nan, !!binary aGVsbG8=, !!binary aGVsbA==]") ==
          R"([null, null, "aGVsbG8=", "aGVsbA=="])");
    CHECK(json_of_yaml("{2001-12-14: 1}") == R"({"2001-12-14": 1})");
    CHECK(json_of_yaml("123456789012345678901234567890") == "123456789012345678901234567890");
    CHECK(json_of_yaml("&a [*a]").starts_with("RecursionError"));
}

TEST_CASE("JSON is read as Python reads it") {
    CHECK(repr_of_json(" {\"a\": [1, -2.5e3, true, false, null], \"b\": {}, \"a\": 2}\n") ==
          "{'a': 2, 'b': {}}");
    CHECK(repr_of_json(R"("\u00e9\ud83d\ude00\n\/")") == "'é😀\\n/'");
    CHECK(repr_of_json("123456789012345678901234567890") == "123456789012345678901234567890");
    CHECK(repr_of_json("[1e2, 1.0, 0, -0]") == "[100.0, 1.0, 0, 0]");
}

TEST_CASE("what is no JSON is an error in Python's words") {
    CHECK(repr_of_json("") == "JSONDecodeError: Expecting value: line 1 column 1");
    CHECK(repr_of_json("{\n\"a\" 1}") ==
          "JSONDecodeError: Expecting ':' delimiter: line 2 column 5");
    CHECK(repr_of_json("[1 2]") == "JSONDecodeError: Expecting ',' delimiter: line 1 column 4");
    CHECK(repr_of_json("01") == "JSONDecodeError: Extra data: line 1 column 2");
    CHECK(repr_of_json("{a: 1}") ==
          "JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2");
    CHECK(repr_of_json("\"a") ==
          "JSONDecodeError: Unterminated string starting at: line 1 column 1");
    CHECK(repr_of_json(R"("\q")") == "JSONDecodeError: Invalid \\escape: line 1 column 2");
    CHECK(repr_of_json("\"\\u12\"") == "JSONDecodeError: Invalid \\uXXXX escape: line 1 column 3");
    CHECK(repr_of_json("\"\n\"") ==
          "JSONDecodeError: Invalid control character at: line 1 column 2");
    CHECK(repr_of_json("\xff") == "no UTF-8");
    CHECK(repr_of_json(std::string(100000, '[')).starts_with("JSONDecodeError: Nested too deeply"));
}

TEST_SUITE_END();
