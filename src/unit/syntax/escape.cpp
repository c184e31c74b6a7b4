#include "unit/syntax/escape.hpp"

#include <cerrno>

#include "base/text.hpp"

namespace sctl {
namespace {

constexpr std::string_view needs_escape_in_double_quotes = "\"\\`$";
constexpr std::string_view needs_escape_in_posix_quotes = "\\'";
constexpr std::string_view needs_quotes = "\"\\`$*?['()<>|&;! \t\n\r";

bool contains(std::string_view chars, char c) {
    return chars.find(c) != std::string_view::npos;
}

bool is_control(char c) {
    return (c >= 0 && c < ' ') || c == 127;
}

// The letter of the escape that stands for `c`, 0 if there is none.
char escape_letter(char c) {
    switch (c) {
        case '\a': return 'a';
        case '\b': return 'b';
        case '\f': return 'f';
        case '\n': return 'n';
        case '\r': return 'r';
        case '\t': return 't';
        case '\v': return 'v';
        default: return 0;
    }
}

std::optional<char> letter_meaning(char letter) {
    switch (letter) {
        case 'a': return '\a';
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        case 'v': return '\v';
        case 's': return ' ';
        case '\\':
        case '"':
        case '\'': return letter;
        default: return std::nullopt;
    }
}

void append_octal(std::string& out, char c) {
    auto byte = static_cast<unsigned char>(c);
    out += '\\';
    out += static_cast<char>('0' + (byte >> 6));
    out += static_cast<char>('0' + (byte >> 3 & 7));
    out += static_cast<char>('0' + (byte & 7));
}

void append_escape(std::string& out, char c) {
    if (char letter = escape_letter(c)) {
        out += '\\';
        out += letter;
    } else {
        append_octal(out, c);
    }
}

// The length of the valid UTF-8 character that `text` begins with, 0 if it begins with none.
size_t character_length(std::string_view text) {
    auto lead = static_cast<unsigned char>(text.front());
    size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    return length <= text.size() && is_valid_utf8(text.substr(0, length)) ? length : 0;
}

// Copies `text`, escaping control characters, stray bytes and the characters of `bad`.
void append_shell_escaped(std::string& out, std::string_view text, std::string_view bad) {
    while (!text.empty()) {
        char c = text.front();
        size_t length = character_length(text);
        if (is_control(c) || length == 0) {
            append_escape(out, c);
            length = 1;
        } else {
            if (c == '\\' || contains(bad, c)) out += '\\';
            out += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
}

// The code of `digits` hexadecimal or octal digits at the start of `text`.
std::optional<uint32_t> leading_code(std::string_view text, size_t digits, int base) {
    if (text.size() < digits) return std::nullopt;
    return parse_number<uint32_t>(text.substr(0, digits), base);
}

bool is_character(uint32_t code) {
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    bool no_character = (code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE;
    return code < 0x110000 && !surrogate && !no_character;
}

std::optional<Unescaped> accepted(std::optional<uint32_t> code, bool is_byte, size_t length,
                                  bool accept_nul) {
    if (!code || (*code == 0 && !accept_nul)) return std::nullopt;
    if (is_byte ? *code > 255 : !is_character(*code)) return std::nullopt;
    return Unescaped{*code, is_byte, length};
}

} // namespace

void Unescaped::append_to(std::string& out) const {
    auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
    auto put_rest = [&](int shift) { put(0x80 | (code >> shift & 0x3F)); };
    if (is_byte || code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put_rest(0);
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put_rest(6);
        put_rest(0);
    } else {
        put(0xF0 | code >> 18);
        put_rest(12);
        put_rest(6);
        put_rest(0);
    }
}

std::optional<Unescaped> unescape_one(std::string_view text, bool accept_nul) {
    if (text.empty()) return std::nullopt;
    char kind = text.front();
    if (auto meaning = letter_meaning(kind))
        return Unescaped{static_cast<unsigned char>(*meaning), true, 1};
    auto digits = text.substr(1);
    switch (kind) {
        case 'x': return accepted(leading_code(digits, 2, 16), true, 3, accept_nul);
        case 'u': return accepted(leading_code(digits, 4, 16), false, 5, accept_nul);
        case 'U': return accepted(leading_code(digits, 8, 16), false, 9, accept_nul);
        default: return accepted(leading_code(text, 3, 8), true, 3, accept_nul);
    }
}

Result<std::string> c_unescape(std::string_view text, Unescape mode) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
        } else if (auto escape = unescape_one(text.substr(i + 1), mode == Unescape::WithNul)) {
            escape->append_to(out);
            i += escape->length;
        } else if (mode == Unescape::Relaxed) {
            out += '\\';
        } else {
            return Error{EINVAL, cat("Bad escape sequence: ", text), {}};
        }
    }
    return out;
}

std::string c_escape(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c == '\\' || c == '"' || c == '\'') {
            out += '\\';
            out += c;
        } else if (c < ' ' || c == 127) { // char is signed: bytes from 0x80 on are below ' '
            append_escape(out, c);
        } else {
            out += c;
        }
    }
    return out;
}

std::string octal_escape(std::string_view text) {
    std::string out;
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (byte < ' ' || byte >= 127 || c == '\\' || c == '"')
            append_octal(out, c);
        else
            out += c;
    }
    return out;
}

std::string shell_escape(std::string_view text, std::string_view bad) {
    std::string out;
    append_shell_escaped(out, text, bad);
    return out;
}

std::string shell_maybe_quote(std::string_view text, ShellQuoting quoting) {
    if (text.empty()) return quoting == ShellQuoting::DoubleOrEmpty ? "\"\"" : "";
    bool plain = is_valid_utf8(text);
    for (char c : text) plain = plain && !is_control(c) && !contains(needs_quotes, c);
    if (plain) return std::string(text);

    bool posix = quoting == ShellQuoting::Posix;
    std::string out = posix ? "$'" : "\"";
    append_shell_escaped(out, text,
                         posix ? needs_escape_in_posix_quotes : needs_escape_in_double_quotes);
    out += posix ? '\'' : '"';
    return out;
}

} // namespace sctl
