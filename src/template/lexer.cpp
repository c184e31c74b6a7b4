#include "template/lexer.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "base/text.hpp"
#include "template/integer.hpp"
#include "template/print.hpp"
#include "template/string_escapes.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

struct OperatorRow {
    std::string_view text;
    Tok type;
};

// Those of two characters first.
constexpr OperatorRow operator_rows[] = {
    {"//", Tok::FloorDiv}, {"**", Tok::Pow},     {"==", Tok::Eq},    {"!=", Tok::Ne},
    {">=", Tok::GtEq},     {"<=", Tok::LtEq},    {"+", Tok::Add},    {"-", Tok::Sub},
    {"/", Tok::Div},       {"*", Tok::Mul},      {"%", Tok::Mod},    {"~", Tok::Tilde},
    {"[", Tok::LBracket},  {"]", Tok::RBracket}, {"(", Tok::LParen}, {")", Tok::RParen},
    {"{", Tok::LBrace},    {"}", Tok::RBrace},   {">", Tok::Gt},     {"<", Tok::Lt},
    {"=", Tok::Assign},    {".", Tok::Dot},      {":", Tok::Colon},  {"|", Tok::Pipe},
    {",", Tok::Comma},     {";", Tok::Semicolon}};

bool is_digit_of(char c, unsigned base) {
    unsigned value = c >= '0' && c <= '9' ? static_cast<unsigned>(c - '0')
                     : (c | 32) >= 'a' && (c | 32) <= 'f'
                         ? static_cast<unsigned>((c | 32) - 'a' + 10)
                         : 99;
    return value < base;
}

// Digits with single "_" between them: how far they go, from `at`.
size_t digits_end(std::string_view text, size_t at, unsigned base) {
    size_t end = at;
    while (at < text.size()) {
        if (is_digit_of(text[at], base))
            end = ++at;
        else if (text[at] == '_' && end == at && at > 0 && at + 1 < text.size() &&
                 is_digit_of(text[at + 1], base) && is_digit_of(text[at - 1], base))
            at++;
        else
            break;
    }
    return end;
}

String without_underscores(std::string_view text) {
    String out(text);
    std::erase(out, '_');
    return out;
}

class Lexer {
  public:
    Lexer(std::string_view source, const LexerOptions& options)
        : source_(source), options_(options) {}

    Vector<Token> run() {
        while (at_ < source_.size() && !failed_)
            if (!data()) break;
        if (!failed_) add(Tok::Eof, tokens_.empty() ? 1 : tokens_.back().line);
        return std::move(tokens_);
    }

  private:
    // Text up to the next tag, and that tag. False when there is no tag.
    bool data();
    void add_data(size_t end, char sign, bool is_variable);
    // At "{%": the length of a whole raw tag, or 0.
    size_t raw_tag_length(size_t at) const;
    void raw();
    void comment();
    void tag(bool is_variable);
    // True at the end of the tag, which is taken.
    bool tag_end(bool is_variable);
    // One token; false when there is none that could be.
    bool token();
    bool number();
    bool name();
    bool string();
    bool operation();
    void balance(Tok type, char c);

    void add(Tok type, int line, String text = {}) {
        tokens_.push_back({type, line, std::move(text), {}});
    }
    void fail(String message, int line) {
        add(Tok::Error, line, std::move(message));
        failed_ = true;
    }
    void advance(size_t to) {
        line_ += static_cast<int>(std::count(source_.begin() + static_cast<ptrdiff_t>(at_),
                                             source_.begin() + static_cast<ptrdiff_t>(to), '\n'));
        at_ = to;
    }
    size_t skip_space(size_t at) const {
        return source_.size() - strip_left(source_.substr(at)).size();
    }
    bool starts(size_t at, std::string_view text) const {
        return source_.substr(std::min(at, source_.size())).starts_with(text);
    }
    char sign_at(size_t at) const {
        return at < source_.size() && (source_[at] == '-' || source_[at] == '+') ? source_[at] : 0;
    }
    // Behind "%}" or "#}": one newline may belong to it.
    size_t with_trimmed_newline(size_t at) const {
        return options_.trim_blocks && starts(at, "\n") ? at + 1 : at;
    }

    std::string_view source_;
    LexerOptions options_;
    Vector<Token> tokens_;
    String open_; // the brackets that are to be closed
    size_t at_ = 0;
    int line_ = 1;
    bool line_starts_ = true;
    bool failed_ = false;
};

bool Lexer::data() {
    size_t begin = at_;
    for (;; begin++) {
        begin = source_.find('{', begin);
        if (begin == source_.npos || begin + 1 >= source_.size()) {
            add_data(source_.size(), '+', true);
            return false;
        }
        if (strchr("{%#", source_[begin + 1]) != nullptr && source_[begin + 1] != 0) break;
    }
    char kind = source_[begin + 1], sign = sign_at(begin + 2);
    size_t raw_length = kind == '%' ? raw_tag_length(begin) : 0;
    add_data(begin, sign, kind == '{');
    if (raw_length != 0) {
        advance(at_ + raw_length);
        raw();
        return true;
    }
    int line = line_;
    advance(begin + 2 + (sign != 0));
    if (kind == '#') {
        comment();
        return true;
    }
    add(kind == '{' ? Tok::VariableBegin : Tok::BlockBegin, line);
    tag(kind == '{');
    return true;
}

