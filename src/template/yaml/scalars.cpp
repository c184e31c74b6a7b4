// What the text of a scalar means: PyYAML's Resolver, which goes by looks, and the functions of its
// SafeConstructor, whose errors are Python's own.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.hpp"
#include "template/date.hpp"
#include "template/integer.hpp"
#include "template/numbers.hpp"
#include "template/print.hpp"
#include "template/python_error.hpp"
#include "template/yaml/yaml_node.hpp"

namespace sctl::jinja {
namespace {

constexpr std::string_view ten_digits = "0123456789";
constexpr std::string_view digits_and_bars = "0123456789_";

// Reads a text from its beginning, as a regular expression does.
class Taker {
  public:
    explicit Taker(std::string_view text) : rest_(text) {}
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] std::string_view rest() const { return rest_; }
    bool one_of(std::string_view letters) {
        if (rest_.empty() || letters.find(rest_[0]) == letters.npos) return false;
        rest_.remove_prefix(1);
        return true;
    }
    // At least `least` and at most `most` of them.
    bool some_of(std::string_view letters, size_t least, size_t most = SIZE_MAX) {
        size_t count = std::min(rest_.find_first_not_of(letters), rest_.size());
        count = std::min(count, most);
        if (count < least) return false;
        last_ = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return true;
    }
    // What some_of() has taken last.
    [[nodiscard]] std::string_view last() const { return last_; }
    // (?::[0-5]?[0-9])+
    bool sixties() {
        size_t count = 0;
        while (one_of(":")) {
            if (!some_of(ten_digits, 1, 2) || (last_.size() == 2 && last_[0] > '5')) return false;
            count++;
        }
        return count > 0;
    }

