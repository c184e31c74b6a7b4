#include "journal/log_format.hpp"

#include <doctest/doctest.h>

using namespace sctl;

TEST_SUITE_BEGIN("journal");

namespace {

std::string formatted(std::string text, LogStyle style = LogStyle::Short, bool show_all = false) {
    LogLine line{Span(1795361277123456), 6, "nginx", 12, std::move(text)};
    return format_log_line(line, {style, "box", true, show_all});
}

std::string shown(std::string text) {
    constexpr std::string_view before = "Nov 22 15:27:57 box nginx[12]: ";
    return formatted(std::move(text)).substr(before.size());
}

} // namespace

TEST_CASE("each format has its own time") {
    CHECK(formatted("hi") == "Nov 22 15:27:57 box nginx[12]: hi");
    CHECK(formatted("hi", LogStyle::ShortPrecise) == "Nov 22 15:27:57.123456 box nginx[12]: hi");
    CHECK(formatted("hi", LogStyle::ShortIso) == "2026-11-22T15:27:57+0000 box nginx[12]: hi");
    CHECK(formatted("hi", LogStyle::ShortIsoPrecise) ==
          "2026-11-22T15:27:57.123456+0000 box nginx[12]: hi");
    CHECK(formatted("hi", LogStyle::ShortFull) == "Sun 2026-11-22 15:27:57 UTC box nginx[12]: hi");
    CHECK(formatted("hi", LogStyle::ShortUnix) == "1795361277.123456 box nginx[12]: hi");
    CHECK(formatted("hi", LogStyle::Cat) == "hi");
}

TEST_CASE("host and pid are left out where there are none") {
    LogLine line{Span(1795361277123456), 6, "cron", 0, "hi"};
    CHECK(format_log_line(line, {LogStyle::Short, "", true, false}) == "Nov 22 15:27:57 cron: hi");
}

TEST_CASE("colours go, tabs are widened, what is unprintable is only measured") {
    CHECK(shown("\x1b[1;31mred\x1b[0m") == "red");
    CHECK(shown("a\tb") == "a        b");
    CHECK(shown("\x1b]0;title\aprompt") == "prompt");
    CHECK(shown("bell\a") == "[5B blob data]");
    CHECK(shown("latin \xe9") == "[7B blob data]");
    CHECK(shown(std::string(1536, '\x01')) == "[1.5K blob data]");
    CHECK(formatted("bell\a", LogStyle::Short, true).ends_with(": bell\a"));
}

TEST_CASE("formats are known by systemd's names") {
    CHECK(log_style_from("short-iso") == LogStyle::ShortIso);
    CHECK_FALSE(log_style_from("fancy"));
}

TEST_CASE("as JSON a line has the fields that are known of it") {
    CHECK(formatted("q\"", LogStyle::Json) ==
          "{\"__REALTIME_TIMESTAMP\":\"1795361277123456\",\"_HOSTNAME\":\"box\","
          "\"PRIORITY\":\"6\",\"SYSLOG_IDENTIFIER\":\"nginx\",\"_PID\":\"12\","
          "\"MESSAGE\":\"q\\\"\"}");
    CHECK(formatted("\x01x", LogStyle::Json).ends_with("\"MESSAGE\":[1,120]}"));
    CHECK(formatted("\x01", LogStyle::JsonPretty).ends_with("\t\"MESSAGE\" : [\n\t\t1\n\t]\n}"));
    std::string big(5000, 'x');
    CHECK(formatted(big, LogStyle::Json).ends_with("\"MESSAGE\":null}"));
    CHECK(formatted(big, LogStyle::Json, true).ends_with("x\"}"));
    CHECK(formatted("hi", LogStyle::JsonSse).starts_with("data: {"));
    CHECK(formatted("hi", LogStyle::JsonSse).ends_with("}\n"));
    CHECK(formatted("hi", LogStyle::JsonSeq).starts_with("\x1e{"));
}
