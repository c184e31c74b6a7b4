#include "client/programs/programs.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "base/log.hpp"
#include "base/text.hpp"

TEST_SUITE_BEGIN("client");

using namespace sctl;

namespace {

std::string& said_by_program() {
    static std::string text;
    return text;
}

// "status: what it says"
std::string outcome_of(std::string_view program, const std::vector<std::string>& arguments) {
    ::setenv("SYSTEMD_OFFLINE", "0", 1);
    said_by_program().clear();
    auto before =
        set_log_sink([](LogLevel, std::string_view text) { said_by_program() += cat(text, "\n"); });
    auto status = run_program(program, arguments);
    set_log_sink(before);
    return cat(status.value_or(-1), ": ", said_by_program());
}

} // namespace

TEST_CASE("shutdown at another time than now is refused, since nobody keeps a schedule") {
    constexpr auto refused =
        "1: Failed to schedule shutdown: Unit dbus-org.freedesktop.login1.service not found.\n";
    for (const auto* when : {"+60", "5", "1:2", "23:59"}) {
        CAPTURE(when);
        CHECK(outcome_of("shutdown", {"-r", when, "a", "message"}) == refused);
    }
    CHECK(outcome_of("shutdown", {}) == refused); // +1
    CHECK(outcome_of("shutdown", {"-k", "+5"}) == refused);
    CHECK(outcome_of("shutdown", {"-k", "now"}) == "0: ");
    CHECK(outcome_of("shutdown", {"-k", "+0"}) == "0: ");
}

TEST_CASE("a time that is none is refused by shutdown") {
    for (const auto* when : {"foo", "+", "+foo", "24:00", "23:60", "23:5x"}) {
        CAPTURE(when);
        CHECK(outcome_of("shutdown", {when}) ==
              cat("1: Failed to parse time specification: ", when, "\n"));
        CHECK(outcome_of("shutdown", {"--show", when}) ==
              cat("1: Failed to parse time specification: ", when, "\n"));
    }
}

TEST_CASE("there is no scheduled shutdown to cancel or to show") {
    CHECK(outcome_of("shutdown", {"-c", "a message"}) ==
          "1: Failed to talk to logind, shutdown hasn't been cancelled: Unit "
          "dbus-org.freedesktop.login1.service not found.\n");
    CHECK(outcome_of("shutdown", {"--show"}) ==
          "1: Failed to query scheduled shutdown: Unit dbus-org.freedesktop.login1.service not "
          "found.\n");
}

TEST_CASE("a shutdown at some time that is asked for in a chroot is ignored") {
    ::setenv("SYSTEMD_OFFLINE", "1", 1);
    auto before = set_log_sink([](LogLevel, std::string_view) {});
    CHECK(run_program("shutdown", {"+5"}) == 0);
    set_log_sink(before);
    ::setenv("SYSTEMD_OFFLINE", "0", 1);
}

TEST_CASE("words that are too many are refused before anything is done") {
    for (const auto* program : {"halt", "poweroff"})
        CHECK(outcome_of(program, {"-w", "x"}) == "1: Too many arguments.\n");
    CHECK(outcome_of("reboot", {"-w", "x"}) == "0: ");
    CHECK(outcome_of("reboot", {"-w", "x", "y"}) == "1: Too many arguments.\n");
    CHECK(outcome_of("telinit", {"q", "x"}) == "1: Too many arguments.\n");
}

TEST_SUITE_END();
