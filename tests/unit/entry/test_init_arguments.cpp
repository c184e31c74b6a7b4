#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <initializer_list>

#include "entry/init_arguments.hpp"

using namespace sctl;

namespace {

ParsedRequest parse(std::initializer_list<const char*> words) {
    return parse_init_arguments({words.begin(), words.end()});
}

std::string complaint(std::initializer_list<const char*> words) {
    auto parsed = parse(words);
    CHECK(parsed.ends == 1);
    return parsed.err;
}

} // namespace

TEST_SUITE_BEGIN("entry");

TEST_CASE("what follows -- is the command, options before it are ours") {
    auto parsed = parse({"-v", "redis", "--", "/app", "-v", "--", "x"});
    REQUIRE_FALSE(parsed.ends);
    CHECK(parsed.request.command == std::vector<std::string>{"/app", "-v", "--", "x"});
    CHECK(parsed.request.options.units == std::vector<std::string>{"redis.service"});
    CHECK(parsed.request.policy.verbosity == 1);
    CHECK(parsed.request.has_show);
}

TEST_CASE("without a command the manager alone is meant") {
    auto parsed = parse({"a.service", "--end=any"});
    REQUIRE_FALSE(parsed.ends);
    CHECK_FALSE(parsed.request.has_show);
    CHECK(parsed.request.options.units_end == UnitsEnd::Any);
    CHECK(complaint({"--rewrite=TERM:INT"}) == "systemctl init: --rewrite= needs a command\n");
    CHECK(complaint({"--end=main", "a"}) == "systemctl init: --end=main needs a command\n");
}

TEST_CASE("--all waits for the last process, not for the units") {
    for (auto words : {std::initializer_list<const char*>{"--all"}, {"--all", "a"}}) {
        auto parsed = parse(words);
        REQUIRE_FALSE(parsed.ends);
        CHECK(parsed.request.ends_alone);
        CHECK(parsed.request.options.units_end == UnitsEnd::Never);
    }
    CHECK(parse({"--all", "--end=any", "a"}).request.options.units_end == UnitsEnd::Any);
    CHECK(complaint({"--all", "--", "a"}) == "systemctl init: --all is for units\n");
}

TEST_CASE("an explicit policy wins over --like, wherever it stands") {
    auto parsed =
        parse({"--forward=group", "--stop-timeout=5s", "--like=docker-container-init", "--", "a"});
    REQUIRE_FALSE(parsed.ends);
    CHECK(parsed.request.policy.forward == Forward::Group);
    CHECK(parsed.request.policy.stop_timeout == 5s);
    CHECK(parsed.request.policy.last == Last::TermWait);
    CHECK(complaint({"--like=upstart", "--", "a"}) ==
          "systemctl init: --like=upstart: no such init\n");
}

TEST_CASE("a list of signals replaces what is forwarded, +rt adds to it") {
    auto only = parse({"--signals=HUP", "--", "a"}).request.policy.signals;
    CHECK(only.contains(SIGHUP));
    CHECK_FALSE(only.contains(SIGUSR1));
    auto more =
        parse({"--like=docker-container-init", "--signals=+rt", "--", "a"}).request.policy.signals;
    CHECK(more.contains(SIGHUP));
    CHECK(more.contains(SIGRTMIN));
    CHECK_FALSE(more.contains(SIGALRM));
}

TEST_CASE("a trap's command is split at blanks") {
    auto policy = parse({"--trap=HUP,USR1", "--trap-run=/bin/x  a b", "--", "a"}).request.policy;
    CHECK(policy.trapped.contains(SIGUSR1));
    CHECK(policy.trap_command == std::vector<std::string>{"/bin/x", "a", "b"});
}

TEST_CASE("each option of templates and hooks asks for all of it") {
    CHECK_FALSE(parse({"--", "a"}).request.preparation.wanted);
    CHECK_FALSE(parse({"--like=tini", "--", "a"}).request.preparation.wanted);
    CHECK(parse({"--like=entrypoint", "--", "a"}).request.preparation.wanted);
    CHECK(parse({"--hooks"}).request.preparation.wanted);
    auto plan = parse({"--templates=/t", "--hooks-timeout=5s", "a.service"}).request.preparation;
    CHECK(plan.wanted);
    CHECK(plan.templates == "/t");
    CHECK(plan.variables == "/variables.yml");
    CHECK(plan.hooks_timeout == 5s);
}

TEST_CASE("what nobody knows is refused") {
    CHECK(complaint({"--bogus"}) == "systemctl init: unrecognised option '--bogus'\n");
    CHECK(complaint({"-x"}) == "systemctl init: unrecognised option '-x'\n");
    CHECK(complaint({"--end"}) ==
          "systemctl init: the required argument for option '--end' is missing\n");
    CHECK(complaint({"--end=never", "--", "a"}) == "systemctl init: --end=never: invalid value\n");
    CHECK(complaint({"--"}) == "systemctl init: no command after '--'\n");
    CHECK(complaint({"--stop-grace=x"}) == "systemctl init: Failed to parse stop grace 'x'\n");
    CHECK(complaint({"--instance=x"}) == "systemctl init: --instance= needs an absolute path\n");
}

TEST_CASE("--no-init is for a command alone") {
    CHECK(parse({"--no-init", "--", "a"}).request.replaces_us);
    CHECK(complaint({"--no-init", "a.service", "--", "a"}) ==
          "systemctl init: --no-init is for a command alone\n");
}

TEST_CASE("--pass-environment takes our variables that match, and what is for us alone never") {
    setenv("APP_ONE", "1", 1);
    setenv("APP_TWO", "two words", 1);
    setenv("OTHER", "x", 1);
    setenv("WATCHDOG_USEC", "5", 1);
    auto environment_of = [](std::initializer_list<const char*> words) {
        return parse(words).request.options.environment;
    };
    CHECK(environment_of({"a"}).empty());
    CHECK(environment_of({"--pass-environment=APP_*"}) ==
          std::vector<std::string>{"APP_ONE=1", "APP_TWO=two words"});
    CHECK(environment_of({"--pass-environment=OTHER", "--pass-environment=APP_?NE"}) ==
          std::vector<std::string>{"OTHER=x", "APP_ONE=1"});
    auto all = environment_of({"--pass-environment", "a"});
    CHECK(std::ranges::find(all, "OTHER=x") != all.end());
    CHECK(std::ranges::find(all, "WATCHDOG_USEC=5") == all.end());
    for (const char* name : {"APP_ONE", "APP_TWO", "OTHER", "WATCHDOG_USEC"}) unsetenv(name);
}

TEST_CASE("--help goes to standard output") {
    auto parsed = parse({"--help"});
    CHECK(parsed.ends == 0);
    CHECK(parsed.out.starts_with("systemctl init [OPTIONS...] [UNIT...] [-- COMMAND [ARG...]]\n"));
}

TEST_SUITE_END();
