#include <doctest/doctest.h>

#include "client/text/glyphs.hpp"
#include "client/text/table.hpp"
#include "client/text/unit_order.hpp"

TEST_SUITE_BEGIN("client");

using namespace sctl;

namespace {

Table units() {
    Table table({"", "UNIT", "SUB", "JOB", "DESCRIPTION"});
    table.add({{" ", ""}, {"a.service", ""}, {"running", ""}, {"", ""}, {"First", ""}});
    table.add({{"\u25cf", color_red},
               {"longer.service", ""},
               {"dead", ""},
               {"", ""},
               {"Second one", ""}});
    return table;
}

} // namespace

TEST_CASE("columns are as wide as their longest cell, and the last is not filled up") {
    auto table = units();
    table.hide(3);
    CHECK(table.text({}) ==
          "  UNIT           SUB     DESCRIPTION\n"
          "  a.service      running First\n"
          "\u25cf longer.service dead    Second one\n");
    CHECK(table.rows() == 2);
}

TEST_CASE("without a legend there are no headings") {
    auto table = units();
    table.hide(3);
    CHECK(table.text({.legend = false}) ==
          "  a.service      running First\n"
          "\u25cf longer.service dead    Second one\n");
}

TEST_CASE("--plain takes the column of marks away") {
    auto table = units();
    table.hide(0);
    table.hide(3);
    CHECK(table.text({.legend = false}).starts_with("a.service      running First\n"));
}

TEST_CASE("headings alone take as little room as they can") {
    Table table({"", "UNIT", "LOAD"});
    CHECK(table.text({}) == "  UNIT LOAD\n");
}

TEST_CASE("on a narrow terminal the widest columns are cut") {
    Table table({"UNIT", "DESCRIPTION"});
    table.add({{"a.service", ""}, {"A very long description of it", ""}});
    auto text = table.text({.legend = false, .width = 25});
    CHECK(text.starts_with("a.service A very long"));
    CHECK(columns_of(text) == 25 + 1); // and the end of the line
}

TEST_CASE("colours stand around a cell, and around the blank behind it where that is asked for") {
    Table table({"A", "B"});
    table.add({{"x", color_red}, {"y", ""}});
    table.add({{"longer", color_red, true}, {"z", color_red}});
    CHECK(table.text({.legend = false, .colors = true}) ==
          "\x1b[0;1;31mx     \x1b[0m y\n"
          "\x1b[0;1;31mlonger\x1b[0m\x1b[0;1;31m \x1b[0m\x1b[0;1;31mz\x1b[0m\n");
}

TEST_CASE("headings are underlined from end to end, and so is a row that is") {
    Table table({"A", "B"});
    table.add({{"x", color_red}, {"long", ""}});
    table.underline();
    CHECK(table.text({.colors = true}) ==
          "\x1b[0m\x1b[0;4mA\x1b[0m\x1b[0m\x1b[0;4m B   \x1b[0m\n"
          "\x1b[0;1;31m\x1b[0;4mx\x1b[0m\x1b[0;1;31m\x1b[0;4m \x1b[0m"
          "\x1b[0m\x1b[0;4mlong\x1b[0m\n");
}

TEST_CASE("a last cell that is empty leaves the blank in front of it") {
    Table table({"A", "B"});
    table.add({{"x", ""}, {"", ""}});
    CHECK(table.text({.legend = false}) == "x \n");
}

TEST_CASE("columns share a narrow terminal in equal parts, and leave what they do not need") {
    Table table({"A", "B", "C"});
    table.add({{"1234567890", ""}, {"12", ""}, {"123456789", ""}});
    CHECK(table.text({.legend = false, .width = 16}) == "12345\u2026 12 12345\u2026\n");
}

TEST_CASE("units are listed by type, then by name in either case") {
    std::vector<std::string_view> names = {"a.service",   "NetworkManager.service",
                                           "z.mount",     "modprobe.service",
                                           "a-b.service", "no-type"};
    CHECK(unit_order(names) == std::vector<size_t>{5, 2, 4, 0, 3, 1});
    CHECK(unit_order({}).empty());
    CHECK(same_type("a.service", "B.Service"));
    CHECK_FALSE(same_type("a.service", "a.mount"));
}

TEST_CASE("what a terminal would obey is escaped in columns, but no tab, and never in JSON") {
    Table table({"UNIT", "IDLE TIMEOUT"});
    table.add({{"\ta\x1b"}, {.text = "1s", .json = "1000000"}});
    CHECK(table.text({.legend = false}) == "\ta\\033 1s\n");
    CHECK(table.json({}) == "[{\"unit\":\"\\ta\\u001b\",\"idle_timeout\":1000000}]\n");
}

TEST_SUITE_END();
