#include "unit/values/calendar.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "local_zone.hpp"
#include "table.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

// The zones of tests/data: the answers in the tables do not depend on what the machine has.
TimeZones& data_zones() {
    static TimeZones zones(TEST_DATA "/zoneinfo");
    return zones;
}

std::string calendar_error(int code) {
    if (code == EINVAL) return "!EINVAL";
    return code == ERANGE ? "!ERANGE" : cat('!', code);
}

std::string normal_form(std::string_view text) {
    auto spec = parse_calendar(text, data_zones());
    return spec ? format_calendar(*spec) : calendar_error(spec.error().code);
}

// As in the tables: "!CODE" for an error.
std::string next_of(std::string_view text, Span after) {
    auto spec = parse_calendar(text, data_zones());
    if (!spec) return calendar_error(spec.error().code);
    auto next = next_elapse(*spec, after, data_zones());
    return next ? cat(next->count()) : cat('!', next.error().code);
}

constexpr Span start_of_2024{1704067200000000};

} // namespace

TEST_CASE("calendar expressions have the normal forms of their table") {
    LocalZone zone("UTC");
    for (const auto& row : read_table("calendar-normal.tsv")) {
        CAPTURE(row[0]);
        CHECK(normal_form(row[0]) == row[1]);
        CHECK(normal_form(row[1]) == row[1]);
    }
}

TEST_CASE("what is no calendar expression is refused as the table says") {
    LocalZone zone("UTC");
    for (const auto& row : read_table("calendar-invalid.tsv")) {
        CAPTURE(row[1]);
        CHECK(normal_form(row[1]) == row[2]);
    }
}

TEST_CASE("calendar expressions elapse next when their table says") {
    for (const auto& row : read_table("calendar-next.tsv")) {
        CAPTURE(row[0]);
        CAPTURE(row[1]);
        LocalZone zone(row[1]);
        auto next = next_of(row[0], Span(*parse_number<int64_t>(row[2])));
        CHECK((next.starts_with('!') ? "-1" : next) == row[3]);
    }
}

TEST_CASE("calendar expressions are answered as systemd 252 has answered them") {
    for (const auto& row : read_table("calendar-answers.tsv")) {
        CAPTURE(row[0]);
        CAPTURE(row[1]);
        LocalZone zone(row[1]);
        auto spec = parse_calendar(row[0], data_zones());
        if (!spec) {
            CHECK(cat('!', spec.error().code) == row[3]);
            continue;
        }
        CHECK(format_calendar(*spec) == row[3]);
        Span moment(*parse_number<int64_t>(row[2]));
        for (size_t i = 4; i < row.size(); ++i) {
            auto next = next_elapse(*spec, moment, data_zones());
            CHECK((next ? cat(next->count()) : cat('!', next.error().code)) == row[i]);
            if (next) moment = *next;
        }
    }
}

TEST_CASE("a calendar expression's error is worded as systemd words it") {
    LocalZone zone("UTC");
    CHECK(parse_calendar("test", data_zones()).error().text ==
          "Failed to parse calendar specification 'test': Invalid argument");
    CHECK(parse_calendar("00:00:2300", data_zones()).error().text ==
          "Failed to parse calendar specification '00:00:2300': Numerical result out of range");
}

TEST_CASE("a list in a calendar expression has an end") {
    LocalZone zone("UTC");
    auto hours = [](size_t count) {
        std::string text = "1";
        for (size_t i = 1; i < count; ++i) text += ",1";
        return normal_form(text + ":00");
    };
    CHECK(hours(241) == "*-*-* 01:00:00");
    CHECK(hours(242) == cat('!', ENOBUFS));
}

TEST_CASE("a zone that is not known is no part of a calendar expression") {
    LocalZone zone("UTC");
    CHECK(normal_form("daily Europe/Berlin") == "*-*-* 00:00:00 Europe/Berlin");
    CHECK(normal_form("daily Etc/UTC") == "!EINVAL"); // not among these zones
    for (auto name : {"europe/berlin", "Europe", "/Europe/Berlin", "Europe//Berlin", "Europe/",
                      "../zoneinfo/GMT", "Nowhere"})
        CHECK(normal_form(cat("daily ", name)) == "!EINVAL");
    CHECK(normal_form("Europe/Berlin") == "!EINVAL");
    CHECK(normal_form("daily uTc") == "*-*-* 00:00:00 UTC");
}

TEST_CASE("the local zone's abbreviations end a calendar expression") {
    LocalZone zone("Europe/Berlin");
    CHECK(normal_form("daily cest") == "*-*-* 00:00:00 CEST");
    CHECK(normal_form("daily CET") == "*-*-* 00:00:00 CET");
    CHECK(normal_form("daily EDT") == "!EINVAL");
    CHECK(next_of("2024-07-01 12:00 CEST", start_of_2024) == cat('!', ENOENT)); // it is winter
    CHECK(next_of("2024-02-01 12:00 CET", start_of_2024) == "1706785200000000");
}

TEST_CASE("what never comes is said after a bounded search") {
    LocalZone zone("America/New_York");
    CHECK(next_of("*-02-30", start_of_2024) == cat('!', ENOENT));
    CHECK(next_of("*-02-30 *:*:0/0.000001", start_of_2024) == cat('!', ENOENT));
    CHECK(next_of("2023-01-01", start_of_2024) == cat('!', ENOENT));
    CHECK(next_of("Mon 2024-02-27..29/2", start_of_2024) == cat('!', ENOENT));
    CHECK(next_of("*-01/5-16 *:51,5", Span(7258118399645495)) == cat('!', EDEADLK));
    CHECK(next_of("2199-12-31 23:59:59.999999", start_of_2024) == "7258136399999999");
    CHECK(next_of("daily", Span(253402214400000000)) == cat('!', EINVAL));
    CHECK(next_of("daily", infinity) == cat('!', EINVAL));
    CHECK(next_of("daily", Span(-1)) == cat('!', EINVAL));
}

TEST_CASE("the next elapse of a zone leaves the environment alone") {
    LocalZone zone("Asia/Kolkata");
    std::string before = getenv("TZ");
    CHECK(next_of("12:00 Europe/Berlin", start_of_2024) == "1704106800000000");
    CHECK(next_of("12:00", start_of_2024) == "1704090600000000");
    CHECK(getenv("TZ") == before);
}

TEST_SUITE_END();
