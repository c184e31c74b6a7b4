#include "unit/syntax/exec_command.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "table.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

Result<std::string> same(std::string_view word) {
    return std::string(word);
}

// Commands in the form of the table.
std::string described(const Result<ExecCommandLine>& line) {
    if (!line) return line.error().code == ENOEXEC ? "!ENOEXEC" : "other error";
    if (line->commands.empty()) return "ignored";
    std::vector<std::string> parts;
    for (const auto& command : line->commands) {
        parts.push_back(cat(command.ignore_failure ? "-" : "", command.path, " argv=[",
                            join(command.arguments, "|"), "]"));
    }
    return join(parts, " ; ");
}

} // namespace

TEST_CASE("command lines are read as their table says") {
    for (const auto& row : read_table("exec-command.tsv")) {
        CAPTURE(row[0]);
        CHECK(described(parse_exec_commands(row[0], same)) == row[1]);
    }
}

TEST_CASE("prefixes come in any order and privileges exclude each other") {
    auto privilege = [](std::string_view text) {
        return parse_exec_commands(text, same)->commands.at(0).privilege;
    };
    CHECK(privilege("+/bin/a") == ExecCommand::Privilege::Full);
    CHECK(privilege("!/bin/a") == ExecCommand::Privilege::NoSetuid);
    CHECK(privilege("!!/bin/a") == ExecCommand::Privilege::Ambient);
    CHECK(!parse_exec_commands("+!/bin/a", same));
    auto command = parse_exec_commands(":@-!!/bin/a zero one", same)->commands.at(0);
    CHECK(command.ignore_failure);
    CHECK(command.no_environment_expansion);
    CHECK(command.path == "/bin/a");
    CHECK(command.arguments == std::vector<std::string>{"zero", "one"});
}

TEST_CASE("a line that cannot be used says why") {
    CHECK(parse_exec_commands("bin/a", same).error().text ==
          "Neither a valid executable name nor an absolute path: bin/a");
    CHECK(parse_exec_commands("/bin/", same).error().text ==
          "Executable path specifies a directory: /bin/");
    auto ignored = parse_exec_commands("-bin/a", same);
    CHECK(ignored->commands.empty());
    CHECK(ignored->warnings.at(0) ==
          "Neither a valid executable name nor an absolute path, ignoring: bin/a");
}

TEST_CASE("an unknown escape stays as written and is warned of") {
    auto line = parse_exec_commands("/bin/a \\d+", same);
    CHECK(line->commands.at(0).arguments.at(1) == "\\d+");
    CHECK(line->warnings.at(0) == "Ignoring unknown escape sequences: \"\\d+\"");
}

TEST_CASE("a command with a bad argument is dropped whole when failure is ignored") {
    CHECK(described(parse_exec_commands("/bin/a ; -/bin/b 'c", same)) == "/bin/a argv=[/bin/a]");
}

TEST_CASE("specifiers are expanded word by word, so that a value never splits") {
    auto expand = [](std::string_view word) -> Result<std::string> {
        if (word == "%bad") return Error{EINVAL, "bad", {}};
        return word == "%i" ? std::string("x y") : std::string(word);
    };
    CHECK(described(parse_exec_commands("/bin/a %i", expand)) == "/bin/a argv=[/bin/a|x y]");
    CHECK(!parse_exec_commands("/bin/a %bad", expand));
}

TEST_CASE("variables are replaced at the start unless the prefix forbids it") {
    Environment environment({"V=a b"});
    auto line = parse_exec_commands("/bin/a $V ${V} ; :/bin/a $V", same);
    CHECK(expand_command(line->commands[0], environment) ==
          std::vector<std::string>{"/bin/a", "a", "b", "a b"});
    CHECK(expand_command(line->commands[1], environment) ==
          std::vector<std::string>{"/bin/a", "$V"});
}

TEST_SUITE_END();
