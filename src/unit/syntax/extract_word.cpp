#include "unit/syntax/extract_word.hpp"

#include <cerrno>

#include "unit/syntax/escape.hpp"

namespace sctl {
namespace {

// Reads one word. `at` always points to the next character not dealt with; quote is 0 outside
// quotes.
class WordScan {
  public:
    WordScan(std::string_view text, const WordRules& rules) : text_(text), rules_(rules) {}

    enum class End {
        Text,      // the text is used up
        Separator, // a separator ended the word and has been skipped, or left, as the rules say
        Nothing,   // there was no word
        Invalid,
    };
    End run();

    std::string word;
    size_t at = 0;

  private:
    bool is_separator(char c) const { return rules_.separators.find(c) != std::string_view::npos; }
    bool starts_quote(char c) const {
        return (c == '\'' || c == '"') && (rules_.unquote || rules_.keep_quotes);
    }
    // At the separator that ended a word: skips what the rules want skipped.
    End end_at_separator();
    // After a backslash. False for an escape that the rules do not allow.
    bool take_escape();
    // A backslash was the last character.
    End end_in_escape();

    std::string_view text_;
    const WordRules& rules_;
    char quote_ = 0;
};

WordScan::End WordScan::end_at_separator() {
    if (rules_.keep_separators) return End::Separator;
    if (rules_.empty_words) {
        ++at;
        return End::Separator;
    }
    while (at < text_.size() && is_separator(text_[at])) ++at;
    return at == text_.size() ? End::Text : End::Separator;
}

bool WordScan::take_escape() {
    char c = text_[at];
    if (!rules_.unescape && !rules_.unescape_separators) {
        // With keep_bad_escapes alone an escape still only drops its backslash.
        word += c;
        ++at;
        return true;
    }
    if (rules_.unescape) {
        if (auto escape = unescape_one(text_.substr(at))) {
            escape->append_to(word);
            at += escape->length;
            return true;
        }
    }
    if (rules_.unescape_separators && (is_separator(c) || c == '\\')) {
        word += c;
    } else if (rules_.keep_bad_escapes) {
        word += '\\';
        word += c;
    } else {
        return false;
    }
    ++at;
    return true;
}

WordScan::End WordScan::end_in_escape() {
    if (rules_.keep_bad_escapes && (quote_ == 0 || rules_.relaxed)) {
        word += '\\';
        return End::Text;
    }
    return rules_.relaxed ? End::Text : End::Invalid;
}

WordScan::End WordScan::run() {
    while (at < text_.size() && is_separator(text_[at])) {
        if (rules_.empty_words) return end_at_separator();
        ++at;
    }
    if (at == text_.size()) return rules_.empty_words ? End::Text : End::Nothing;

    while (at < text_.size()) {
        char c = text_[at];
        if (c == '\\' && !rules_.keep_escapes) {
            if (++at == text_.size()) return end_in_escape();
            if (!take_escape()) return End::Invalid;
            continue;
        }
        if (quote_ != 0 ? c == quote_ : starts_quote(c)) {
            quote_ = quote_ != 0 ? 0 : c;
            if (!rules_.unquote) word += c;
        } else if (quote_ == 0 && is_separator(c)) {
            return end_at_separator();
        } else {
            word += c;
        }
        ++at;
    }
    return quote_ == 0 || rules_.relaxed ? End::Text : End::Invalid;
}

} // namespace

Result<std::optional<std::string>> WordReader::next(const WordRules& rules) {
    if (ended_) return std::optional<std::string>();
    WordScan scan(rest_, rules);
    auto end = scan.run();
    auto text = rest_;
    rest_.remove_prefix(scan.at);
    if (end == WordScan::End::Invalid)
        return Error{EINVAL, cat("Unbalanced quotes or unknown escape in: ", text), {}};
    ended_ = end != WordScan::End::Separator;
    if (end == WordScan::End::Nothing) return std::optional<std::string>();
    return std::optional<std::string>(std::move(scan.word));
}

Result<std::vector<std::string>> split_quoted(std::string_view text, const WordRules& rules) {
    std::vector<std::string> words;
    WordReader reader(text);
    while (true) {
        auto word = reader.next(rules);
        if (!word) return word.error();
        if (!*word) return words;
        words.push_back(std::move(**word));
    }
}

} // namespace sctl