  private:
    std::string_view rest_, last_;
};

bool looks_like_bool(std::string_view text) {
    if (text.size() < 2 || text.size() > 5) return false;
    for (std::string_view word : {"yes", "no", "true", "false", "on", "off"}) {
        if (text.size() != word.size()) continue;
        String first(word), all(word);
        first[0] = static_cast<char>(first[0] - 32);
        for (char& c : all) c = static_cast<char>(c - 32);
        if (text == word || text == first || text == all) return true;
    }
    return false;
}

bool looks_like_special_float(std::string_view text) {
    if (text == ".nan" || text == ".NaN" || text == ".NAN") return true;
    if (text[0] == '-' || text[0] == '+') text.remove_prefix(1);
    return text == ".inf" || text == ".Inf" || text == ".INF";
}

bool ends_as_float(Taker rest) {
    if (rest.at_end()) return true;
    return rest.one_of("eE") && rest.one_of("+-") && rest.some_of(ten_digits, 1) && rest.at_end();
}

bool looks_like_float(std::string_view text) {
    if (text.find('.') == text.npos) return false;
    if (looks_like_special_float(text)) return true;
    Taker taker(text);
    if (taker.one_of("."))
        return taker.one_of(ten_digits) && taker.some_of(digits_and_bars, 0) &&
               ends_as_float(taker);
    taker.one_of("+-");
    if (!taker.one_of(ten_digits) || !taker.some_of(digits_and_bars, 0)) return false;
    Taker sixty = taker;
    if (taker.one_of(".")) return taker.some_of(digits_and_bars, 0) && ends_as_float(taker);
    return sixty.sixties() && sixty.one_of(".") && sixty.some_of(digits_and_bars, 0) &&
           sixty.at_end();
}

bool looks_like_int(std::string_view text) {
    Taker taker(text);
    taker.one_of("+-");
    std::string_view rest = taker.rest();
    auto all_of = [](std::string_view part, std::string_view letters) {
        return !part.empty() && part.find_first_not_of(letters) == part.npos;
    };
    if (rest == "0") return true;
    if (rest.starts_with("0b")) return all_of(rest.substr(2), "01_");
    if (rest.starts_with("0x")) return all_of(rest.substr(2), "0123456789abcdefABCDEF_");
    if (rest.starts_with("0")) return all_of(rest.substr(1), "01234567_");
    if (!taker.one_of(ten_digits) || !taker.some_of(digits_and_bars, 0)) return false;
    return taker.at_end() || (taker.sixties() && taker.at_end());
}

struct Timestamp {
    std::string_view year, month, day, hour, minute, second, fraction, zone_hour, zone_minute;
    char zone = '\0'; // 'Z', '+', '-'
};

// The expression that has a name in PyYAML's SafeConstructor.
bool match_timestamp(std::string_view text, Timestamp& found) {
    Taker taker(text);
    auto number = [&](size_t least, std::string_view& into) {
        if (!taker.some_of(ten_digits, least, 2)) return false;
        into = taker.last();
        return true;
    };
    if (!taker.some_of(ten_digits, 4, 4)) return false;
    found.year = taker.last();
    if (!taker.one_of("-") || !number(1, found.month) || !taker.one_of("-") ||
        !number(1, found.day))
        return false;
    if (taker.at_end()) return true;
    if (!taker.one_of("Tt") && !taker.some_of(" \t", 1)) return false;
    if (!number(1, found.hour) || !taker.one_of(":") || !number(2, found.minute) ||
        !taker.one_of(":") || !number(2, found.second))
        return false;
    if (taker.one_of(".")) {
        (void)taker.some_of(ten_digits, 0);
        found.fraction = taker.last();
    }
    (void)taker.some_of(" \t", 0);
    bool blanks = !taker.last().empty() && taker.last()[0] <= ' ';
    if (taker.at_end()) return !blanks;
    if (taker.one_of("Z")) {
        found.zone = 'Z';
        return taker.at_end();
    }
    found.zone = taker.rest()[0];
    if (!taker.one_of("+-") || !number(1, found.zone_hour)) return false;
    return taker.at_end() || (taker.one_of(":") && number(2, found.zone_minute) && taker.at_end());
}

bool looks_like_timestamp(std::string_view text) {
    Timestamp found;
    if (text.size() < 8 || text[4] != '-' || !match_timestamp(text, found)) return false;
    return !found.hour.empty() || (found.month.size() == 2 && found.day.size() == 2);
}

String without_bars(std::string_view text) {
    String out(text);
    std::erase(out, '_');
    return out;
}

// int(text, base)
Value python_int(std::string_view text, int64_t base) {
    auto number = int_of_text(text, base);
    if (number) return *number;
    raise("ValueError", {"invalid literal for int() with base ", base, ": ", str_repr(text)});
}

double python_float(std::string_view text) {
    auto number = float_of_text(text);
    if (number) return *number;
    raise("ValueError", {"could not convert string to float: ", str_repr(text)});
}

// Takes the sign; IndexError where there is no text.
bool take_minus(std::string_view& text) {
    if (text.empty()) raise("IndexError", "string index out of range");
    bool minus = text[0] == '-';
    if (minus || text[0] == '+') text.remove_prefix(1);
    return minus;
}

std::vector<std::string_view> parts_of(std::string_view text) {
    std::vector<std::string_view> parts;
    while (true) {
        size_t end = std::min(text.find(':'), text.size());
        parts.push_back(text.substr(0, end));
        if (end == text.size()) return parts;
        text.remove_prefix(end + 1);
    }
}

int number_of(std::string_view digits) {
    return parse_number<int>(digits).value_or(0);
}

std::optional<int> offset_of(const Timestamp& found) {
    if (found.zone == '\0') return std::nullopt;
    int seconds = number_of(found.zone_hour) * 3600 + number_of(found.zone_minute) * 60;
    if (found.zone == '-') seconds = -seconds;
    constexpr int day = 24 * 3600;
    if (std::abs(seconds) < day) return seconds;
    int days = seconds >= 0 ? seconds / day : -((-seconds + day - 1) / day);
    int rest = seconds - days * day;
    String delta = joined("days=", days);
    if (rest != 0) delta += joined(", seconds=", rest);
    raise("ValueError", {"offset must be a timedelta strictly between -timedelta(hours=24) and "
                         "timedelta(hours=24), not datetime.timedelta(",
                         delta, ")."});
}

int base64_digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

} // namespace

