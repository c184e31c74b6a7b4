// text % arguments
#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "template/containers.hpp"
#include "template/format.hpp"
#include "template/integer.hpp"
#include "template/iterators.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

constexpr int64_t widest = 1 << 24;

struct Directive {
    bool left = false, plus = false, space = false, alternate = false, zeros = false;
    int64_t width = 0, precision = -1;
    char type = 0;
};

class PercentFormat {
  public:
    PercentFormat(const Value& text, const Value& arguments)
        : text_(text.text()),
          escapes_(text.str().markup),
          arguments_(arguments),
          is_mapping_(arguments.is(Kind::Dict) || arguments.is(Kind::List) ||
                      arguments.is_undefined() || arguments.as<Range>()) {}

    String run();

  private:
    Value next_argument();
    Value key_argument();
    int64_t number_or_star();
    Directive directive();
    String one(const Directive& how, const Value& value);
    String integer(const Directive& how, const Value& value);
    String real(const Directive& how, const Value& value);
    String text_of(const Directive& how, const Value& value);
    static String padded(const Directive& how, const String& sign, String digits);

    std::string_view text_;
    bool escapes_;
    const Value& arguments_;
    bool is_mapping_;
    bool used_key_ = false;
    size_t at_ = 0, used_ = 0;
    Value keyed_ = Value::missing();
};

Value PercentFormat::next_argument() {
    if (!keyed_.is_missing()) return std::exchange(keyed_, Value::missing());
    if (arguments_.is(Kind::Tuple)) {
        if (used_ >= arguments_.items().size())
            type_error("not enough arguments for format string");
        return arguments_.items()[used_++];
    }
    if (used_++ != 0) type_error("not enough arguments for format string");
    return arguments_;
}

// Behind "(".
Value PercentFormat::key_argument() {
    if (!is_mapping_) type_error("format requires a mapping");
    size_t start = at_;
    for (size_t open = 1; open > 0; at_++) {
        if (at_ == text_.size()) value_error("incomplete format key");
        if (text_[at_] == '(') open++;
        if (text_[at_] == ')') open--;
    }
    used_key_ = true;
    return subscript(arguments_, str(String(text_.substr(start, at_ - start - 1))));
}

int64_t PercentFormat::number_or_star() {
    if (at_ < text_.size() && text_[at_] == '*') {
        at_++;
        Value value = next_argument();
        if (!value.is_integer()) type_error("* wants int");
        return std::clamp(clamp_to_64(value), -widest, widest);
    }
    int64_t number = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; at_++) {
        number = number * 10 + (text_[at_] - '0');
        if (number > widest) value_error("width too big");
    }
    return number;
}

Directive PercentFormat::directive() {
    Directive how;
    if (at_ < text_.size() && text_[at_] == '(') {
        at_++;
        keyed_ = key_argument();
    }
    for (; at_ < text_.size(); at_++) {
        char c = text_[at_];
        if (c == '-')
            how.left = true;
        else if (c == '+')
            how.plus = true;
        else if (c == ' ')
            how.space = true;
        else if (c == '#')
            how.alternate = true;
        else if (c == '0')
            how.zeros = true;
        else
            break;
    }
    how.width = number_or_star();
    if (how.width < 0) {
        how.left = true;
        how.width = -how.width;
    }
    if (at_ < text_.size() && text_[at_] == '.') {
        at_++;
        how.precision = std::max<int64_t>(number_or_star(), 0);
    }
    while (at_ < text_.size() && (text_[at_] == 'l' || text_[at_] == 'h' || text_[at_] == 'L'))
        at_++;
    if (at_ == text_.size()) value_error("incomplete format");
    how.type = text_[at_++];
    return how;
}

String PercentFormat::padded(const Directive& how, const String& sign, String digits) {
    auto width = static_cast<size_t>(how.width);
    size_t used = sign.size() + digits.size();
    if (how.zeros && !how.left && used < width) digits.insert(0, width - used, '0');
    return aligned(sign + digits, width, how.left ? '<' : '>');
}

