#include "template/numbers.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/text.hpp"
#include "template/format.hpp"
#include "template/integer.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

// Without single "_" between digits; nothing where one stands elsewhere.
std::optional<String> joined_digits(std::string_view text) {
    String out;
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] != '_') {
            out += text[i];
            continue;
        }
        bool between = i > 0 && i + 1 < text.size() &&
                       isalnum(static_cast<unsigned char>(text[i - 1])) != 0 &&
                       isalnum(static_cast<unsigned char>(text[i + 1])) != 0;
        if (!between) return std::nullopt;
    }
    return out;
}

// Digits of other scripts than ours, as ASCII.
String plain_digits(std::string_view text) {
    if (is_ascii(text)) return String(text);
    String out;
    for (size_t at = 0; at < text.size();) {
        char32_t c = next_char(text, at);
        if (c < 0x80 || !is_decimal(c)) {
            append_utf8(out, c);
            continue;
        }
        char32_t zero = c;
        while (c - zero < 9 && is_decimal(zero - 1)) zero--;
        out += static_cast<char>('0' + (c - zero));
    }
    return out;
}

} // namespace

std::optional<Value> int_of_text(std::string_view given, int64_t base) {
    if (base != 0 && (base < 2 || base > 36))
        value_error("int() base must be >= 2 and <= 36, or 0");
    String plain = plain_digits(strip(given));
    std::string_view text = plain;
    String sign;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        sign = text[0] == '-' ? "-" : "";
        text.remove_prefix(1);
    }
    char letter = text.size() > 1 && text[0] == '0' ? static_cast<char>(text[1] | 32) : '\0';
    int64_t prefixed = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
    if (prefixed != 0 && (base == 0 || base == prefixed)) {
        text.remove_prefix(2);
        base = prefixed;
        if (text.starts_with('_')) text.remove_prefix(1);
    } else if (base == 0) {
        bool zeros = text.find_first_not_of("0_") == text.npos;
        if (text.starts_with('0') && !zeros) return std::nullopt;
        base = 10;
    }
    auto digits = joined_digits(text);
    if (!digits || digits->empty() || (*digits)[0] == '-' || (*digits)[0] == '+')
        return std::nullopt;
    if (digits->size() > 4300 && (base & (base - 1)) != 0)
        value_error({"Exceeds the limit (4300 digits) for integer string conversion: value has ",
                     digits->size(),
                     " digits; use sys.set_int_max_str_digits() to increase the limit"});
    return parse_int(sign + *digits, static_cast<unsigned>(base));
}

std::optional<double> float_of_text(std::string_view given) {
    auto text = joined_digits(plain_digits(strip(given)));
    if (!text || text->empty()) return std::nullopt;
    // What strtod reads besides: hexadecimal numbers, nan(...).
    String lower = to_lower(*text);
    std::string_view unsigned_text = lower;
    if (unsigned_text[0] == '-' || unsigned_text[0] == '+') unsigned_text.remove_prefix(1);
    bool word = unsigned_text == "inf" || unsigned_text == "infinity" || unsigned_text == "nan";
    if (!word && unsigned_text.find_first_not_of("0123456789.e+-") != unsigned_text.npos)
        return std::nullopt;
    char* end = nullptr;
    double number = strtod(text->c_str(), &end);
    if (end != text->c_str() + text->size()) return std::nullopt;
    return number;
}

double float_of(const Value& value) {
    if (value.is_undefined()) fail_undefined(value);
    if (value.is_number()) return as_double(value);
    if (!value.is_str())
        type_error(
            {"float() argument must be a string or a real number, not '", type_name(value), "'"});
    auto number = float_of_text(value.text());
    if (!number) value_error({"could not convert string to float: ", to_repr(value)});
    return *number;
}

Value int_of(const Value& value) {
    if (value.is_undefined()) fail_undefined(value);
    if (value.is(Kind::Float)) return from_double(value.real());
    if (value.is_integer()) return positive(value);
    if (!value.is_str())
        type_error({"int() argument must be a string, a bytes-like object or a real number, not '",
                    type_name(value), "'"});
    auto number = int_of_text(value.text(), 10);
    if (!number) value_error({"invalid literal for int() with base 10: ", to_repr(value)});
    return *number;
}

namespace {

// To a multiple of 10**places, half to even.
Value round_integer(const Value& value, int64_t places) {
    if (places > 6000) return Value(int64_t{0});
    Value unit = power(Value(int64_t{10}), Value(places));
    Value rest = modulo(value, unit), down = subtract(value, rest);
    int order = compare_integers(add(rest, rest), unit);
    bool up = order > 0;
    if (order == 0) up = truth(modulo(floor_divide(down, unit), Value(int64_t{2})));
    return up ? add(down, unit) : down;
}

double round_float(double number, int64_t digits) {
    if (!std::isfinite(number) || digits > 323) return number;
    if (digits < -308) return std::copysign(0.0, number);
    if (digits >= 0) {
        String text = float_text(number, 'f', static_cast<int>(digits));
        double result = strtod(text.c_str(), nullptr);
        if (std::isinf(result)) raise("OverflowError", "rounded value too large to represent");
        return result;
    }
    double unit = std::pow(10.0, static_cast<double>(-digits)),
           rest = std::fmod(std::fabs(number), unit);
    double down = std::fabs(number) - rest;
    bool up = rest * 2 > unit || (rest * 2 == unit && std::fmod(down / unit, 2) == 1);
    return std::copysign(up ? down + unit : down, number);
}

} // namespace

Value rounded(const Value& value, const Value& digits) {
    if (!value.is_number())
        type_error({"type ", type_name(value), " doesn't define __round__ method"});
    if (digits.is_none()) {
        if (!value.is(Kind::Float)) return positive(value);
        return from_double(std::nearbyint(value.real()));
    }
    int64_t places = as_index(digits);
    if (value.is(Kind::Float)) return Value(round_float(value.real(), places));
    return places >= 0 ? positive(value) : round_integer(value, -places);
}

} // namespace sctl::jinja
