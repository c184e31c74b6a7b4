#include "unit/syntax/timestamp.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include "table.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

constexpr Span noon{1395835200000000}; // Wed 2014-03-26 12:00:00 UTC

} // namespace

TEST_CASE("timestamps are understood as their table says") {
    bool zones = access("/usr/share/zoneinfo/Asia/Seoul", R_OK) == 0;
    size_t left_out = 0;
    for (const auto& row : read_table("timestamp.tsv")) {
        CAPTURE(row[0]);
        if (!zones && row[0] == "tomorrow Asia/Seoul") {
            ++left_out; // this machine has no time zones, so there is none of this name
            continue;
        }
        CHECK(parse_timestamp(row[0], noon).has_value() == (row[1] == "yes"));
    }
    CHECK(left_out == (zones ? 0 : 1));
}

TEST_CASE("timestamps mean the moment they say") {
    auto seconds = [](std::string_view text) {
        return parse_timestamp(text, noon).value().count() / 1000000;
    };
    CHECK(seconds("1970-1-1 00:00:01 UTC") == 1);
    CHECK(seconds("2038-01-19 03:14:07 UTC") == 2147483647);
    CHECK(seconds("today UTC") == 1395792000);
    CHECK(seconds("tomorrow UTC") == 1395792000 + 86400);
    CHECK(seconds("yesterday UTC") == 1395792000 - 86400);
    CHECK(seconds("+1h") == 1395835200 + 3600);
    CHECK(seconds("1h ago") == 1395835200 - 3600);
    CHECK(seconds("@1395716396") == 1395716396);
    CHECK(seconds("Wed 2014-03-26 12:00 UTC") == 1395835200);
    CHECK(!parse_timestamp("Tue 2014-03-26 12:00 UTC", noon));
    CHECK(parse_timestamp("12:00:00.2500004 UTC", noon)->count() == noon.count() + 250000);
    CHECK(parse_timestamp("", noon).has_value() == false);
}

TEST_CASE("a time zone at the end counts for this timestamp alone") {
    if (access("/usr/share/zoneinfo/Asia/Seoul", R_OK) != 0) {
        MESSAGE("skipped: no time zones on this machine");
        return;
    }
    auto before = format_timestamp(noon);
    CHECK(parse_timestamp("2014-03-26 21:00:00 Asia/Seoul", noon)->count() == noon.count());
    CHECK(format_timestamp(noon) == before);
}

TEST_CASE("timestamps are printed as systemd does") {
    Span moment(1795361277123456);
    CHECK(format_timestamp(moment, TimestampStyle::Utc) == "Sun 2026-11-22 15:27:57 UTC");
    CHECK(format_timestamp(moment, TimestampStyle::UtcMicroseconds) ==
          "Sun 2026-11-22 15:27:57.123456 UTC");
    CHECK(format_timestamp(moment, TimestampStyle::Unix) == "@1795361277");
    CHECK(format_timestamp(Span{}) == "");
    CHECK(format_timestamp(infinity) == "");
    CHECK(format_timestamp(Span(INT64_MAX - 1)) == "--- XXXX-XX-XX XX:XX:XX");
}

TEST_CASE("the distance of a moment is told in its two largest units") {
    auto ago = [](Span length) { return format_timestamp_relative(noon - length, noon); };
    CHECK(ago(0s) == "now");
    CHECK(ago(250us) == "250us ago");
    CHECK(ago(250ms) == "250ms ago");
    CHECK(ago(59s) == "59s ago");
    CHECK(ago(61s) == "1min 1s ago");
    CHECK(ago(301s) == "5min ago");
    CHECK(ago(3h + 5min) == "3h 5min ago");
    CHECK(ago(7h + 5min) == "7h ago");
    CHECK(ago(26h) == "1 day 2h ago");
    CHECK(ago(50h) == "2 days ago");
    CHECK(ago(24h * 8) == "1 week 1 day ago");
    CHECK(ago(24h * 40) == "1 month 9 days ago");
    CHECK(ago(24h * 800) == "2 years 2 months ago");
    CHECK(format_timestamp_relative(noon + 5s, noon) == "5s left");
}

TEST_SUITE_END();