YamlTag tag_of_plain(std::string_view text) {
    if (text.empty()) return YamlTag::Null;
    // $ of an expression stands before a newline at the end, too.
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.empty()) return YamlTag::Str;
    switch (text[0]) {
        case 'y':
        case 'Y':
        case 't':
        case 'T':
        case 'f':
        case 'F':
        case 'o':
        case 'O': return looks_like_bool(text) ? YamlTag::Bool : YamlTag::Str;
        case 'n':
        case 'N':
            if (text == "null" || text == "Null" || text == "NULL") return YamlTag::Null;
            return looks_like_bool(text) ? YamlTag::Bool : YamlTag::Str;
        case '~': return text.size() == 1 ? YamlTag::Null : YamlTag::Str;
        case '<': return text == "<<" ? YamlTag::Merge : YamlTag::Str;
        case '=': return text == "=" ? YamlTag::Value : YamlTag::Str;
        case '-':
        case '+':
        case '.':
        case '0':
        case '1':
        case '2':
        case '3':
        case '4':
        case '5':
        case '6':
        case '7':
        case '8':
        case '9':
            if (looks_like_float(text)) return YamlTag::Float;
            if (text[0] != '.' && looks_like_int(text)) return YamlTag::Int;
            return looks_like_timestamp(text) ? YamlTag::Timestamp : YamlTag::Str;
        default: return YamlTag::Str;
    }
}

Value yaml_null() {
    return {};
}

Value yaml_bool(std::string_view text) {
    String lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (lower == "yes" || lower == "true" || lower == "on") return Value(true);
    if (lower == "no" || lower == "false" || lower == "off") return Value(false);
    raise("KeyError", {str_repr(lower)});
}

Value yaml_int(std::string_view text) {
    String plain = without_bars(text);
    std::string_view rest = plain;
    bool minus = take_minus(rest);
    Value number(int64_t{0});
    if (rest == "0") return number;
    if (rest.starts_with("0b")) {
        number = python_int(rest.substr(2), 2);
    } else if (rest.starts_with("0x")) {
        number = python_int(rest.substr(2), 16);
    } else if (rest.empty()) {
        raise("IndexError", "string index out of range");
    } else if (rest[0] == '0') {
        number = python_int(rest, 8);
    } else if (rest.find(':') != rest.npos) {
        for (std::string_view part : parts_of(rest)) {
            charge(64 + text.size());
            number = add(multiply(number, Value(int64_t{60})), python_int(part, 10));
        }
    } else {
        number = python_int(rest, 10);
    }
    return minus ? negate(number) : number;
}

Value yaml_float(std::string_view text) {
    String plain = without_bars(text);
    for (char& c : plain)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    std::string_view rest = plain;
    bool minus = take_minus(rest);
    double number = 0;
    if (rest == ".inf") {
        number = std::numeric_limits<double>::infinity();
    } else if (rest == ".nan") {
        return Value(std::numeric_limits<double>::quiet_NaN());
    } else if (rest.find(':') != rest.npos) {
        std::vector<double> parts;
        for (std::string_view part : parts_of(rest)) parts.push_back(python_float(part));
        Value base(int64_t{1});
        for (size_t i = parts.size(); i-- > 0;) {
            charge(64 + parts.size());
            number += parts[i] * to_double(base);
            base = multiply(base, Value(int64_t{60}));
        }
    } else {
        number = python_float(rest);
    }
    return Value(minus ? -number : number);
}

Value yaml_timestamp(std::string_view text) {
    Timestamp found;
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (!match_timestamp(text, found))
        raise("AttributeError", "'NoneType' object has no attribute 'groupdict'");
    int year = number_of(found.year), month = number_of(found.month), day = number_of(found.day);
    if (found.hour.empty()) return date(year, month, day);
    String fraction(found.fraction.substr(0, 6));
    if (!fraction.empty()) fraction.resize(6, '0');
    return datetime(year, month, day, number_of(found.hour), number_of(found.minute),
                    number_of(found.second), number_of(fraction), offset_of(found));
}

// binascii.a2b_base64(): what is none of its characters is passed over.
Value yaml_binary(std::string_view text) {
    String out;
    size_t place = 0, padding = 0;
    unsigned held = 0;
    for (char c : text) {
        if (c == '=') {
            if (place >= 2 && place + ++padding >= 4) return bytes(std::move(out));
            continue;
        }
        int digit = base64_digit(c);
        if (digit < 0) continue;
        padding = 0;
        held = (held << 6 | static_cast<unsigned>(digit)) & 0xffff;
        if (place != 0) out += static_cast<char>(held >> (6 - 2 * place) & 0xff);
        place = (place + 1) % 4;
    }
    if (place == 0) return bytes(std::move(out));
    if (place > 1) raise("ValueError", "Incorrect padding");
    raise("ValueError", {"Invalid base64-encoded string: number of data characters (",
                         out.size() / 3 * 4 + 1, ") cannot be 1 more than a multiple of 4"});
}

} // namespace sctl::jinja
