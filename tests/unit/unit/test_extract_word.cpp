#include "unit/syntax/extract_word.hpp"

#include <doctest/doctest.h>

#include "table.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

// The rules in the words of the table.
WordRules rules_from(const std::string& flags, const std::string& separators) {
    WordRules rules;
    if (separators != "default") rules.separators = separators;
    for (auto flag : split(flags, "|")) {
        if (flag == "EXTRACT_UNQUOTE")
            rules.unquote = true;
        else if (flag == "EXTRACT_RELAX")
            rules.relaxed = true;
        else if (flag == "EXTRACT_CUNESCAPE")
            rules.unescape = true;
        else if (flag == "EXTRACT_UNESCAPE_RELAX")
            rules.keep_bad_escapes = true;
        else if (flag == "EXTRACT_DONT_COALESCE_SEPARATORS")
            rules.empty_words = true;
        else
            REQUIRE(flag == "0");
    }
    return rules;
}

} // namespace

TEST_CASE("words come out as the table of words says") {
    for (const auto& row : read_table("extract-word.tsv")) {
        CAPTURE(row[1]);
        CAPTURE(row[3]);
        WordReader reader(row[1]);
        auto word = reader.next(rules_from(row[3], row[2]));
        if (row[4] == "!EINVAL") {
            CHECK(!word);
            if (!row[5].empty()) CHECK(reader.rest() == row[5]);
        } else if (row[4] == "end") {
            CHECK((word && !*word));
        } else {
            REQUIRE((word && *word));
            CHECK(**word == row[4]);
            CHECK(reader.rest() == row[5]);
        }
    }
}

TEST_CASE("a separator at the end leaves one empty word where empty words count") {
    WordRules rules{.separators = ":", .empty_words = true};
    CHECK(*split_quoted("a::b:", rules) == std::vector<std::string>{"a", "", "b", ""});
    CHECK(*split_quoted("", rules) == std::vector<std::string>{""});
}

TEST_CASE("words of a setting lose their quotes and keep their backslashes") {
    CHECK(*split_quoted("a \"b c\" d\\x20e 'f'g") ==
          std::vector<std::string>{"a", "b c", "d\\x20e", "fg"});
    CHECK(split_quoted("  ")->empty());
    CHECK(!split_quoted("a \"b"));
}

TEST_CASE("escaped separators stay in the word") {
    WordRules rules{.separators = ":", .unescape_separators = true};
    CHECK(*split_quoted("a\\:b:c\\\\", rules) == std::vector<std::string>{"a:b", "c\\"});
    CHECK(!split_quoted("a\\b", rules));
}

TEST_CASE("quotes and the separator stay where they are asked to") {
    WordReader reader("'a b'=c");
    CHECK(**reader.next({.separators = "=", .keep_quotes = true, .keep_separators = true}) ==
          "'a b'");
    CHECK(reader.rest() == "=c");
}

TEST_SUITE_END();
