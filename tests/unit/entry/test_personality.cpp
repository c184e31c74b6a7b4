#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <initializer_list>

#include "entry/personality.hpp"

using namespace sctl;

namespace {

ParsedRequest parse_as(std::initializer_list<const char*> words) {
    std::vector<char*> arguments;
    for (const char* word : words) arguments.push_back(const_cast<char*>(word));
    arguments.push_back(nullptr);
    const Personality* init = find_personality(arguments.front());
    REQUIRE(init);
    return init->parse(static_cast<int>(words.size()), arguments.data());
}

} // namespace

TEST_SUITE_BEGIN("entry");

TEST_CASE("dumb-init's options end at the command") {
    auto parsed = parse_as({"dumb-init", "-c", "-r", "15:3", "sh", "-c", "x"});
    REQUIRE_FALSE(parsed.ends);
    CHECK(parsed.request.command == std::vector<std::string>{"sh", "-c", "x"});
    CHECK(parsed.request.policy.forward == Forward::Child);
    CHECK(parsed.request.policy.rewrite[15] == 3);
    CHECK(parsed.request.policy.rewrite[SIGTSTP] == InitPolicy::as_it_is);
    CHECK(parse_as({"dumb-init", "a"}).request.policy.rewrite[SIGTSTP] == SIGSTOP);
}

TEST_CASE("dumb-init refuses a bad rewrite with its usage") {
    for (const char* bad : {"", "doge", "1:", ":1", "0:1", "1:32", "32:1", "-1:1"}) {
        CAPTURE(bad);
        auto parsed = parse_as({"dumb-init", "-r", bad, "x"});
        CHECK(parsed.ends == 1);
        CHECK(parsed.err.starts_with("Usage: -r option takes <signum>:<signum>"));
    }
    CHECK(parse_as({"dumb-init", "-V"}).err == "dumb-init v1.2.5\n");
}

TEST_CASE("tini's options and environment set the same things") {
    auto parsed =
        parse_as({"tini", "-s", "-g", "-w", "-vv", "-p", "SIGKILL", "-e", "143", "--", "x", "-v"});
    REQUIRE_FALSE(parsed.ends);
    const InitPolicy& policy = parsed.request.policy;
    CHECK(policy.subreaper);
    CHECK(policy.forward == Forward::Group);
    CHECK(policy.warns_of_orphans);
    CHECK(policy.verbosity == 3);
    CHECK(policy.death_signal == SIGKILL);
    CHECK(policy.success_statuses == std::vector<int>{143});
    CHECK(parsed.request.command == std::vector<std::string>{"x", "-v"});
    CHECK(parse_as({"tini", "-e", "256", "x"}).ends == 1);
    CHECK(parse_as({"tini", "-p", "KILL", "x"}).ends == 1);
    setenv("TINI_VERBOSITY", "0", 1);
    CHECK(parse_as({"tini", "-vv", "x"}).request.policy.verbosity == 0);
    unsetenv("TINI_VERBOSITY");
}

TEST_CASE("docker-container-init without a command waits for a signal") {
    auto parsed = parse_as({"docker-container-init", "-I"});
    REQUIRE_FALSE(parsed.ends);
    CHECK(parsed.request.policy.end == EndWhen::Signal);
    CHECK(parsed.request.policy.ignores_sigint);
    auto bad = parse_as({"docker-container-init", "-x"});
    CHECK(bad.ends == 1);
    CHECK(bad.err == "Invalid option: -x\n");
    CHECK(parse_as({"docker-container-init", "-h"}).ends == 1);
}

TEST_CASE("entrypoint takes names of signals alone, and prepares files") {
    CHECK(parse_as({"entrypoint", "-r", "term:sigint", "x"}).request.policy.rewrite[SIGTERM] ==
          SIGINT);
    CHECK(parse_as({"entrypoint", "-r", "15:2", "x"}).ends == 1);
    CHECK(parse_as({"entrypoint"}).ends == 2);
    auto prepares =
        parse_as({"entrypoint", "-V", "v", "-t", "t", "-H", "h", "x"}).request.preparation;
    CHECK(prepares.wanted);
    CHECK(prepares.variables == "v");
    CHECK(prepares.templates == "t");
    CHECK(prepares.hooks == "h");
    CHECK(prepares.output == "/");
    CHECK(prepares.jinja == "/jinja");
    CHECK(parse_as({"entrypoint", "--no-setsid", "x"}).request.policy.forward == Forward::Child);
}

TEST_CASE("drinit's traps are full names") {
    auto parsed =
        parse_as({"drinit", "-t", "SIGHUP,SIGUSR1", "-t", "SIGUSR2", "-r", "/bin/x a", "app"});
    REQUIRE_FALSE(parsed.ends);
    for (int signal : {SIGHUP, SIGUSR1, SIGUSR2})
        CHECK(parsed.request.policy.trapped.contains(signal));
    CHECK(parsed.request.policy.trap_command == std::vector<std::string>{"/bin/x", "a"});
    CHECK(parse_as({"drinit", "-t", "HUP", "app"}).ends == 1);
    CHECK(parse_as({"drinit"}).ends == 1);
    CHECK(parse_as({"drinit", "-h"}).ends == 0);
}

TEST_SUITE_END();
