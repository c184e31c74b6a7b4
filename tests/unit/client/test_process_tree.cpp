#include <doctest/doctest.h>

#include "client/status/process_tree.hpp"

TEST_SUITE_BEGIN("client");

using namespace sctl;

TEST_CASE("a unit's processes hang below it in order of their numbers") {
    std::vector<UnitProcess> processes = {{"/s/a.service", 120, "worker"},
                                          {"/s/a.service", 7, "main -x"}};
    CHECK(process_tree(processes, "/s/a.service", {.prefix = "  "}) ==
          "  \u251c\u2500  7 main -x\n"
          "  \u2514\u2500120 worker\n");
}

TEST_CASE("groups below the unit's are branches") {
    std::vector<UnitProcess> processes = {{"/init.scope", 1, "init"},
                                          {"/system.slice/a.service", 20, "a"}};
    CHECK(process_tree(processes, "", {.prefix = ""}) ==
          "\u251c\u2500init.scope\n"
          "\u2502 \u2514\u25001 init\n"
          "\u2514\u2500system.slice\n"
          "  \u2514\u2500a.service\n"
          "    \u2514\u250020 a\n");
}

TEST_CASE("long command lines are cut to the width, but to no less than twenty columns") {
    std::vector<UnitProcess> processes = {{"", 7, "a command line that is long"}};
    CHECK(process_tree(processes, "", {.prefix = "", .width = 27}) ==
          "\u2514\u25007 a command line that is\u2026\n");
    CHECK(process_tree(processes, "", {.prefix = "", .width = 14}) ==
          "\u2514\u25007 a command line that\u2026\n");
}

TEST_SUITE_END();