void Lexer::add_data(size_t end, char sign, bool is_variable) {
    std::string_view text = source_.substr(at_, end - at_);
    if (sign == '-') {
        text = strip_right(text);
    } else if (sign != '+' && options_.lstrip_blocks && !is_variable) {
        size_t start = text.rfind('\n') + 1;
        bool at_start = start > 0 || line_starts_;
        if (at_start && start < text.size() && strip(text.substr(start)).empty())
            text = text.substr(0, start);
    }
    if (!text.empty()) add(Tok::Data, line_, String(text));
    advance(end);
}

size_t Lexer::raw_tag_length(size_t at) const {
    size_t end = at + 2;
    if (sign_at(end) != 0) end++;
    end = skip_space(end);
    if (!starts(end, "raw")) return 0;
    end = skip_space(end + 3);
    if (starts(end, "-%}")) return skip_space(end + 3) - at;
    return starts(end, "%}") ? end + 2 - at : 0;
}

void Lexer::raw() {
    if (at_ >= source_.size()) return;
    line_starts_ = source_[at_ - 1] == '\n';
    for (size_t begin = at_;; begin++) {
        begin = source_.find("{%", begin);
        if (begin == source_.npos) return fail("Missing end of raw directive", line_);
        char sign = sign_at(begin + 2);
        size_t end = skip_space(begin + 2 + (sign != 0));
        if (!starts(end, "endraw")) continue;
        end = skip_space(end + 6);
        bool strips = starts(end, "-%}");
        if (strips || starts(end, "+%}")) end++;
        if (!starts(end, "%}")) continue;
        bool plain = source_[end - 1] != '+';
        end += 2;
        add_data(begin, sign, false);
        advance(strips ? skip_space(end) : plain ? with_trimmed_newline(end) : end);
        line_starts_ = source_[at_ - 1] == '\n';
        return;
    }
}

void Lexer::comment() {
    if (at_ >= source_.size()) return;
    size_t end = source_.find("#}", at_);
    if (end == source_.npos) return fail("Missing end of comment tag", line_);
    char sign = end > at_ ? source_[end - 1] : 0;
    end += 2;
    advance(sign == '-' ? skip_space(end) : sign == '+' ? end : with_trimmed_newline(end));
    line_starts_ = source_[at_ - 1] == '\n';
}

void Lexer::tag(bool is_variable) {
    open_.clear();
    while (at_ < source_.size() && !failed_) {
        if (open_.empty() && tag_end(is_variable)) return;
        if (size_t end = skip_space(at_); end != at_) {
            advance(end);
            continue;
        }
        if (token()) continue;
        size_t next = at_;
        String quoted;
        (void)next_char(source_, next);
        append_str_repr(quoted, source_.substr(at_, next - at_));
        size_t position = count_code_points(source_.substr(0, at_));
        fail(joined("unexpected char ", quoted, " at ", position), line_);
    }
}

bool Lexer::tag_end(bool is_variable) {
    std::string_view closing = is_variable ? "}}" : "%}";
    char sign = sign_at(at_);
    if (sign == '+' && is_variable) return false;
    size_t begin = at_ + (sign != 0);
    if (!starts(begin, closing)) return false;
    size_t end = begin + 2;
    int line = line_;
    if (sign == '-')
        end = skip_space(end);
    else if (sign == 0 && !is_variable)
        end = with_trimmed_newline(end);
    add(is_variable ? Tok::VariableEnd : Tok::BlockEnd, line);
    advance(end);
    line_starts_ = source_[at_ - 1] == '\n';
    return true;
}

bool Lexer::token() {
    return number() || name() || string() || operation();
}

