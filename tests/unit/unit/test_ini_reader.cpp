#include "unit/syntax/ini_reader.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "table.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

constexpr std::array<std::string_view, 3> sections = {"Unit", "Service", "Install"};

// What a text reads as: "section|key|value|line" per assignment, the warnings, the errno or 0.
struct Outcome {
    std::vector<std::string> assignments;
    std::vector<std::string> warnings;
    int error = 0;
};

Outcome outcome_of(std::string_view text, std::span<const std::string_view> known = sections) {
    Outcome outcome;
    auto read = read_ini(
        text, "a.service", known,
        [&](const IniAssignment& a) {
            outcome.assignments.push_back(cat(a.section, "|", a.key, "|", a.value, "|", a.line));
        },
        [&](std::string_view warning) { outcome.warnings.emplace_back(warning); });
    if (!read) outcome.error = read.error().code;
    return outcome;
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("the table of files reads as systemd reads it") {
    std::array<std::string_view, 1> known = {"Section"};
    for (const auto& row : read_table("config-file.tsv")) {
        CAPTURE(row[0]);
        std::string value;
        auto outcome = read_ini(
            row[0], "x", known,
            [&](const IniAssignment& a) {
                if (a.key == "setting1") value = a.value;
            },
            nullptr);
        CHECK(outcome);
        CHECK(value == row[1]);
    }
}

TEST_CASE("white space around section, key and value is taken off, and a value is verbatim") {
    auto outcome = outcome_of("\t [Service] \n\t ExecStart\t=\t/bin/a ; b : c = d # \"e\"\t\nA=\n");
    CHECK(outcome.assignments ==
          Lines{"Service|ExecStart|/bin/a ; b : c = d # \"e\"|2", "Service|A||3"});
    CHECK(outcome.warnings.empty());
}

TEST_CASE("keys that are no directive's come back whole, however odd and long") {
    std::string key = "a:b ;c [" + std::string(500, 'x');
    auto outcome = outcome_of("[Unit]\n" + key + " = 1\n;k=2\n#k=3\n?=4\nX-a=5\n");
    CHECK(outcome.assignments == Lines{"Unit|" + key + "|1|2", "Unit|?|4|5", "Unit|X-a|5|6"});
}

TEST_CASE("a backslash continues a line over comments, and the last line gives the number") {
    auto outcome = outcome_of(
        "[Unit]\nA=a\\\n#c\\\n  ; c\n b \\\n\n[Service]\nFoo=1\\\n2\\\\\nBar=\\\\\\\n3\nEnd=\\");
    CHECK(outcome.assignments == Lines{"Unit|A|a  b|6", "Service|Foo|1 2\\\\|9",
                                       "Service|Bar|\\\\ 3|11", "Service|End||13"});
    CHECK(outcome_of("[Uni\\\nt]\n").warnings ==
          Lines{"a.service:2: Unknown section 'Uni t'. Ignoring."});
    CHECK(outcome_of("[Unit]\nfoo\\\nbar\\\nbaz\n").warnings ==
          Lines{"a.service:4: Missing '=', ignoring line."});
}

TEST_CASE("lines end at LF, CR LF, CR, LF CR and NUL") {
    for (std::string_view text : {"[Unit]\nA=1\n\nB=2", "[Unit]\r\nA=1\r\n\r\nB=2",
                                  "[Unit]\rA=1\r\rB=2", "[Unit]\n\rA=1\n\r\n\rB=2\n\r"}) {
        CAPTURE(text);
        CHECK(outcome_of(text).assignments == Lines{"Unit|A|1|2", "Unit|B|2|4"});
    }
    using namespace std::string_view_literals;
    CHECK(outcome_of("[Unit]\nA=1\0B=2\n\0\0C=3\nD=4\0\n\r\0E=5"sv).assignments ==
          Lines{"Unit|A|1|2", "Unit|B|2|3", "Unit|C|3|5", "Unit|D|4|6", "Unit|E|5|8"});
}

TEST_CASE("one byte order mark is taken off, but not before a comment is looked for") {
    CHECK(outcome_of("\xef\xbb\xbf[Unit]\nA=1\n").assignments == Lines{"Unit|A|1|2"});
    CHECK(outcome_of("# x\n\xef\xbb\xbf[Unit]\n\xef\xbb\xbf"
                     "A=1\n")
              .assignments == Lines{"Unit|\xef\xbb\xbf"
                                    "A|1|3"});
    CHECK(outcome_of("\xef\xbb\xbf# x\n[Unit]\nA=1\n").warnings ==
          Lines{"a.service:1: Assignment outside of section. Ignoring."});
}

TEST_CASE("bad lines are warned of in systemd's words and skipped") {
    auto outcome = outcome_of(
        "Foo=1\n[Unit]\nA=1\nnoequals\n=nokey\n  = "
        "x\n[X-Foo]\nfoo\nBar=2\n[Socket]\nListen=1\nnope\n"
        "[]\n[unit]\n[Service]\nB=2");
    CHECK(outcome.error == 0);
    CHECK(outcome.assignments == Lines{"Unit|A|1|3", "Service|B|2|16"});
    CHECK(outcome.warnings == Lines{"a.service:1: Assignment outside of section. Ignoring.",
                                    "a.service:4: Missing '=', ignoring line.",
                                    "a.service:5: Missing key name before '=', ignoring line.",
                                    "a.service:6: Missing key name before '=', ignoring line.",
                                    "a.service:10: Unknown section 'Socket'. Ignoring.",
                                    "a.service:13: Unknown section ''. Ignoring.",
                                    "a.service:14: Unknown section 'unit'. Ignoring."});
}

TEST_CASE("a bad section header ends the file, and what came before it stands") {
    auto outcome = outcome_of("[Unit]\nA=1\n[Service\nB=2\n");
    CHECK(outcome.error == EBADMSG);
    CHECK(outcome.assignments == Lines{"Unit|A|1|2"});
    CHECK(outcome.warnings == Lines{"a.service:3: Invalid section header '[Service'"});
    CHECK(outcome_of("[\n").warnings == Lines{"a.service:1: Invalid section header '['"});
    CHECK(outcome_of("[Unit]x\n").warnings ==
          Lines{"a.service:1: Invalid section header '[Unit]x'"});
    CHECK(outcome_of("[Ser\"vice]\n").warnings ==
          Lines{"a.service:1: Bad characters in section header '[Ser\"vice]'"});
}

TEST_CASE("a line that is not UTF-8 ends the file, even in a section nobody reads") {
    auto outcome = outcome_of("[Unit]\nA=1\n[X-Foo]\nB=\xc3\xbc\xff\xfe x\nC=1\n");
    CHECK(outcome.error == EINVAL);
    CHECK(outcome.assignments == Lines{"Unit|A|1|2"});
    CHECK(outcome.warnings == Lines{"a.service:4: String is not UTF-8 clean, ignoring assignment: "
                                    "B=\xc3\xbc\xef\xbf\xbd\xef\xbf\xbd x"});
    CHECK(outcome_of("# \xff\n[Unit]\nA=1\n").error == 0);
}

TEST_CASE("a line may be long, but not a mebibyte") {
    constexpr size_t mebibyte = 1 << 20;
    for (size_t length : {size_t{8192}, mebibyte - 3}) {
        auto outcome = outcome_of("[Unit]\nA=" + std::string(length, 'x') + "\n");
        CHECK(outcome.error == 0);
        CHECK(outcome.assignments == Lines{"Unit|A|" + std::string(length, 'x') + "|2"});
    }
    CHECK(outcome_of("[Unit]\nA=" + std::string(mebibyte - 2, 'x') + "\n").error == ENOBUFS);
    std::string continued = "[Unit]\nA=";
    for (int i = 0; i < 1050; ++i) continued += std::string(1000, 'x') + "\\\n";
    CHECK(outcome_of(continued + "\n").error == ENOBUFS);
}

TEST_CASE("a file of 100,000 lines is read whole") {
    std::string text = "[Unit]\n";
    for (int i = 0; i < 100'000; ++i) text += "Wants=a.service\n";
    auto outcome = outcome_of(text);
    CHECK(outcome.assignments.size() == 100'000);
    CHECK(outcome.assignments.back() == "Unit|Wants|a.service|100001");
}
