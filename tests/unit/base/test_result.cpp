#include "base/result.hpp"

#include <doctest/doctest.h>

#include <cerrno>

using namespace sctl;

TEST_SUITE_BEGIN("base");

TEST_CASE("a Result holds its value or its error") {
    Result<int> good = 3;
    Result<int> bad = errno_error("open /x", ENOENT);
    CHECK(good);
    CHECK(*good == 3);
    CHECK(!bad);
    CHECK(bad.error().code == ENOENT);
    CHECK(bad.error().text == "open /x: No such file or directory");
    CHECK(bad.value_or(7) == 7);
}

TEST_CASE("an error passed on says what was being done") {
    Error error{EPERM, "denied", "org.x"};
    auto outer = error.during("starting a.service");
    CHECK(outer.text == "starting a.service: denied");
    CHECK(outer.code == EPERM);
    CHECK(outer.name == "org.x");
}

TEST_SUITE_END();
