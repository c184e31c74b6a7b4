#include "template/unicode.hpp"

#include <algorithm>
#include <iterator>
#include <span>

namespace sctl::jinja {
namespace {

// `count` characters from `first`, each `step` from the other, are at `distance` from theirs.
struct CaseRow {
    uint32_t first : 17;
    uint32_t count : 9;
    uint32_t step : 6;
    int32_t distance;
};

// One that becomes several.
struct SpecialCase {
    char16_t from;
    char16_t to[3];
};

#include "template/unicode_tables.inc"

bool in_runs(std::span<const uint8_t> runs, char32_t c) {
    uint32_t start = 0, length = 0;
    bool inside = true;
    for (uint8_t byte : runs) {
        length = length << 7 | (byte & 127);
        if ((byte & 128) != 0) continue;
        start += length;
        length = 0;
        inside = !inside;
        if (c < start) return inside;
    }
    return false;
}

// False where the character has no row.
bool convert(String& out, char32_t c, std::span<const CaseRow> rows,
             std::span<const SpecialCase> specials) {
    for (const SpecialCase& special : specials) {
        if (special.from != c) continue;
        for (char16_t part : special.to)
            if (part != 0) append_utf8(out, part);
        return true;
    }
    auto after = std::ranges::upper_bound(rows, c, {},
                                          [](const CaseRow& row) -> uint32_t { return row.first; });
    // Rows that skip every other character may lie in one another.
    for (int tried = 0; after != rows.begin() && tried < 3; tried++) {
        --after;
        uint32_t distance = c - after->first;
        if (distance % after->step == 0 && distance / after->step < after->count) {
            append_utf8(out, c + static_cast<char32_t>(after->distance));
            return true;
        }
    }
    return false;
}

} // namespace

char32_t next_char(std::string_view text, size_t& at) {
    auto first = static_cast<unsigned char>(text[at++]);
    if (first < 0xc0) return first;
    size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (text.size() - at < more) return first;
    char32_t c = first & (0x3f >> more);
    for (size_t i = 0; i < more; i++)
        c = c << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3f);
    at += more;
    return c;
}

char32_t previous_char(std::string_view text, size_t& end) {
    size_t at = end - 1;
    while (at > 0 && end - at < 4 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) at--;
    end = at;
    return next_char(text, at);
}

void append_utf8(String& out, char32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
        return;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    constexpr unsigned char leads[] = {0, 0xc0, 0xe0, 0xf0};
    out += static_cast<char>(leads[more] | c >> (6 * more));
    while (more-- > 0) out += static_cast<char>(0x80 | (c >> (6 * more) & 0x3f));
}

size_t count_code_points(std::string_view text) {
    size_t count = 0;
    for (char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return count;
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

size_t byte_offset(std::string_view text, size_t index) {
    size_t at = 0;
    for (; at < text.size(); at++) {
        if ((static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) continue;
        if (index-- == 0) return at;
    }
    return at;
}

bool is_printable(char32_t c) {
    return c < 0x80 ? c >= 0x20 && c != 0x7f : in_runs(printable_runs, c);
}

bool is_space(char32_t c) {
    return (c >= 9 && c <= 13) || (c >= 28 && c <= 32) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000;
}

bool is_alpha(char32_t c) {
    return c < 0x80 ? (c | 32) >= 'a' && (c | 32) <= 'z' : in_runs(alpha_runs, c);
}

bool is_decimal(char32_t c) {
    return c < 0x80 ? c >= '0' && c <= '9' : in_runs(decimal_runs, c);
}

bool is_digit(char32_t c) {
    return c < 0x80 ? c >= '0' && c <= '9' : in_runs(digit_runs, c);
}

bool is_numeric(char32_t c) {
    return c < 0x80 ? c >= '0' && c <= '9' : in_runs(numeric_runs, c);
}

bool is_alnum(char32_t c) {
    return is_alpha(c) || is_numeric(c);
}

bool is_lower(char32_t c) {
    return c < 0x80 ? c >= 'a' && c <= 'z' : in_runs(lower_runs, c);
}

bool is_upper(char32_t c) {
    return c < 0x80 ? c >= 'A' && c <= 'Z' : in_runs(upper_runs, c);
}

bool is_title(char32_t c) {
    return c >= 0x80 && in_runs(title_runs, c);
}

void append_upper(String& out, char32_t c) {
    if (c < 0x80)
        out += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    else if (!convert(out, c, upper_cases, upper_cases_special))
        append_utf8(out, c);
}

void append_lower(String& out, char32_t c) {
    if (c < 0x80)
        out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    else if (!convert(out, c, lower_cases, lower_cases_special))
        append_utf8(out, c);
}

void append_title(String& out, char32_t c) {
    if (c < 0x80 || !convert(out, c, title_cases, title_cases_special)) append_upper(out, c);
}

String to_upper(std::string_view text) {
    String out;
    for (size_t at = 0; at < text.size();) append_upper(out, next_char(text, at));
    return out;
}

String to_lower(std::string_view text) {
    String out;
    for (size_t at = 0; at < text.size();) {
        size_t start = at;
        char32_t c = next_char(text, at);
        // A sigma that ends a word is another letter.
        if (c == 0x3a3 && start > 0) {
            size_t before = start, after = at;
            char32_t last = previous_char(text, before);
            bool follows = at < text.size() && is_alpha(next_char(text, after));
            append_utf8(out, is_alpha(last) && !follows ? 0x3c2 : 0x3c3);
            continue;
        }
        append_lower(out, c);
    }
    return out;
}

std::string_view strip_left(std::string_view text) {
    size_t at = 0;
    while (at < text.size()) {
        size_t next = at;
        if (!is_space(next_char(text, next))) break;
        at = next;
    }
    return text.substr(at);
}

std::string_view strip_right(std::string_view text) {
    size_t end = text.size();
    while (end > 0) {
        size_t before = end;
        if (!is_space(previous_char(text, before))) break;
        end = before;
    }
    return text.substr(0, end);
}

std::string_view strip(std::string_view text) {
    return strip_right(strip_left(text));
}

} // namespace sctl::jinja
