#include "unit/syntax/time_span.hpp"

#include <doctest/doctest.h>

#include "table.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

std::string described_span(const Result<Span>& span, std::string_view error) {
    if (!span) return std::string(error);
    return *span == infinity ? "infinity" : cat(span->count());
}

std::string described_span(const Result<uint64_t>& nanoseconds, std::string_view error) {
    if (!nanoseconds) return std::string(error);
    return *nanoseconds == UINT64_MAX ? "infinity" : cat(*nanoseconds);
}

} // namespace

TEST_CASE("spans are read as their table says") {
    for (const auto& row : read_table("time-span.tsv")) {
        CAPTURE(row[0]);
        CAPTURE(row[1]);
        auto error = row[3].starts_with('!') ? row[3] : "!error";
        std::string got = "no such function";
        if (row[0] == "parse_sec") got = described_span(parse_span(row[1]), error);
        if (row[0] == "parse_sec_fix_0")
            got = described_span(parse_span_zero_is_infinity(row[1]), error);
        if (row[0] == "parse_sec_def_infinity")
            got = described_span(parse_span_empty_is_infinity(row[1]), error);
        if (row[0] == "parse_nsec") got = described_span(parse_nanoseconds(row[1]), error);
        if (row[0] == "parse_time")
            got = described_span(parse_span(row[1], Span(*parse_number<int64_t>(row[2]))), error);
        CHECK(got == row[3]);
    }
}

TEST_CASE("an unknown unit is refused") {
    CHECK(!parse_span("5 foo"));
    CHECK(!parse_span("5minfoo"));
    CHECK(*parse_span("5min20") == 320s);
    CHECK(*parse_span("1h1M") == 1h + 2629800s);
}

TEST_CASE("spans are printed as systemd does") {
    CHECK(format_span(90s) == "1min 30s");
    CHECK(format_span(100ms) == "100ms");
    CHECK(format_span(Span(1500000)) == "1.500000s");
    CHECK(format_span(Span(1500000), 1ms) == "1.500s");
    CHECK(format_span(Span(1500000), 1s) == "1s");
    CHECK(format_span(Span(1234567), 1ms) == "1.234s");
    CHECK(format_span(Span(1500)) == "1.500ms");
    CHECK(format_span(Span(7)) == "7us");
    CHECK(format_span(Span(61500000)) == "1min 1.500000s");
    CHECK(format_span(Span(61500000), 1s) == "1min 1s");
    CHECK(format_span(24h * 8) == "1w 1d");
    CHECK(format_span(31557600s + 2629800s) == "1y 1month");
    CHECK(format_span(Span{}) == "0");
    CHECK(format_span(infinity) == "infinity");
}

TEST_SUITE_END();
