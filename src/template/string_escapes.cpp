#include "template/string_escapes.hpp"

#include <cstdio>

#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

struct EscapeRow {
    char letter;
    char value;
};

constexpr EscapeRow escape_rows[] = {{'\\', '\\'}, {'\'', '\''}, {'"', '"'},  {'a', '\a'},
                                     {'b', '\b'},  {'f', '\f'},  {'n', '\n'}, {'r', '\r'},
                                     {'t', '\t'},  {'v', '\v'}};

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if ((c | 32) >= 'a' && (c | 32) <= 'f') return (c | 32) - 'a' + 10;
    return -1;
}

// \xXX, \uXXXX, \UXXXXXXXX: `at` is behind the letter.
String hex_escape(std::string_view written, size_t& at, char letter, String& value) {
    int digits = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
    uint64_t code = 0;
    for (int i = 0; i < digits; i++, at++) {
        int digit = at < written.size() ? hex_digit(written[at]) : -1;
        if (digit < 0)
            return letter == 'x'   ? "truncated \\xXX escape"
                   : letter == 'u' ? "truncated \\uXXXX escape"
                                   : "truncated \\UXXXXXXXX escape";
        code = code * 16 + static_cast<unsigned>(digit);
    }
    if (code > 0x10ffff) return "illegal Unicode character";
    append_utf8(value, static_cast<char32_t>(code));
    return {};
}

// Behind a backslash that means nothing there: it stays. A character beyond ASCII has become an
// escape itself by then, so its code in digits stays, too.
void keep_backslash(std::string_view written, size_t& at, String& value) {
    value += '\\';
    auto byte = static_cast<unsigned char>(written[at]);
    if (byte < 0x80) {
        value += written[at++];
        return;
    }
    char32_t c = next_char(written, at);
    char text[16];
    snprintf(text, sizeof text,
             c < 0x100     ? "x%02x"
             : c < 0x10000 ? "u%04x"
                           : "U%08x",
             static_cast<unsigned>(c));
    value += text;
}

} // namespace

String unescape_string(std::string_view written, String& value) {
    for (size_t at = 0; at < written.size();) {
        char c = written[at++];
        if (c != '\\' || at == written.size()) {
            value += c;
            continue;
        }
        char letter = written[at];
        if (letter == '\n') {
            at++;
            continue;
        }
        if (letter == 'x' || letter == 'u' || letter == 'U') {
            at++;
            String problem = hex_escape(written, at, letter, value);
            if (!problem.empty()) return problem;
            continue;
        }
        if (letter == 'N') {
            bool named = at + 1 < written.size() && written[at + 1] == '{' &&
                         written.find('}', at) != written.npos;
            return named ? "unknown Unicode character name" : "malformed \\N character escape";
        }
        if (letter >= '0' && letter <= '7') {
            char32_t code = 0;
            for (int i = 0;
                 i < 3 && at < written.size() && written[at] >= '0' && written[at] <= '7'; i++)
                code = code * 8 + static_cast<char32_t>(written[at++] - '0');
            append_utf8(value, code);
            continue;
        }
        bool known = false;
        for (const EscapeRow& row : escape_rows)
            if (row.letter == letter) {
                value += row.value;
                known = true;
            }
        if (known)
            at++;
        else
            keep_backslash(written, at, value);
    }
    return {};
}

} // namespace sctl::jinja
