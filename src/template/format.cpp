#include "template/format.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/text.hpp"
#include "template/attributes.hpp"
#include "template/containers.hpp"
#include "template/date.hpp"
#include "template/integer.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

constexpr int64_t most_width = 1 << 24;

// [[fill]align][sign][#][0][width][grouping][.precision][type]
struct Spec {
    String fill = " ";
    char align = 0; // < > ^ =
    char sign = '-';
    bool alternate = false;
    bool zeros = false;
    int64_t width = 0;
    char grouping = 0;
    int64_t precision = -1;
    char type = 0;
};

bool is_align(char c) {
    return c == '<' || c == '>' || c == '^' || c == '=';
}

int64_t take_number(std::string_view text, size_t& at, int64_t fallback) {
    if (at >= text.size() || text[at] < '0' || text[at] > '9') return fallback;
    int64_t number = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; at++) {
        number = number * 10 + (text[at] - '0');
        if (number > most_width) value_error("Too many decimal digits in format string");
    }
    return number;
}

Spec read_spec(std::string_view text, std::string_view type) {
    Spec spec;
    size_t at = 0, after_fill = 0;
    if (!text.empty()) (void)next_char(text, after_fill);
    if (after_fill < text.size() && is_align(text[after_fill])) {
        spec.fill = text.substr(0, after_fill);
        spec.align = text[after_fill];
        at = after_fill + 1;
    } else if (!text.empty() && is_align(text[0])) {
        spec.align = text[at++];
    }
    auto take = [&](char c) { return at < text.size() && text[at] == c && ++at; };
    if (at < text.size() && (text[at] == '+' || text[at] == '-' || text[at] == ' '))
        spec.sign = text[at++];
    spec.alternate = take('#');
    if (spec.fill == " " && spec.align == 0 && take('0')) {
        spec.fill = "0";
        spec.zeros = true;
    } else {
        take('0');
    }
    spec.width = take_number(text, at, 0);
    if (at < text.size() && (text[at] == ',' || text[at] == '_')) spec.grouping = text[at++];
    if (take('.')) {
        spec.precision = take_number(text, at, -1);
        if (spec.precision < 0) value_error("Format specifier missing precision");
    }
    if (at + 1 < text.size())
        value_error({"Invalid format specifier '", text, "' for object of type '", type, "'"});
    if (at < text.size()) spec.type = text[at];
    return spec;
}

[[noreturn]] void fail_type(char type, const Value& value) {
    value_error({"Unknown format code '", type, "' for object of type '", type_name(value), "'"});
}

// Separators between groups of digits, which are `digits` up to a point or exponent.
String grouped(std::string_view digits, char separator, size_t group) {
    size_t whole = 0;
    while (whole < digits.size() && (isalnum(static_cast<unsigned char>(digits[whole])) != 0) &&
           digits[whole] != 'e')
        whole++;
    String out;
    for (size_t i = 0; i < whole; i++) {
        if (i != 0 && (whole - i) % group == 0) out += separator;
        out += digits[i];
    }
    return out.append(digits.substr(whole));
}

// Sign, prefix and digits in their width.
String number_in_width(const Spec& spec, String sign, String digits, size_t group) {
    if (spec.grouping != 0) {
        // Zeros are grouped as well.
        while (spec.fill == "0" && (spec.align == 0 || spec.align == '=') &&
               static_cast<int64_t>(sign.size() + grouped(digits, spec.grouping, group).size()) <
                   spec.width) {
            String wider = "0" + digits;
            if (static_cast<int64_t>(sign.size() + grouped(wider, spec.grouping, group).size()) >
                spec.width)
                break;
            digits = std::move(wider);
        }
        digits = grouped(digits, spec.grouping, group);
    }
    char align = spec.align != 0 ? spec.align : spec.zeros ? '=' : '>';
    auto width = static_cast<size_t>(spec.width);
    if (align != '=') return aligned(sign + digits, width, align, spec.fill);
    size_t used = sign.size() + count_code_points(digits);
    if (used < width)
        for (size_t i = width - used; i > 0; i--) sign += spec.fill;
    return sign + digits;
}

String sign_text(bool negative, char sign) {
    return negative ? "-" : sign == '-' ? "" : String(1, sign);
}

String format_float(const Value& value, const Spec& spec) {
    double number = as_double(value);
    char type = spec.type;
    String digits;
    if (type == 0 && spec.precision < 0) {
        digits = float_repr(std::fabs(number));
    } else if (type == 0) {
        digits =
            float_text(std::fabs(number), 'g', static_cast<int>(spec.precision), spec.alternate);
        bool plain = digits.find_first_of(".en") == digits.npos;
        if (plain) digits += ".0";
    } else if (type == '%') {
        digits = float_text(std::fabs(number) * 100, 'f',
                            spec.precision < 0 ? 6 : static_cast<int>(spec.precision)) +
                 "%";
    } else {
        char plain = type == 'n' ? 'g' : type;
        digits =
            float_text(std::fabs(number), plain,
                       spec.precision < 0 ? 6 : static_cast<int>(spec.precision), spec.alternate);
    }
    return number_in_width(spec, sign_text(std::signbit(number) && !std::isnan(number), spec.sign),
                           digits, 3);
}

