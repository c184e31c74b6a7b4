#include "base/json.hpp"

#include <doctest/doctest.h>

#include <vector>

TEST_SUITE_BEGIN("base");

using namespace sctl;

namespace {

std::string one_object(const JsonStyle& style) {
    std::vector<JsonMember> members = {{"a", "\"x\""}, {"b", "null"}, {"c", "7"}};
    return json_object(members, style, 1);
}

} // namespace

TEST_CASE("a JSON string escapes quotes, backslashes and ASCII's controls, and nothing else") {
    CHECK(json_string("q\"b\\s/") == "\"q\\\"b\\\\s/\"");
    CHECK(json_string("\b\f\n\r\t") == "\"\\b\\f\\n\\r\\t\"");
    CHECK(json_string("\x01\x1b[31m") == "\"\\u0001\\u001b[31m\"");
    CHECK(json_string("\x7f \u0085 \u00e9 \U0001f600 <&>") ==
          "\"\x7f \u0085 \u00e9 \U0001f600 <&>\"");
    CHECK(json_string("") == "\"\"");
}

TEST_CASE("JSON is one line, or is indented by tabs") {
    JsonStyle line, pretty{.output = JsonOutput::Pretty};
    std::vector<std::string> values = {one_object(line)};
    CHECK(json_array(values, line) == R"([{"a":"x","b":null,"c":7}])");
    values = {one_object(pretty), "8"};
    CHECK(json_array(values, pretty) ==
          "[\n\t{\n\t\t\"a\" : \"x\",\n\t\t\"b\" : null,\n\t\t\"c\" : 7\n\t},\n\t8\n]");
    CHECK(json_array({}, pretty) == "[]");
    CHECK(json_object({}, pretty) == "{}");
}

TEST_CASE("colours of JSON stand inside the quotes") {
    CHECK(one_object({.colors = true}) ==
          "{\"\x1b[0;32ma\x1b[0m\":\"\x1b[0;32mx\x1b[0m\","
          "\"\x1b[0;32mb\x1b[0m\":\x1b[0;1;39mnull\x1b[0m,"
          "\"\x1b[0;32mc\x1b[0m\":\x1b[0;1;34m7\x1b[0m}");
}

TEST_CASE("each form of JSON has its frame") {
    CHECK(json_document("[]", {.output = JsonOutput::Line}) == "[]\n");
    CHECK(json_document("[]", {.output = JsonOutput::Pretty}) == "[]\n");
    CHECK(json_document("[]", {.output = JsonOutput::Sse}) == "data: []\n\n");
    CHECK(json_document("[]", {.output = JsonOutput::Seq}) == "\x1e[]\n");
    CHECK(json_output_from("json-seq") == JsonOutput::Seq);
    CHECK(json_output_from("short") == JsonOutput::None);
}

TEST_SUITE_END();
