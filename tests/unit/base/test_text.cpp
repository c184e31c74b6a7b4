#include "base/text.hpp"

#include <doctest/doctest.h>

using namespace sctl;

TEST_SUITE_BEGIN("base");

TEST_CASE("trim takes white space off both ends only") {
    CHECK(trim("  a b\t\n") == "a b");
    CHECK(trim(" \t") == "");
}

TEST_CASE("split leaves empty parts out") {
    auto parts = split("  a  b c ");
    REQUIRE(parts.size() == 3);
    CHECK(parts[2] == "c");
    CHECK(split("").empty());
}

TEST_CASE("parse_number refuses what is not wholly a number of the type") {
    CHECK(parse_number<int>("42") == 42);
    CHECK(!parse_number<int>("42x"));
    CHECK(!parse_number<int>(""));
    CHECK(!parse_number<uint8_t>("256"));
    CHECK(!parse_number<unsigned>("-1"));
    CHECK(parse_number<int>("777", 8) == 511);
}

TEST_CASE("UTF-8 is checked for overlong forms, surrogates and truncation") {
    CHECK(is_valid_utf8("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"));
    CHECK(!is_valid_utf8("\xc0\xaf"));
    CHECK(!is_valid_utf8("\xed\xa0\x80"));
    CHECK(!is_valid_utf8("\xe2\x82"));
    CHECK(!is_valid_utf8("\xff"));
    CHECK(!is_valid_utf8("\xef\xbf\xbe")); // U+FFFE
    CHECK(is_valid_utf8("\xef\xbf\xbd"));  // U+FFFD
}

TEST_CASE("cat joins text, characters and numbers") {
    CHECK(cat("a", 'b', 3, uint64_t(4)) == "ab34");
}

TEST_SUITE_END();