String format_integer(const Value& value, const Spec& spec) {
    char type = spec.type == 0 || spec.type == 'n' ? 'd' : spec.type;
    if (std::string_view("eEfFgG%").find(type) != std::string_view::npos)
        return format_float(value, spec);
    if (spec.precision >= 0) value_error("Precision not allowed in integer format specifier");
    if (type == 'c') {
        String text;
        append_utf8(text, static_cast<char32_t>(clamp_to_64(value)));
        return aligned(text, static_cast<size_t>(spec.width), spec.align != 0 ? spec.align : '<',
                       spec.fill);
    }
    unsigned base = type == 'd'                  ? 10
                    : type == 'o'                ? 8
                    : type == 'b'                ? 2
                    : type == 'x' || type == 'X' ? 16
                                                 : 0;
    if (base == 0) fail_type(type, value);
    Value magnitude = is_negative(value) ? negate(value) : value;
    String digits = integer_text(magnitude, base);
    if (type == 'X') digits = to_upper(digits);
    String sign = sign_text(is_negative(value), spec.sign);
    if (spec.alternate && base != 10) sign += joined("0", type);
    if (base != 10 && spec.grouping == ',') value_error({"Cannot specify ',' with '", type, "'."});
    return number_in_width(spec, sign, digits, base == 10 ? 3 : 4);
}

String format_text(const Value& value, const Spec& spec) {
    if (spec.type != 0 && spec.type != 's') fail_type(spec.type, value);
    if (spec.align == '=') value_error("'=' alignment not allowed in string format specifier");
    if (spec.sign != '-') value_error("Sign not allowed in string format specifier");
    String text = to_str(value);
    if (spec.precision >= 0) text.resize(byte_offset(text, static_cast<size_t>(spec.precision)));
    return aligned(text, static_cast<size_t>(spec.width), spec.align != 0 ? spec.align : '<',
                   spec.fill);
}

} // namespace

String float_text(double number, char type, int precision, bool alternate) {
    if (!std::isfinite(number)) {
        String text = std::isnan(number) ? "nan" : number < 0 ? "-inf" : "inf";
        return type < 'a' ? to_upper(text) : text;
    }
    const char format[] = {'%', alternate ? '#' : '-', '.', '*', type, '\0'};
    char small[512];
    int size = snprintf(small, sizeof small, format, std::min(precision, 100000), number);
    if (size < static_cast<int>(sizeof small)) return small;
    String out(static_cast<size_t>(size) + 1, '\0');
    snprintf(out.data(), out.size(), format, std::min(precision, 100000), number);
    out.pop_back();
    return out;
}

String aligned(String text, size_t width, char align, std::string_view fill) {
    size_t size = count_code_points(text);
    if (size >= width) return text;
    size_t missing = width - size, left = align == '>' ? missing : align == '^' ? missing / 2 : 0;
    charge(missing * fill.size());
    String out;
    for (size_t i = 0; i < left; i++) out += fill;
    out += text;
    for (size_t i = left; i < missing; i++) out += fill;
    return out;
}

String format_value(const Value& value, std::string_view spec_text) {
    if (value.is_undefined() && !is_lenient(value)) fail_undefined(value);
    if (spec_text.empty()) return to_str(value);
    if (auto* date = value.as<Date>()) return format_date(*date, spec_text);
    bool formats = value.is_number() || value.is_str();
    if (!formats)
        type_error({"unsupported format string passed to ", type_name(value), ".__format__"});
    Spec spec = read_spec(spec_text, type_name(value));
    if (value.is(Kind::Float)) {
        if (spec.type != 0 &&
            std::string_view("eEfFgGn%").find(spec.type) == std::string_view::npos)
            fail_type(spec.type, value);
        return format_float(value, spec);
    }
    // As an object's own: format(True, '') is 'True', with a spec it is a number.
    if (value.is_integer()) return format_integer(value, spec);
    return format_text(value, spec);
}

namespace {

// text.format(): walks through the text and its fields.
class BraceFormat {
  public:
    BraceFormat(const Value& text, const Arguments& arguments)
        : text_(text.text()), escapes_(text.str().markup), arguments_(arguments) {}

    String run() { return expand(text_, 2); }

