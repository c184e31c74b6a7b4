#include "template/str_functions.hpp"

#include <algorithm>
#include <cstring>

#include "base/text.hpp"
#include "template/iterators.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

bool is_cased(char32_t c) {
    return is_lower(c) || is_upper(c) || is_title(c);
}

bool is_line_end(char32_t c) {
    return c == '\n' || c == '\r' || c == '\v' || c == '\f' || (c >= 0x1c && c <= 0x1e) ||
           c == 0x85 || c == 0x2028 || c == 0x2029;
}

} // namespace

String capitalized(std::string_view text) {
    String out;
    size_t at = 0;
    if (!text.empty()) append_title(out, next_char(text, at));
    return out + to_lower(text.substr(at));
}

String titled(std::string_view text) {
    String out;
    bool after_cased = false;
    for (size_t at = 0; at < text.size();) {
        char32_t c = next_char(text, at);
        if (after_cased)
            append_lower(out, c);
        else
            append_title(out, c);
        after_cased = is_cased(c);
    }
    return out;
}

String with_cases_swapped(std::string_view text) {
    String out;
    for (size_t at = 0; at < text.size();) {
        char32_t c = next_char(text, at);
        if (is_upper(c))
            append_lower(out, c);
        else if (is_lower(c))
            append_upper(out, c);
        else
            append_utf8(out, c);
    }
    return out;
}

String centered(std::string_view text, int64_t width, std::string_view fill) {
    auto size = static_cast<int64_t>(count_code_points(text));
    if (width <= size) return String(text);
    int64_t missing = width - size, left = missing / 2 + (missing & width & 1);
    charge(static_cast<uint64_t>(missing) * fill.size());
    String out;
    for (int64_t i = 0; i < left; i++) out += fill;
    out += text;
    for (int64_t i = left; i < missing; i++) out += fill;
    return out;
}

size_t find_text(std::string_view text, std::string_view part, size_t from) {
    if (from > text.size()) return std::string_view::npos;
    if (part.empty()) return from;
    const void* found = memmem(text.data() + from, text.size() - from, part.data(), part.size());
    return found ? static_cast<size_t>(static_cast<const char*>(found) - text.data())
                 : std::string_view::npos;
}

String replaced(std::string_view text, std::string_view from, std::string_view to, int64_t most) {
    String out;
    size_t at = 0;
    while (most != 0) {
        size_t found = find_text(text, from, at);
        if (found == text.npos) break;
        size_t next = found + from.size();
        charge(to.size());
        if (from.empty()) {
            out += to;
            if (at == text.size()) return out;
            next = at;
            (void)next_char(text, next);
            out += text.substr(at, next - at);
        } else {
            out += text.substr(at, found - at);
            out += to;
        }
        at = next;
        if (most > 0) most--;
    }
    return out += text.substr(at);
}

std::string_view strip_chars(std::string_view text, std::string_view chars, bool left, bool right) {
    auto has = [chars](char32_t c) {
        for (size_t at = 0; at < chars.size();)
            if (next_char(chars, at) == c) return true;
        return false;
    };
    while (left && !text.empty()) {
        size_t at = 0;
        if (!has(next_char(text, at))) break;
        text.remove_prefix(at);
    }
    while (right && !text.empty()) {
        size_t end = text.size();
        if (!has(previous_char(text, end))) break;
        text = text.substr(0, end);
    }
    return text;
}

Vector<std::string_view> split_by(std::string_view text, std::string_view separator, int64_t most,
                                  bool from_right) {
    Vector<std::string_view> out;
    while (most != 0) {
        size_t found = from_right ? text.rfind(separator) : find_text(text, separator);
        if (found == text.npos) break;
        charge(sizeof(Value));
        size_t after = found + separator.size();
        out.push_back(from_right ? text.substr(after) : text.substr(0, found));
        text = from_right ? text.substr(0, found) : text.substr(after);
        if (most > 0) most--;
    }
    out.push_back(text);
    if (from_right) std::ranges::reverse(out);
    return out;
}

Vector<std::string_view> split_by_space(std::string_view text, int64_t most, bool from_right) {
    Vector<std::string_view> out;
    for (text = from_right ? strip_right(text) : strip_left(text); !text.empty();) {
        charge(sizeof(Value));
        if (most == 0) {
            out.push_back(text);
            break;
        }
        size_t end = from_right ? text.size() : 0;
        while (from_right ? end > 0 : end < text.size()) {
            size_t next = end;
            if (is_space(from_right ? previous_char(text, next) : next_char(text, next))) break;
            end = next;
        }
        out.push_back(from_right ? text.substr(end) : text.substr(0, end));
        text = from_right ? strip_right(text.substr(0, end)) : strip_left(text.substr(end));
        if (most > 0) most--;
    }
    if (from_right) std::ranges::reverse(out);
    return out;
}

Vector<std::string_view> split_lines(std::string_view text, bool keep_ends) {
    Vector<std::string_view> out;
    size_t start = 0;
    for (size_t at = 0; at < text.size();) {
        size_t end = at;
        char32_t c = next_char(text, at);
        if (!is_line_end(c)) continue;
        if (c == '\r' && at < text.size() && text[at] == '\n') at++;
        charge(sizeof(Value));
        out.push_back(text.substr(start, (keep_ends ? at : end) - start));
        start = at;
    }
    if (start < text.size()) out.push_back(text.substr(start));
    return out;
}

String with_tabs_expanded(std::string_view text, int64_t width) {
    String out;
    int64_t column = 0;
    for (size_t at = 0; at < text.size();) {
        size_t start = at;
        char32_t c = next_char(text, at);
        if (c == '\t') {
            int64_t spaces = width > 0 ? width - column % width : 0;
            charge(static_cast<uint64_t>(spaces));
            out.append(static_cast<size_t>(spaces), ' ');
            column += spaces;
            continue;
        }
        out += text.substr(start, at - start);
        column = c == '\n' || c == '\r' ? 0 : column + 1;
    }
    return out;
}

Values unpack_pair(const Value& value) {
    if (!is_iterable(value))
        type_error({"cannot unpack non-iterable ", type_name(value), " object"});
    Values out = to_values(value);
    if (out.size() < 2)
        value_error({"not enough values to unpack (expected 2, got ", out.size(), ")"});
    if (out.size() > 2) value_error("too many values to unpack (expected 2)");
    return out;
}

bool is_all_cased(std::string_view text, bool upper) {
    bool cased = false;
    for (size_t at = 0; at < text.size();) {
        char32_t c = next_char(text, at);
        if (is_title(c) || (upper ? is_lower(c) : is_upper(c))) return false;
        cased |= upper ? is_upper(c) : is_lower(c);
    }
    return cased;
}

} // namespace sctl::jinja
