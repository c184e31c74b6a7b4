#include "unit/syntax/escape.hpp"

#include <doctest/doctest.h>

#include "table.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

TEST_CASE("text is escaped and unescaped as the table of escapes says") {
    for (const auto& row : read_table("escape.tsv")) {
        CAPTURE(row[0]);
        CAPTURE(row[1]);
        CAPTURE(row[2]);
        std::string got = "no such function";
        if (row[0] == "shell_escape") {
            got = shell_escape(row[1], row[2]);
        } else if (row[0] == "shell_maybe_quote") {
            got = shell_maybe_quote(row[1],
                                    row[2] == "0" ? ShellQuoting::Double : ShellQuoting::Posix);
        } else if (row[0] == "octescape") {
            got = octal_escape(row[1] == "NULL" ? "" : row[1]); // C's null pointer, as no text
        } else if (row[0] == "cunescape") {
            got = c_unescape(row[1], row[2] == "0" ? Unescape::Strict : Unescape::Relaxed)
                      .value_or("!error");
        }
        CHECK(got == row[3]);
    }
}

TEST_CASE("an unknown escape is an error where it is not overlooked") {
    CHECK(!c_unescape("a\\q"));
    CHECK(!c_unescape("a\\"));
    CHECK(!c_unescape("\\x00"));
    CHECK(!c_unescape("\\777"));
    CHECK(!c_unescape("\\ud800"));
    CHECK(*c_unescape("a\\sb") == "a b");
}

TEST_CASE("c_escape leaves printable text alone") {
    CHECK(c_escape("a b") == "a b");
    CHECK(c_escape("a\n\"\x01\xff") == "a\\n\\\"\\001\\377");
    CHECK(*c_unescape(c_escape("a\n\"\x01\xff'\\")) == "a\n\"\x01\xff'\\");
}

TEST_CASE("an empty word is quoted only where it is asked for") {
    CHECK(shell_maybe_quote("") == "");
    CHECK(shell_maybe_quote("", ShellQuoting::DoubleOrEmpty) == "\"\"");
}

TEST_SUITE_END();
