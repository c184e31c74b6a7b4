#include "template/json_values.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>

#include "base/text.hpp"
#include "template/containers.hpp"
#include "template/date.hpp"
#include "template/filters.hpp"
#include "template/numbers.hpp"
#include "template/print.hpp"
#include "template/thrown.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

constexpr size_t deepest_json = 1000;

String to_base64(std::string_view bytes) {
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    String out;
    for (size_t i = 0; i < bytes.size(); i += 3) {
        unsigned group = 0;
        for (size_t j = 0; j < 3; j++)
            group =
                group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0);
        for (unsigned j = 0; j < 4; j++)
            out += i + j <= bytes.size() ? letters[group >> (18 - 6 * j) & 63] : '=';
    }
    return out;
}

// The value with nothing in it that JSON has not.
Value plain_value(const Value& value) {
    Depth guard(" while encoding a JSON object");
    charge(32);
    auto plain_items = [](const Values& items) {
        Value out = list();
        for (const Value& item : items) out.items().push_back(plain_value(item));
        return out;
    };
    switch (value.kind()) {
        case Kind::Float: return std::isfinite(value.real()) ? value : Value();
        case Kind::Bytes: return str(to_base64(value.text()));
        case Kind::List:
        case Kind::Tuple: return plain_items(value.items());
        case Kind::Set: return plain_items(value.set().in_order());
        case Kind::Dict: {
            Value out = dict();
            Dict& from = value.dict();
            for (size_t i = 0; i < from.places(); i++) {
                if (from.key(i).is_missing()) continue;
                bool is_plain = from.key(i).is_none() || from.key(i).is_number();
                out.dict().put(is_plain ? from.key(i) : str(to_str(plain_value(from.key(i)))),
                               plain_value(from.value(i)));
            }
            return out;
        }
        case Kind::Other:
            if (auto* moment = value.as<DateTime>()) return str(moment->isoformat('T'));
            if (value.as<Date>()) return str(to_str(value));
            return value;
        default: return value;
    }
}

// json.loads(): Python's words where the text is no JSON.
class JsonReader {
  public:
    explicit JsonReader(std::string_view text) : text_(text) {}

    Value document() {
        Value made = value(0);
        skip_blanks();
        if (at_ < text_.size()) fail("Extra data", at_);
        return made;
    }

  private:
    [[noreturn]] void fail(std::string_view what, size_t where) const {
        size_t line = 1, start = 0;
        for (size_t i = 0; i < where; i++) {
            if (text_[i] != '\n') continue;
            line++;
            start = i + 1;
        }
        raise("JSONDecodeError", {what, ": line ", line, " column ",
                                  count_code_points(text_.substr(start, where - start)) + 1});
    }
    void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\n\r", at_), text_.size()); }
    bool take(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }
    Value value(size_t depth);
    Value number();
    String string();
    char32_t escaped();
    unsigned unit();
    Value array(size_t depth);
    Value object(size_t depth);

    std::string_view text_;
    size_t at_ = 0;
};

Value JsonReader::value(size_t depth) {
    skip_blanks();
    if (depth > deepest_json) fail("Nested too deeply", at_);
    if (take("null")) return {};
    if (take("true")) return Value(true);
    if (take("false")) return Value(false);
    if (take("{")) return object(depth + 1);
    if (take("[")) return array(depth + 1);
    if (take("\"")) return str(string());
    return number();
}

Value JsonReader::number() {
    size_t start = at_, digits = 0;
    (void)take("-");
    auto take_number = [this] {
        size_t from = at_;
        at_ = std::min(text_.find_first_not_of("0123456789", at_), text_.size());
        return at_ - from;
    };
    digits = take("0") ? 1 : take_number();
    if (digits == 0) fail("Expecting value", start);
    size_t end = at_;
    bool is_whole = true;
    if (take(".") && take_number() > 0) {
        end = at_;
        is_whole = false;
    }
    at_ = end;
    if (take("e") || take("E")) {
        if (!take("-")) (void)take("+");
        if (take_number() > 0) {
            end = at_;
            is_whole = false;
        }
    }
    at_ = end;
    std::string_view text = text_.substr(start, end - start);
    if (is_whole) return *int_of_text(text, 10);
    return Value(*float_of_text(text));
}

String JsonReader::string() {
    String out;
    size_t start = at_ - 1;
    while (true) {
        size_t end = at_;
        while (end < text_.size() && text_[end] != '"' && text_[end] != '\\' &&
               static_cast<unsigned char>(text_[end]) >= 0x20)
            end++;
        out += text_.substr(at_, end - at_);
        at_ = end;
        if (at_ == text_.size()) fail("Unterminated string starting at", start);
        if (take("\"")) return out;
        if (!take("\\")) fail("Invalid control character at", at_);
        append_utf8(out, escaped());
    }
}

char32_t JsonReader::escaped() {
    constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    size_t known = at_ < text_.size() ? letters.find(text_[at_]) : letters.npos;
    if (known != letters.npos) {
        at_++;
        return static_cast<unsigned char>(meanings[known]);
    }
    if (!take("u")) fail("Invalid \\escape", at_ - 1);
    unsigned first = unit();
    if (first < 0xd800 || first > 0xdfff) return first;
    if (first > 0xdbff || !take("\\u")) return 0xfffd;
    unsigned second = unit();
    if (second < 0xdc00 || second > 0xdfff) return 0xfffd;
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

unsigned JsonReader::unit() {
    auto number = parse_number<unsigned>(text_.substr(std::min(at_, text_.size()), 4), 16);
    if (!number || text_.size() - at_ < 4) fail("Invalid \\uXXXX escape", at_ - 1);
    at_ += 4;
    return *number;
}

Value JsonReader::array(size_t depth) {
    Value out = list();
    skip_blanks();
    if (take("]")) return out;
    while (true) {
        out.items().push_back(value(depth));
        skip_blanks();
        if (take("]")) return out;
        if (!take(",")) fail("Expecting ',' delimiter", at_);
    }
}

Value JsonReader::object(size_t depth) {
    Value out = dict();
    skip_blanks();
    if (take("}")) return out;
    while (true) {
        skip_blanks();
        if (!take("\"")) fail("Expecting property name enclosed in double quotes", at_);
        String name = string();
        skip_blanks();
        if (!take(":")) fail("Expecting ':' delimiter", at_);
        out.dict().put(name, value(depth));
        skip_blanks();
        if (take("}")) return out;
        if (!take(",")) fail("Expecting ',' delimiter", at_);
    }
}

} // namespace

Result<String> write_json(const Value& value) {
    return guarded<String>([&] { return dump_json(plain_value(value), {}); });
}

Result<Value> read_json(std::string_view text) {
    if (!is_valid_utf8(text)) return Error{EINVAL, "no UTF-8", {}};
    return guarded<Value>([&] { return JsonReader(text).document(); });
}

} // namespace sctl::jinja