bool Lexer::number() {
    if (!is_digit_of(source_[at_], 10)) return false;
    int line = line_;
    std::string_view rest = source_.substr(at_);
    size_t end = digits_end(rest, 0, 10);
    bool after_dot = at_ > 0 && source_[at_ - 1] == '.';
    size_t whole = end;
    bool is_float = false;
    if (!after_dot) {
        if (end + 1 < rest.size() && rest[end] == '.' && is_digit_of(rest[end + 1], 10)) {
            end = digits_end(rest, end + 1, 10);
            is_float = true;
        }
        size_t exponent = end + 1;
        if (end < rest.size() && (rest[end] | 32) == 'e') {
            if (exponent < rest.size() && (rest[exponent] == '-' || rest[exponent] == '+'))
                exponent++;
            if (exponent < rest.size() && is_digit_of(rest[exponent], 10)) {
                end = digits_end(rest, exponent, 10);
                is_float = true;
            }
        }
    }
    Token made{is_float ? Tok::Float : Tok::Integer, line, {}, {}};
    if (is_float) {
        made.number = Value(strtod(without_underscores(rest.substr(0, end)).c_str(), nullptr));
    } else {
        unsigned base = 10;
        size_t start = 0;
        end = whole;
        char letter = rest.size() > 1 && rest[0] == '0' ? static_cast<char>(rest[1] | 32) : '\0';
        if (letter == 'x' || letter == 'o' || letter == 'b') {
            unsigned other = letter == 'x' ? 16 : letter == 'o' ? 8 : 2;
            size_t first = rest.size() > 2 && rest[2] == '_' ? 3 : 2;
            size_t other_end = digits_end(rest, first, other);
            if (other_end > first) {
                base = other;
                start = first;
                end = other_end;
            }
        }
        // A zero is followed by zeros only.
        if (base == 10 && rest[0] == '0') {
            end = 1;
            while (end < rest.size() &&
                   (rest[end] == '0' ||
                    (rest[end] == '_' && end + 1 < rest.size() && rest[end + 1] == '0')))
                end++;
        }
        String digits = without_underscores(rest.substr(start, end - start));
        if (base == 10 && digits.size() > 4300) {
            fail("Exceeds the limit (4300 digits) for integer string conversion", line);
            return true;
        }
        made.number = *parse_int(digits, base);
    }
    made.text = rest.substr(0, end);
    tokens_.push_back(std::move(made));
    advance(at_ + end);
    return true;
}

bool Lexer::name() {
    size_t end = at_;
    while (end < source_.size()) {
        size_t next = end;
        char32_t c = next_char(source_, next);
        if (c != '_' && !is_alnum(c)) break;
        end = next;
    }
    if (end == at_) return false;
    size_t first = at_;
    char32_t c = next_char(source_, first);
    if (c != '_' && !is_alpha(c))
        fail("Invalid character in identifier", line_);
    else
        add(Tok::Name, line_, String(source_.substr(at_, end - at_)));
    advance(end);
    return true;
}

bool Lexer::string() {
    char quote = source_[at_];
    if (quote != '"' && quote != '\'') return false;
    size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != quote) end += source_[end] == '\\' ? 2 : 1;
    if (end >= source_.size()) return false;
    String value;
    String problem = unescape_string(source_.substr(at_ + 1, end - at_ - 1), value);
    if (!problem.empty())
        fail(std::move(problem), line_);
    else
        add(Tok::String, line_, std::move(value));
    advance(end + 1);
    return true;
}

bool Lexer::operation() {
    for (const OperatorRow& row : operator_rows) {
        if (!starts(at_, row.text)) continue;
        balance(row.type, row.text[0]);
        if (!failed_) add(row.type, line_, String(row.text));
        at_ += row.text.size();
        return true;
    }
    return false;
}

void Lexer::balance(Tok type, char c) {
    if (type == Tok::LBrace)
        open_ += '}';
    else if (type == Tok::LParen)
        open_ += ')';
    else if (type == Tok::LBracket)
        open_ += ']';
    if (type != Tok::RBrace && type != Tok::RParen && type != Tok::RBracket) return;
    if (open_.empty()) return fail(joined("unexpected '", c, "'"), line_);
    char expected = open_.back();
    open_.pop_back();
    if (expected != c) fail(joined("unexpected '", c, "', expected '", expected, "'"), line_);
}

} // namespace

String with_plain_newlines(std::string_view source) {
    String out;
    out.reserve(source.size());
    for (size_t i = 0; i < source.size(); i++) {
        if (source[i] != '\r')
            out += source[i];
        else if (i + 1 == source.size() || source[i + 1] != '\n')
            out += '\n';
    }
    return out;
}

Vector<Token> tokenize(std::string_view source, const LexerOptions& options) {
    String plain = with_plain_newlines(source);
    if (!options.keep_trailing_newline && plain.ends_with('\n')) plain.pop_back();
    return Lexer(plain, options).run();
}

std::string_view describe(Tok type) {
    switch (type) {
        case Tok::Float: return "float";
        case Tok::Integer: return "integer";
        case Tok::Name: return "name";
        case Tok::String: return "string";
        case Tok::BlockBegin: return "begin of statement block";
        case Tok::BlockEnd: return "end of statement block";
        case Tok::VariableBegin: return "begin of print statement";
        case Tok::VariableEnd: return "end of print statement";
        case Tok::Data: return "template data / text";
        case Tok::Eof:
        case Tok::Error: return "end of template";
        default: break;
    }
    auto row = std::ranges::find(operator_rows, type, &OperatorRow::type);
    return row == std::end(operator_rows) ? "" : row->text;
}

String describe(const Token& token) {
    return token.type == Tok::Name ? token.text : String(describe(token.type));
}

} // namespace sctl::jinja
