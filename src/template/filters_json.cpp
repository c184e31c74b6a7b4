// tojson and entrypoint's own to_json, to_pretty_json.
#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "template/containers.hpp"
#include "template/filters.hpp"
#include "template/integer.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

// One pass of json.dumps().
class JsonDumper {
  public:
    JsonDumper(String& out, const JsonDumpStyle& style) : out_(out), style_(style) {}

    void value(const Value& value, size_t depth) {
        Depth guard(" while encoding a JSON object");
        charge(16);
        switch (value.kind()) {
            case Kind::None: out_ += "null"; break;
            case Kind::Bool: out_ += value.boolean() ? "true" : "false"; break;
            case Kind::Int:
            case Kind::BigInt: out_ += integer_text(value); break;
            case Kind::Float: out_ += number(value.real()); break;
            case Kind::Str: text(value.text()); break;
            case Kind::List:
            case Kind::Tuple: array(value, depth); break;
            case Kind::Dict: object(value, depth); break;
            default: type_error({"Object of type ", type_name(value), " is not JSON serializable"});
        }
    }

  private:
    static String number(double number) {
        if (std::isnan(number)) return "NaN";
        if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
        return float_repr(number);
    }
    void unit(unsigned code) {
        char buffer[16];
        snprintf(buffer, sizeof buffer, "\\u%04x", code);
        out_ += buffer;
    }
    void text(std::string_view text) {
        out_ += '"';
        for (size_t at = 0; at < text.size();) {
            size_t start = at;
            char32_t c = next_char(text, at);
            constexpr std::string_view plain = "\"\\\n\r\t\f\b", letters = "\"\\nrtfb";
            size_t known = c < 0x80 ? plain.find(static_cast<char>(c)) : plain.npos;
            if (known != plain.npos)
                (out_ += '\\') += letters[known];
            else if (c < 0x20)
                unit(c);
            else if (c < 0x7f || (!style_.ensure_ascii) || c == 0x7f)
                out_ += text.substr(start, at - start);
            else if (c < 0x10000)
                unit(c);
            else {
                unit(0xd800 + ((c - 0x10000) >> 10));
                unit(0xdc00 + ((c - 0x10000) & 0x3ff));
            }
        }
        out_ += '"';
    }
    void new_line(size_t depth) {
        if (!style_.indented) return;
        out_ += '\n';
        for (size_t i = 0; i < depth; i++) out_ += style_.indent;
        charge(depth * style_.indent.size());
    }
    void enter(const Value& value) {
        if (std::ranges::find(open_, &value.object()) != open_.end())
            value_error("Circular reference detected");
        open_.push_back(&value.object());
    }
    void array(const Value& value, size_t depth) {
        if (value.items().empty()) {
            out_ += "[]";
            return;
        }
        enter(value);
        out_ += '[';
        for (size_t i = 0; i < value.items().size(); i++) {
            if (i != 0) out_ += style_.indented ? "," : ", ";
            new_line(depth + 1);
            this->value(value.items()[i], depth + 1);
        }
        new_line(depth);
        out_ += ']';
        open_.pop_back();
    }
    void key(const Value& key) {
        if (key.is_str()) return text(key.text());
        out_ += '"';
        if (key.is(Kind::Float))
            out_ += number(key.real());
        else if (key.is_none())
            out_ += "null";
        else if (key.is(Kind::Bool))
            out_ += key.boolean() ? "true" : "false";
        else if (key.is_integer())
            out_ += integer_text(key);
        else
            type_error({"keys must be str, int, float, bool or None, not ", type_name(key)});
        out_ += '"';
    }
    void object(const Value& value, size_t depth) {
        Dict& from = value.dict();
        if (from.size() == 0) {
            out_ += "{}";
            return;
        }
        enter(value);
        Values items, keys;
        for (size_t i = 0; i < from.places(); i++) {
            if (from.key(i).is_missing()) continue;
            items.push_back(tuple({from.key(i), from.value(i)}));
            keys.push_back(from.key(i));
        }
        if (style_.sort_keys) sort_by_keys(items, keys, false);
        out_ += '{';
        for (size_t i = 0; i < items.size(); i++) {
            if (i != 0) out_ += style_.indented ? "," : ", ";
            new_line(depth + 1);
            key(items[i].items()[0]);
            out_ += ": ";
            this->value(items[i].items()[1], depth + 1);
        }
        new_line(depth);
        out_ += '}';
        open_.pop_back();
    }

    String& out_;
    const JsonDumpStyle& style_;
    Vector<const Object*> open_;
};

} // namespace

String dump_json(const Value& value, const JsonDumpStyle& style) {
    String out;
    JsonDumper(out, style).value(value, 0);
    return out;
}

void set_indent(JsonDumpStyle& style, const Value& indent) {
    if (indent.is_none() || indent.is_missing()) return;
    style.indented = true;
    if (indent.is_str())
        style.indent = indent.text();
    else
        style.indent.assign(
            static_cast<size_t>(std::clamp<int64_t>(compared_index(indent), 0, 1000)), ' ');
}

Value filter_tojson(Call& call) {
    JsonDumpStyle style;
    style.sort_keys = true;
    set_indent(style, call.a[1]);
    String out;
    for (char c : dump_json(call.a[0], style)) {
        switch (c) {
            case '<': out += "\\u003c"; break;
            case '>': out += "\\u003e"; break;
            case '&': out += "\\u0026"; break;
            case '\'': out += "\\u0027"; break;
            default: out += c;
        }
    }
    return markup(std::move(out));
}

Value filter_to_json(Call& call) {
    JsonDumpStyle style;
    set_indent(style, call.a[1]);
    return str(dump_json(call.a[0], style));
}

Value filter_to_pretty_json(Call& call) {
    JsonDumpStyle style;
    style.sort_keys = true;
    set_indent(style, call.get(1, Value(int64_t{4})));
    return str(dump_json(call.a[0], style));
}

} // namespace sctl::jinja