  private:
    String expand(std::string_view text, int depth);
    String field(std::string_view text, int depth);
    Value lookup(std::string_view name);
    Value first(std::string_view name);

    std::string_view text_;
    bool escapes_;
    const Arguments& arguments_;
    size_t next_ = 0;
    bool automatic_ = false, manual_ = false;
};

String BraceFormat::expand(std::string_view text, int depth) {
    if (depth < 0) value_error("Max string recursion exceeded");
    String out;
    for (size_t at = 0; at < text.size();) {
        char c = text[at++];
        if (c != '{' && c != '}') {
            out += c;
            continue;
        }
        if (at < text.size() && text[at] == c) {
            out += c;
            at++;
            continue;
        }
        if (c == '}') value_error("Single '}' encountered in format string");
        if (at == text.size()) value_error("Single '{' encountered in format string");
        size_t start = at, open = 1;
        bool in_index = false;
        for (; at < text.size() && open > 0; at++) {
            if (text[at] == '[' && open == 1) in_index = true;
            if (text[at] == ']') in_index = false;
            if (text[at] == '{' && !in_index) open++;
            if (text[at] == '}' && !in_index) open--;
        }
        if (open > 0) value_error("expected '}' before end of string");
        out += field(text.substr(start, at - start - 1), depth);
    }
    charge(out.size());
    return out;
}

String BraceFormat::field(std::string_view text, int depth) {
    size_t end = 0;
    for (bool in_index = false; end < text.size(); end++) {
        if (text[end] == '[') in_index = true;
        if (text[end] == ']') in_index = false;
        if (!in_index && (text[end] == '!' || text[end] == ':')) break;
    }
    std::string_view name = text.substr(0, end), rest = text.substr(end);
    if (name.find('{') != name.npos) value_error("unexpected '{' in field name");
    char conversion = 0;
    if (rest.starts_with('!')) {
        if (rest.size() < 2) value_error("end of string while looking for conversion specifier");
        conversion = rest[1];
        rest.remove_prefix(2);
        if (!rest.empty() && rest[0] != ':') value_error("expected ':' after conversion specifier");
    }
    if (!rest.empty()) rest.remove_prefix(1);
    Value value = lookup(name);
    String spec = expand(rest, depth - 1);
    if (conversion == 'r' || conversion == 'a')
        value = str(to_repr(value));
    else if (conversion == 's')
        value = str(to_str(value));
    else if (conversion != 0)
        value_error({"Unknown conversion specifier ", conversion});
    if (!escapes_) return format_value(value, spec);
    if (spec.empty() && has_html(value)) return to_str(value);
    return escape(str(format_value(value, spec))).text();
}

Value BraceFormat::first(std::string_view name) {
    bool is_index = std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_index) {
        for (const auto& [key, value] : arguments_.named)
            if (key == name) return value;
        raise("KeyError", str_repr(name));
    }
    (name.empty() ? automatic_ : manual_) = true;
    if (automatic_ && manual_)
        value_error(
            name.empty()
                ? "cannot switch from manual field specification to automatic field numbering"
                : "cannot switch from automatic field numbering to manual field specification");
    size_t index = name.empty() ? next_++ : static_cast<size_t>(clamp_to_64(*parse_int(name)));
    if (index >= arguments_.positional.size())
        raise("IndexError",
              {"Replacement index ", index, " out of range for positional args tuple"});
    return arguments_.positional[index];
}

Value BraceFormat::lookup(std::string_view name) {
    size_t end = std::min(name.find_first_of(".["), name.size());
    Value value = first(name.substr(0, end));
    while (end < name.size()) {
        if (name[end] == '.') {
            size_t next = std::min(name.find_first_of(".[", end + 1), name.size());
            std::string_view part = name.substr(end + 1, next - end - 1);
            if (part.empty()) value_error("Empty attribute in format string");
            Value found = python_attribute(value, part);
            if (found.is_missing()) fail_attribute(value, part);
            value = found;
            end = next;
            continue;
        }
        size_t close = name.find(']', end);
        if (close == name.npos) value_error("Missing ']' in format string");
        std::string_view part = name.substr(end + 1, close - end - 1);
        if (part.empty()) value_error("Empty attribute in format string");
        auto number = std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; })
                          ? parse_int(part)
                          : std::nullopt;
        value = subscript(value, number ? *number : str(String(part)));
        end = close + 1;
        if (end < name.size() && name[end] != '.' && name[end] != '[')
            value_error("Only '.' or '[' may follow ']' in format field specifier");
    }
    return value;
}

} // namespace

Value brace_format(const Value& text, const Arguments& arguments) {
    String out = BraceFormat(text, arguments).run();
    return text.str().markup ? markup(std::move(out)) : str(std::move(out));
}

} // namespace sctl::jinja
