// Words of a line, as systemd splits them (systemd.syntax(7), "Quoting"): at white space or other
// separators, with quotes and escapes as each caller wants them. Everything that splits a setting
// into words goes through here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/text.hpp"

namespace sctl {

struct WordRules {
    std::string_view separators = whitespace;
    // ' and " quote, and are taken off; the quoted text joins the word it stands in.
    bool unquote = false;
    // ' and " quote, and stay in the word.
    bool keep_quotes = false;
    // C escapes are decoded. Without this a backslash is dropped and what follows stays.
    bool unescape = false;
    // "\:" gives ":" where ":" is a separator, and "\\" a backslash.
    bool unescape_separators = false;
    // An unknown escape stays as written, where it would be EINVAL otherwise.
    bool keep_bad_escapes = false;
    // Backslashes are ordinary characters.
    bool keep_escapes = false;
    // A missing end quote, or a backslash at the very end, is overlooked.
    bool relaxed = false;
    // Two separators have an empty word between them.
    bool empty_words = false;
    // The separator that ends a word is left at the start of the rest.
    bool keep_separators = false;
};

class WordReader {
  public:
    explicit WordReader(std::string_view text) : rest_(text) {}

    // The next word, nothing at the end. After EINVAL the rest begins where reading failed.
    [[nodiscard]] Result<std::optional<std::string>> next(const WordRules& rules = {});

    // What is not read yet. May be set: to try again with other rules, or to skip.
    [[nodiscard]] std::string_view rest() const noexcept { return rest_; }
    void set_rest(std::string_view rest) noexcept {
        rest_ = rest;
        ended_ = false;
    }

  private:
    std::string_view rest_;
    bool ended_ = false; // no further word, not even an empty one
};

// All words of a setting. The rules are those of most lists in unit files: quotes come off,
// backslashes stay. EINVAL for unbalanced quotes.
[[nodiscard]] Result<std::vector<std::string>> split_quoted(
    std::string_view text, const WordRules& rules = {.unquote = true, .keep_escapes = true});

} // namespace sctl
