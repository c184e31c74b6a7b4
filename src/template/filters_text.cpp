// Filters of text.
#include <algorithm>

#include "base/text.hpp"
#include "template/attributes.hpp"
#include "template/filters.hpp"
#include "template/format.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/str_functions.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

Value like(const Value& from, String text) {
    return from.is_str() && from.str().markup ? markup(std::move(text)) : str(std::move(text));
}

bool splits_title(char32_t c) {
    return c == '-' || c == '(' || c == '{' || c == '[' || c == '<' || is_space(c);
}

} // namespace

Value filter_capitalize(Call& call) {
    Value text = soft_str(call.a[0]);
    return like(text, capitalized(text.text()));
}

Value filter_center(Call& call) {
    Value text = soft_str(call.a[0]);
    int64_t width = call.a[1].is_missing() ? 80 : as_index(call.a[1]);
    return like(text, centered(text.text(), width, " "));
}

Value filter_title(Call& call) {
    String text = soft_str(call.a[0]).text(), out;
    bool starts = true;
    String word;
    auto flush = [&] {
        out += to_lower(word);
        word.clear();
    };
    for (size_t at = 0; at < text.size();) {
        char32_t c = next_char(text, at);
        if (splits_title(c)) {
            flush();
            append_utf8(out, c);
            starts = true;
        } else if (starts) {
            append_upper(out, c);
            starts = false;
        } else {
            append_utf8(word, c);
        }
    }
    flush();
    return str(std::move(out));
}

Value filter_replace(Call& call) {
    int64_t count = call.has(3) ? as_index(call.a[3]) : -1;
    if (!call.runtime.autoescape())
        return str(replaced(to_str(call.a[0]), to_str(call.a[1]), to_str(call.a[2]), count));
    bool escapes = has_html(call.a[1]) || (has_html(call.a[2]) && !has_html(call.a[0]));
    Value text = escapes ? escape(call.a[0]) : soft_str(call.a[0]);
    Value from = soft_str(call.a[1]), to = soft_str(call.a[2]);
    if (text.str().markup) {
        from = escape(from);
        to = escape(to);
    }
    return like(text, replaced(text.text(), from.text(), to.text(), count));
}

Value filter_trim(Call& call) {
    Value text = soft_str(call.a[0]);
    if (!call.has(1)) return like(text, String(strip(text.text())));
    if (!call.a[1].is_str()) type_error("strip arg must be None or str");
    return like(text, String(strip_chars(text.text(), call.a[1].text(), true, true)));
}

Value filter_truncate(Call& call) {
    const Value& value = call.a[0];
    int64_t length = call.a[1].is_missing() ? 255 : compared_index(call.a[1]);
    Value end = call.get(3, str("..."));
    int64_t leeway = call.has(4) ? compared_index(call.a[4]) : 5;
    int64_t end_length = jinja::length(end);
    if (length < end_length)
        raise("AssertionError", {"expected length >= ", end_length, ", got ", length});
    if (leeway < 0) raise("AssertionError", {"expected leeway >= 0, got ", leeway});
    if (jinja::length(value) <= length + leeway) return value;
    Value kept = slice(value, Value(), Value(length - end_length), Value());
    if (!call.truth(2)) {
        if (!kept.is_str()) fail_attribute(kept, "rsplit");
        size_t space = kept.text().rfind(' ');
        kept = like(kept, kept.text().substr(0, space));
    }
    return arithmetic(Op::Add, kept, end);
}

namespace {

// text += "\n", which for a list is another thing than +.
Value with_newline(const Value& text) {
    if (text.is(Kind::List)) {
        text.items().push_back(str("\n"));
        raise("AttributeError", "'list' object has no attribute 'splitlines'");
    }
    try {
        return arithmetic(Op::Add, text, str("\n"));
    } catch (PythonError& error) {
        size_t at = error.message.find("for +:");
        if (at != String::npos) error.message.insert(at + 5, "=");
        throw;
    }
}

} // namespace

