#include <doctest/doctest.h>

#include <cerrno>

#include "client/calls/exit_code.hpp"

TEST_SUITE_BEGIN("client");

using namespace sctl;

TEST_CASE("the name of the manager's error decides the exit status") {
    auto code = [](std::string name) { return exit_code_of(Error{0, "text", std::move(name)}); };
    CHECK(code("org.freedesktop.systemd1.NoSuchUnit") == 5);
    CHECK(code("org.freedesktop.systemd1.JobTypeNotApplicable") == 3);
    CHECK(code("org.freedesktop.DBus.Error.NotSupported") == 3);
    CHECK(code("org.freedesktop.DBus.Error.AccessDenied") == 4);
    CHECK(code("org.freedesktop.systemd1.OnlyByDependency") == 4);
    CHECK(code("org.freedesktop.systemd1.NoIsolation") == 4);
    CHECK(code("org.freedesktop.systemd1.TransactionIsDestructive") == 4);
    CHECK(code("org.freedesktop.systemd1.LoadFailed") == 6);
    CHECK(code("org.freedesktop.systemd1.UnitMasked") == 1);
    CHECK(code("") == 1);
}

TEST_CASE("an error is told by its text, a refusal always alike, a system error by its own") {
    CHECK(words_of(Error{0, "Unit a.service not found.", "org.freedesktop.systemd1.NoSuchUnit"}) ==
          "Unit a.service not found.");
    CHECK(words_of(Error{0, "whatever", "org.freedesktop.DBus.Error.AccessDenied"}) ==
          "Access denied");
    CHECK(words_of(Error{ETIMEDOUT, "the manager does not answer in time", {}}) ==
          "Connection timed out");
}

TEST_SUITE_END();