String PercentFormat::integer(const Directive& how, const Value& given) {
    bool plain = how.type == 'd' || how.type == 'i' || how.type == 'u';
    Value value = given;
    if (given.is_undefined()) fail_undefined(given);
    if (given.is(Kind::Float) && plain) value = from_double(given.real());
    if (!value.is_integer()) {
        std::string_view wanted = plain ? "a real number is required" : "an integer is required";
        type_error({"%", how.type, " format: ", wanted, ", not ", type_name(given)});
    }
    bool negative = is_negative(value);
    unsigned base = plain ? 10 : how.type == 'o' ? 8 : 16;
    String digits = integer_text(negative ? negate(value) : value, base);
    if (how.type == 'X') digits = to_upper(digits);
    if (how.precision > static_cast<int64_t>(digits.size()))
        digits.insert(0, static_cast<size_t>(how.precision) - digits.size(), '0');
    String sign = negative ? "-" : how.plus ? "+" : how.space ? " " : "";
    if (how.alternate && !plain) sign += joined("0", how.type);
    return padded(how, sign, std::move(digits));
}

String PercentFormat::real(const Directive& how, const Value& value) {
    if (value.is_undefined()) fail_undefined(value);
    if (!value.is_number()) type_error({"must be real number, not ", type_name(value)});
    double number = as_double(value);
    int precision = how.precision < 0 ? 6 : static_cast<int>(how.precision);
    String digits = float_text(std::fabs(number), how.type, precision, how.alternate);
    bool negative = std::signbit(number) && !std::isnan(number);
    return padded(how, negative ? "-" : how.plus ? "+" : how.space ? " " : "", std::move(digits));
}

String PercentFormat::text_of(const Directive& how, const Value& value) {
    String text;
    if (how.type == 'c') {
        if (value.is_integer())
            append_utf8(text, static_cast<char32_t>(clamp_to_64(value)));
        else if (value.is_str() && value.str().length() == 1)
            text = value.text();
        else
            type_error("%c requires int or char");
    } else if (escapes_) {
        text = how.type == 's' ? escape(value).text() : escape(str(to_repr(value))).text();
    } else {
        text = how.type == 's' ? to_str(value) : to_repr(value);
    }
    if (how.precision >= 0) text.resize(byte_offset(text, static_cast<size_t>(how.precision)));
    return aligned(std::move(text), static_cast<size_t>(how.width), how.left ? '<' : '>');
}

String PercentFormat::one(const Directive& how, const Value& value) {
    switch (how.type) {
        case 'd':
        case 'i':
        case 'u':
        case 'o':
        case 'x':
        case 'X': return integer(how, value);
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G': return real(how, value);
        case 'c':
        case 's':
        case 'r':
        case 'a': return text_of(how, value);
        default: break;
    }
    char code[24];
    size_t before = at_;
    char32_t c = previous_char(text_, before);
    snprintf(code, sizeof code, "0x%x", static_cast<unsigned>(c));
    std::string_view shown =
        c < 0x80 && is_printable(c) ? text_.substr(before, at_ - before) : std::string_view("?");
    value_error({"unsupported format character '", shown, "' (", code, ") at index ",
                 count_code_points(text_.substr(0, before))});
}

String PercentFormat::run() {
    String out;
    while (at_ < text_.size()) {
        char c = text_[at_++];
        if (c != '%') {
            out += c;
            continue;
        }
        Directive how = directive();
        if (how.type == '%')
            out += '%';
        else
            out += one(how, next_argument());
        charge(out.size());
    }
    bool all_used = arguments_.is(Kind::Tuple) ? used_ >= arguments_.items().size()
                                               : used_ != 0 || used_key_ || is_mapping_;
    if (!all_used) type_error("not all arguments converted during string formatting");
    return out;
}

} // namespace

Value percent_format(const Value& text, const Value& arguments) {
    String out = PercentFormat(text, arguments).run();
    return text.str().markup ? markup(std::move(out)) : str(std::move(out));
}

} // namespace sctl::jinja
