#include "base/text.hpp"

#include <fnmatch.h>
#include <strings.h>

#include <algorithm>

namespace sctl {

std::string_view trim_start(std::string_view text, std::string_view chars) {
    auto first = text.find_first_not_of(chars);
    return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

std::string_view trim_end(std::string_view text, std::string_view chars) {
    auto last = text.find_last_not_of(chars);
    return last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1);
}

std::string_view trim(std::string_view text, std::string_view chars) {
    return trim_end(trim_start(text, chars), chars);
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    while (true) {
        text = trim_start(text, separators);
        if (text.empty()) return parts;
        auto end = text.find_first_of(separators);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end);
    }
}

std::string_view take_digits(std::string_view& rest) {
    auto digits = rest.substr(0, rest.find_first_not_of("0123456789"));
    rest.remove_prefix(digits.size());
    return digits;
}

bool contains(const std::vector<std::string>& list, std::string_view text) {
    return std::ranges::find(list, text) != list.end();
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
    std::string out;
    for (const auto& part : parts) {
        if (&part != &parts.front()) out.append(separator);
        out.append(part);
    }
    return out;
}

std::string text_detail::join_pieces(std::initializer_list<Piece> pieces) {
    size_t size = 0;
    for (const Piece& piece : pieces) size += piece.text().size();
    std::string out;
    out.reserve(size);
    for (const Piece& piece : pieces) out += piece.text();
    return out;
}

namespace {

// The character at the start of `text` and its length; length 0 for what is none.
struct Character {
    unsigned code = 0;
    size_t length = 0;
};

Character first_character(std::string_view text) {
    auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    unsigned char lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || length > text.size()) return {};
    unsigned code = lead & (0x7F >> length);
    for (size_t k = 1; k < length; ++k) {
        if ((byte(k) & 0xC0) != 0x80) return {};
        code = code << 6 | (byte(k) & 0x3F);
    }
    bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    bool no_character = (code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE;
    if (overlong || surrogate || no_character || code > 0x10FFFF) return {};
    return {code, length};
}

bool is_control_code(unsigned code) {
    return code < ' ' || (code >= 0x7F && code <= 0x9F);
}

} // namespace

bool is_valid_utf8(std::string_view text) {
    while (!text.empty()) {
        auto first = first_character(text);
        if (first.length == 0) return false;
        text.remove_prefix(first.length);
    }
    return true;
}

bool is_printable(std::string_view text) {
    while (!text.empty()) {
        auto [code, length] = first_character(text);
        bool is_layout = code == '\n' || code == '\t';
        if (length == 0 || (is_control_code(code) && !is_layout)) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string escape_unprintable(std::string_view text, std::string_view kept) {
    std::string out;
    while (!text.empty()) {
        auto [code, length] = first_character(text);
        auto part = text.substr(0, std::max<size_t>(length, 1));
        bool is_kept = kept.find(part[0]) != kept.npos;
        if (is_kept || (length > 0 && !is_control_code(code))) {
            out += part;
        } else {
            for (char c : part) {
                auto byte = static_cast<unsigned char>(c);
                auto digit = [byte](int shift) {
                    return static_cast<char>('0' + (byte >> shift & 7));
                };
                out += {'\\', digit(6), digit(3), digit(0)};
            }
        }
        text.remove_prefix(part.size());
    }
    return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool matches_glob(std::string_view pattern, std::string_view text) {
    // Most differ in what stands before the first wildcard.
    size_t plain = 0;
    for (; plain < pattern.size(); ++plain) {
        char c = pattern[plain];
        if (c == '*' || c == '?' || c == '[' || c == '\\') break;
        if (plain == text.size() || c != text[plain]) return false;
    }
    if (plain == pattern.size()) return plain == text.size();
    if (pattern.substr(plain) == "*") return true;
    return fnmatch(std::string(pattern).c_str(), std::string(text).c_str(), 0) == 0;
}

bool is_glob(std::string_view text) {
    return text.find_first_of("*?[") != std::string_view::npos;
}

} // namespace sctl
