#include <doctest/doctest.h>

#include <vector>

#include "journal/log_line.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("journal");

namespace {

std::vector<std::string> lines_of(const std::vector<std::string>& pieces, bool ended = true) {
    LineSplitter splitter;
    std::vector<std::string> lines;
    auto each = [&](std::string_view line) { lines.emplace_back(line); };
    for (const auto& piece : pieces) splitter.feed(piece, each);
    if (ended) splitter.finish(each);
    return lines;
}

std::string written(std::string_view text, int priority = 6) {
    std::string out;
    append_log_line(out, "2026-11-22T15:27:57.123456Z", priority, "nginx[12]: ", text);
    return out;
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("a line that comes in several pieces is one line") {
    CHECK(lines_of({"one\ntw", "", "o", "\nthree"}) == Lines{"one", "two", "three"});
    CHECK(lines_of({"one\ntw", "o"}, false) == Lines{"one"});
    CHECK(lines_of({"\n\na\n"}) == Lines{"", "", "a"});
}

TEST_CASE("a line that is too long is cut") {
    std::string much(LineSplitter::longest_line + 10, 'x');
    auto lines = lines_of({much.substr(0, 100), much.substr(100), "\nnext\n"});
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].size() == LineSplitter::longest_line);
    CHECK(lines[1] == "xxxxxxxxxx");
    CHECK(lines[2] == "next");
}

TEST_CASE("a priority in front of a line is taken off") {
    auto taken = [](std::string_view text) {
        int priority = take_priority(text);
        return std::pair(priority, std::string(text));
    };
    CHECK(taken("<3>bad") == std::pair(3, std::string("bad")));
    CHECK(taken("<7>") == std::pair(7, std::string()));
    CHECK(taken("<8>bad") == std::pair(6, std::string("<8>bad")));
    CHECK(taken("<a>b") == std::pair(6, std::string("<a>b")));
    CHECK(taken("<3") == std::pair(6, std::string("<3")));
}

TEST_CASE("a line of a log file reads as docs/formats.md says") {
    CHECK(format_log_stamp(Span(1795361277123456)) == "2026-11-22T15:27:57.123456Z");
    CHECK(format_log_source("nginx", 12) == "nginx[12]: ");
    CHECK(format_log_source("my prog\n", 0) == "my_prog_: ");
    CHECK(written("hello", 3) == "2026-11-22T15:27:57.123456Z 3 nginx[12]: hello\n");
}

TEST_CASE("control characters are escaped, other text is left for grep") {
    CHECK(written("a\tb \\n C:\\dir \xc3\xa9").ends_with(": a\tb \\n C:\\dir \xc3\xa9\n"));
    CHECK(written("\x1b[31mred\r").ends_with(": \\x1b[31mred\\x0d\n"));
    CHECK(written("\\x41").ends_with(": \\x5cx41\n"));
}

TEST_CASE("a control character is escaped wherever in a line it stands") {
    const std::string plain = "2f \xc3\xa9\xe2\x82\xac\xff \ttabs [and] more ~ than eight bytes";
    CHECK(written(plain).ends_with(plain + "\n"));
    for (size_t at = 0; at < plain.size(); ++at) {
        for (char odd : {'\0', '\x1b', '\x1f', '\x7f'}) {
            std::string line = plain;
            line[at] = odd;
            CHECK(written(line).find(odd) == std::string::npos);
            CHECK(written(line).find("\\x") != std::string::npos);
        }
    }
}

TEST_CASE("what was written is read back as it was") {
    for (std::string text :
         {"hello", "", "a: b: c", "\x1b[0m\x7f\x01\t", "\\x41\\", "\\x", "x[3]: y"}) {
        auto line = written(text, 4);
        line.pop_back();
        auto read = parse_log_line(line);
        REQUIRE(read);
        CHECK(*read == LogLine{Span(1795361277123456), 4, "nginx", 12, text});
    }
    auto unknown = parse_log_line("2026-11-22T15:27:57.123456Z 6 cron: x");
    REQUIRE(unknown);
    CHECK(unknown->identifier == "cron");
    CHECK(unknown->pid == 0);
}

TEST_CASE("what is no line of ours is not taken for one") {
    for (std::string_view line :
         {"", "garbage", "2026-11-22T15:27:57.123456Z", "2026-11-22T15:27:57.123456Z 6 ",
          "2026-11-22T15:27:57.123456Z 9 a: b", "2026-13-22T15:27:57.123456Z 6 a: b",
          "2026-11-22 15:27:57.123456Z 6 a: b", "2026-11-22T15:27:57.123456Z 6 a"}) {
        CHECK_FALSE(parse_log_line(line));
    }
}