Value filter_indent(Call& call) {
    Value text = call.a[0];
    bool is_markup = text.is_str() && text.str().markup;
    String indent;
    if (call.a[1].is_str())
        indent = call.a[1].text();
    else
        indent.assign(static_cast<size_t>(std::clamp<int64_t>(
                          call.a[1].is_missing() ? 4 : compared_index(call.a[1]), 0, 1 << 20)),
                      ' ');
    if (is_markup) indent = escape(call.a[1].is_str() ? call.a[1] : str(indent)).text();
    text = with_newline(text);
    String out;
    bool blank = call.truth(3), first = true;
    for (std::string_view line : split_lines(text.text(), false)) {
        if (!first) out += '\n';
        if (!first && (blank || !line.empty())) out += indent;
        out += line;
        first = false;
        charge(indent.size());
    }
    if (call.truth(2)) out.insert(0, indent);
    return is_markup ? markup(std::move(out)) : str(std::move(out));
}

Value filter_wordcount(Call& call) {
    Value text = soft_str(call.a[0]);
    int64_t count = 0;
    bool inside = false;
    for (size_t at = 0; at < text.text().size();) {
        char32_t c = next_char(text.text(), at);
        bool word = c == '_' || is_alnum(c);
        count += word && !inside;
        inside = word;
    }
    return Value(count);
}

Value filter_split(Call& call) {
    Value text = soft_str(call.a[0]);
    Values out;
    int64_t most = call.has(2) ? as_index(call.a[2]) : -1;
    if (call.has(1) && !call.a[1].is_str())
        type_error({"must be str or None, not ", type_name(call.a[1])});
    if (call.has(1) && call.a[1].text().empty()) value_error("empty separator");
    for (std::string_view part : call.has(1) ? split_by(text.text(), call.a[1].text(), most, false)
                                             : split_by_space(text.text(), most, false))
        out.push_back(text.str().markup ? markup(String(part)) : str(String(part)));
    return list(std::move(out));
}

String url_quote(std::string_view text, bool for_query) {
    String out;
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        bool plain = byte < 0x80 &&
                     (is_alnum(byte) || std::string_view("_.-~").find(c) != std::string_view::npos);
        if (plain || (c == '/' && !for_query)) {
            out += c;
        } else if (c == ' ' && for_query) {
            out += '+';
        } else {
            out += '%';
            for (unsigned nibble : {unsigned{byte} >> 4, unsigned{byte} & 15})
                out += "0123456789ABCDEF"[nibble];
        }
    }
    return out;
}

Value filter_urlencode(Call& call) {
    const Value& value = call.a[0];
    auto quote = [](const Value& part, bool for_query) {
        return url_quote(part.is(Kind::Bytes) ? part.text() : to_str(part), for_query);
    };
    if (value.is_str() || !is_iterable(value)) return str(quote(value, false));
    Value pairs = value;
    if (value.is(Kind::Dict)) pairs = Value(new DictView(&value.dict(), DictView::Items));
    Ref<Iterator> items = iterate(pairs);
    String out;
    Value item;
    while (items->next(item)) {
        Values pair = unpack_pair(item);
        if (!out.empty()) out += '&';
        out += joined(quote(pair[0], true), "=", quote(pair[1], true));
    }
    return str(std::move(out));
}

Value filter_xmlattr(Call& call) {
    if (call.a[0].is_undefined()) fail_undefined(call.a[0]);
    if (!call.a[0].is(Kind::Dict)) fail_attribute(call.a[0], "items");
    Dict& attributes = call.a[0].dict();
    String out;
    for (size_t i = 0; i < attributes.places(); i++) {
        const Value& key = attributes.key(i);
        if (key.is_missing() || attributes.value(i).is_none() || attributes.value(i).is_undefined())
            continue;
        if (!key.is_str())
            type_error({"expected string or bytes-like object, got '", type_name(key), "'"});
        if (key.text().find_first_of(" \t\n\r\f\v/>=") != String::npos)
            value_error({"Invalid character in attribute name: ", to_repr(key)});
        if (!out.empty()) out += ' ';
        out += joined(escape(key).text(), "=\"", escape(attributes.value(i)).text(), "\"");
    }
    if (!out.empty() && (call.a[1].is_missing() || truth(call.a[1]))) out.insert(0, 1, ' ');
    return call.runtime.autoescape() ? markup(std::move(out)) : str(std::move(out));
}

} // namespace sctl::jinja
