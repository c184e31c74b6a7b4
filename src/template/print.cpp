#include "template/print.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "template/containers.hpp"
#include "template/integer.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

void append_hex(String& out, char letter, unsigned code, int digits) {
    char text[16];
    snprintf(text, sizeof text, "\\%c%0*x", letter, digits, code);
    out += text;
}

void append_bytes_repr(String& out, std::string_view bytes) {
    char quote = bytes.find('\'') != bytes.npos && bytes.find('"') == bytes.npos ? '"' : '\'';
    out += 'b';
    out += quote;
    for (char c : bytes) {
        auto byte = static_cast<unsigned char>(c);
        if (c == quote || c == '\\')
            (out += '\\') += c;
        else if (c == '\t')
            out += "\\t";
        else if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else if (byte < 0x20 || byte >= 0x7f)
            append_hex(out, 'x', byte, 2);
        else
            out += c;
    }
    out += quote;
}

// Lists that hold themselves print as [...]: what is being printed is a chain through the stack.
class Printing {
  public:
    explicit Printing(const Object& object) : object_(object), outer_(innermost_) {
        innermost_ = this;
    }
    ~Printing() { innermost_ = outer_; }
    Printing(const Printing&) = delete;
    Printing& operator=(const Printing&) = delete;
    [[nodiscard]] bool again() const {
        for (const Printing* outer = outer_; outer; outer = outer->outer_)
            if (&outer->object_ == &object_) return true;
        return false;
    }

  private:
    static constinit inline const Printing* innermost_ = nullptr;
    Depth depth_{" while getting the repr of an object"};
    const Object& object_;
    const Printing* outer_;
};

void append_items(String& out, const Values& items, char open, char close) {
    out += open;
    // By index: what an item prints may change the list.
    for (size_t i = 0; i < items.size(); i++) {
        if (i != 0) out += ", ";
        append_repr(out, items[i]);
    }
    if (open == '(' && items.size() == 1) out += ',';
    out += close;
}

void append_sequence(String& out, const Value& value) {
    Printing printing(value.object());
    bool is_list = value.is(Kind::List);
    if (printing.again())
        out += is_list ? "[...]" : "(...)";
    else
        append_items(out, value.items(), is_list ? '[' : '(', is_list ? ']' : ')');
}

void append_dict(String& out, Dict& dict) {
    Printing printing(dict);
    if (printing.again()) {
        out += "{...}";
        return;
    }
    out += '{';
    bool first = true;
    for (size_t i = 0; i < dict.places(); i++) {
        if (dict.key(i).is_missing()) continue;
        if (!first) out += ", ";
        first = false;
        append_repr(out, dict.key(i));
        out += ": ";
        append_repr(out, dict.value(i));
    }
    out += '}';
}

// The fewest digits that are read back as `number`, as D.DDDe+XX.
void shortest_digits(double number, char (&text)[40]) {
    for (int digits = 0; digits < 17; digits++) {
        snprintf(text, sizeof text, "%.*e", digits, number);
        if (strtod(text, nullptr) == number) return;
        // At a power of two the nearest number of so many digits may be read back as another, and
        // the next one not.
        char* end = strchr(text, 'e') - 1;
        if (*end == '9' || *end == '.') continue;
        ++*end;
        if (strtod(text, nullptr) == number) return;
    }
}

} // namespace

String float_repr(double number) {
    if (std::isnan(number)) return "nan";
    if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
    char text[40];
    shortest_digits(number, text);
    String out(text[0] == '-' ? "-" : ""), digits;
    const char* at = text + (text[0] == '-');
    for (; *at != 'e'; at++)
        if (*at != '.') digits += *at;
    long exponent = strtol(at + 1, nullptr, 10);
    if (exponent < -4 || exponent >= 16) {
        out += digits[0];
        if (digits.size() > 1) (out += '.').append(digits, 1);
        char tail[32];
        snprintf(tail, sizeof tail, "e%c%02ld", exponent < 0 ? '-' : '+', std::labs(exponent));
        return out += tail;
    }
    if (exponent < 0) {
        out += "0.";
        out.append(static_cast<size_t>(-exponent - 1), '0');
        return out += digits;
    }
    auto whole = static_cast<size_t>(exponent) + 1;
    if (digits.size() <= whole) {
        out += digits;
        out.append(whole - digits.size(), '0');
        return out += ".0";
    }
    out.append(digits, 0, whole) += '.';
    return out.append(digits, whole);
}

void append_str_repr(String& out, std::string_view text) {
    char quote = text.find('\'') != text.npos && text.find('"') == text.npos ? '"' : '\'';
    out += quote;
    for (size_t at = 0; at < text.size();) {
        size_t start = at;
        char32_t c = next_char(text, at);
        if (c == static_cast<unsigned char>(quote) || c == '\\')
            (out += '\\') += static_cast<char>(c);
        else if (c == '\t')
            out += "\\t";
        else if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else if (is_printable(c))
            out.append(text, start, at - start);
        else if (c < 0x100)
            append_hex(out, 'x', c, 2);
        else if (c < 0x10000)
            append_hex(out, 'u', c, 4);
        else
            append_hex(out, 'U', c, 8);
    }
    out += quote;
}

String str_repr(std::string_view text) {
    String out;
    append_str_repr(out, text);
    return out;
}

void append_repr(String& out, const Value& value) {
    size_t before = out.size();
    switch (value.kind()) {
        case Kind::Missing: out += "missing"; break;
        case Kind::None: out += "None"; break;
        case Kind::Bool: out += value.boolean() ? "True" : "False"; break;
        case Kind::Int:
        case Kind::BigInt: out += integer_text(value); break;
        case Kind::Float: out += float_repr(value.real()); break;
        case Kind::Str:
            if (value.str().markup) out += "Markup(";
            append_str_repr(out, value.text());
            if (value.str().markup) out += ')';
            break;
        case Kind::Bytes: append_bytes_repr(out, value.text()); break;
        case Kind::List:
        case Kind::Tuple: append_sequence(out, value); break;
        case Kind::Dict: append_dict(out, value.dict()); break;
        case Kind::Set:
            if (value.set().size() == 0)
                out += "set()";
            else
                append_items(out, value.set().in_order(), '{', '}');
            break;
        case Kind::Undefined: out += "Undefined"; break;
        case Kind::Other: {
            Depth depth(" while getting the repr of an object");
            value.object().repr(out);
        }
    }
    charge(out.size() - before);
}

String to_repr(const Value& value) {
    String out;
    append_repr(out, value);
    return out;
}

void append_str(String& out, const Value& value) {
    if (value.is_str())
        out += value.text();
    else if (value.is_undefined()) {
        if (!is_lenient(value)) fail_undefined(value);
    } else if (value.is(Kind::Other))
        value.object().to_str(out);
    else
        append_repr(out, value);
}

String to_str(const Value& value) {
    String out;
    append_str(out, value);
    return out;
}

} // namespace sctl::jinja
