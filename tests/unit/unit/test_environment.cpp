#include "unit/syntax/environment.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <map>

#include "table.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

TEST_CASE("names, values and assignments are valid as their table says") {
    const std::map<std::string, bool (*)(std::string_view)> functions = {
        {"env_name_is_valid", environment_name_is_valid},
        {"env_value_is_valid", environment_value_is_valid},
        {"env_assignment_is_valid", environment_assignment_is_valid},
    };
    for (const auto& row : read_table("env-valid.tsv")) {
        CAPTURE(row[0]);
        CAPTURE(row[1]);
        REQUIRE(functions.contains(row[0]));
        CHECK(functions.at(row[0])(row[1]) == (row[2] == "yes"));
    }
}

TEST_CASE("environment files are read as their table says") {
    for (const auto& row : read_table("env-file.tsv")) {
        CAPTURE(row[0]);
        auto list = parse_environment_file(row[0]);
        if (row[1] == "!EINVAL")
            CHECK((!list && list.error().code == EINVAL));
        else
            CHECK((list && join(*list, "\x1f") == row[1]));
    }
}

TEST_CASE("variables are replaced as their table says") {
    Environment environment({"FOO=BAR BAR", "BAR=waldo"});
    size_t misplaced = 0;
    for (const auto& row : read_table("env-expand.tsv")) {
        CAPTURE(row[0]);
        CAPTURE(row[1]);
        if (row[0] != "argv") {
            CHECK(replace_variables(std::string_view(row[1]), environment) == row[2]);
            continue;
        }
        auto words = replace_variables(std::vector<std::string>{row[1]}, environment);
        if (row[1] == "$FOO$FOO") {
            // This word is of no variable's name and vanishes. The row pairs it with the second
            // word of the $FOO that stands before it in systemd's own list.
            ++misplaced;
            CHECK(words.empty());
        } else {
            CHECK(words == std::vector<std::string>{row[2]});
        }
    }
    CHECK(misplaced == 1);
}

TEST_CASE("a word that is a variable becomes the words of its value") {
    Environment environment({"ARGS=-a 'b c'  d", "EMPTY="});
    CHECK(replace_variables({"x", "$ARGS", "$EMPTY", "$NONE", "${EMPTY}"}, environment) ==
          std::vector<std::string>{"x", "-a", "b c", "d", ""});
}

TEST_CASE("quotes and escapes of an environment file are undone as a shell does") {
    auto list = parse_environment_file(
        "A='x $y \\z'\nB=\"q\\\"\\$\\`\\\\ \\n\"\nC = d e  \nD=a\"b\"'c'\nno assignment\n; "
        "E=1\nF=1 # 2");
    REQUIRE(list);
    CHECK(*list == std::vector<std::string>{"A=x $y \\z", "B=q\"$`\\ \\n", "C=d e", "D=a\"b\"'c'",
                                            "F=1 # 2"});
    // A line that goes on, in quotes and outside.
    list = parse_environment_file("A=\"x\\\ny\"\nB=x\\\ny\n");
    REQUIRE(list);
    CHECK(*list == std::vector<std::string>{"A=xy", "B=xy"});
    CHECK(parse_environment_file(std::string_view("A=\0", 3)).error().code == EBADMSG);
}

TEST_CASE("in an environment the later assignment wins in the earlier one's place") {
    Environment environment({"A=1", "B=2"});
    environment.merge({"A=3", "C=4", "D"});
    CHECK(environment.assignments() == std::vector<std::string>{"A=3", "B=2", "C=4"});
    CHECK(environment.get("A") == "3");
    CHECK(!environment.get("D"));
}

TEST_CASE("a variable is unset by name or by its exact assignment") {
    Environment environment({"A=1", "B=2", "C=3"});
    environment.unset("A");
    environment.unset("B=9");
    environment.unset("C=3");
    CHECK(environment.assignments() == std::vector<std::string>{"B=2"});
}

TEST_SUITE_END();
