#include <doctest/doctest.h>

#include "state/start_limit.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("state");

TEST_CASE("the start after the burst is refused until the interval is over") {
    StartLimit limit(10s, 2);
    CHECK(limit.allow(1s));
    CHECK(limit.allow(2s));
    CHECK_FALSE(limit.allow(3s));
    CHECK(limit.hit());
    CHECK_FALSE(limit.allow(11s)); // counted from the first start, and not yet longer than 10 s
    CHECK(limit.allow(12s));
    CHECK_FALSE(limit.hit());
}

TEST_CASE("reset-failed lets a limited unit start again") {
    StartLimit limit(infinity, 1);
    CHECK(limit.allow(1s));
    CHECK_FALSE(limit.allow(1000s));
    limit.reset();
    CHECK_FALSE(limit.hit());
    CHECK(limit.allow(1001s));
}

TEST_CASE("without an interval or a burst any number of starts is allowed") {
    StartLimit no_interval(Span{}, 1), no_burst(10s, 0);
    for (int i = 0; i < 100; ++i) {
        CHECK(no_interval.allow(1s));
        CHECK(no_burst.allow(1s));
    }
}

TEST_SUITE_END();
