// pprint: a port of Python's pprint.pformat() for lists, tuples, dicts, sets and strings.
#include <algorithm>

#include "base/text.hpp"
#include "template/containers.hpp"
#include "template/filters.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/str_functions.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

constexpr size_t page_width = 80;

size_t width_of(std::string_view text) {
    return count_code_points(text);
}

// As pprint's _safe_key: what cannot be compared is in order of the names of its types.
bool key_less(const Value& a, const Value& b) {
    try {
        return less(a, b);
    } catch (const PythonError&) {
        return type_name(a) < type_name(b);
    }
}

Values sorted_keys(Values keys) {
    // A merge sort, as the comparison may be none that a standard sort could trust.
    for (size_t i = 1; i < keys.size(); i++)
        for (size_t j = i; j > 0 && key_less(keys[j], keys[j - 1]); j--)
            std::swap(keys[j], keys[j - 1]);
    return keys;
}

class PrettyPrinter {
  public:
    String run(const Value& value) {
        print(value, 0, 0, 0);
        return std::move(out_);
    }

  private:
    // Dicts are in the order of their keys, also within one line.
    static String on_one_line(const Value& value) {
        Depth depth;
        String out;
        if (value.is(Kind::Dict)) {
            out = "{";
            for (const Value& key : keys_of(value))
                out += joined(out.size() > 1 ? ", " : "", on_one_line(key), ": ",
                              on_one_line(*value.dict().get(key)));
            return out + "}";
        }
        if (value.is(Kind::List) || value.is(Kind::Tuple)) {
            bool is_list = value.is(Kind::List);
            for (const Value& item : value.items())
                out += joined(out.empty() ? "" : ", ", on_one_line(item));
            if (!is_list && value.items().size() == 1) out += ",";
            return joined(is_list ? "[" : "(", out, is_list ? "]" : ")");
        }
        return to_repr(value);
    }
    static Values keys_of(const Value& value) {
        Values keys;
        for (size_t i = 0; i < value.dict().places(); i++)
            if (!value.dict().key(i).is_missing()) keys.push_back(value.dict().key(i));
        return sorted_keys(std::move(keys));
    }
    void print(const Value& value, size_t indent, size_t allowance, size_t level) {
        Depth depth;
        String line = on_one_line(value);
        charge(line.size());
        if (width_of(line) + indent + allowance <= page_width) {
            out_ += line;
            return;
        }
        switch (value.kind()) {
            case Kind::Dict: return print_dict(value, indent, allowance, level);
            case Kind::List: return print_items(value.items(), '[', "]", indent, allowance, level);
            case Kind::Tuple:
                return print_items(value.items(), '(', value.items().size() == 1 ? ",)" : ")",
                                   indent, allowance, level);
            case Kind::Set:
                if (value.set().size() == 0) break;
                return print_items(sorted_keys(value.set().in_order()), '{', "}", indent, allowance,
                                   level);
            case Kind::Str:
                if (!value.str().markup)
                    return print_text(value.text(), indent, allowance, level + 1);
                break;
            default: break;
        }
        out_ += line;
    }
    void new_line(size_t indent) {
        charge(indent);
        (out_ += '\n').append(indent, ' ');
    }
    void print_dict(const Value& value, size_t indent, size_t allowance, size_t level) {
        out_ += '{';
        Values keys = keys_of(value);
        for (size_t i = 0; i < keys.size(); i++) {
            if (i != 0) {
                out_ += ',';
                new_line(indent + 1);
            }
            String key = on_one_line(keys[i]);
            out_ += joined(key, ": ");
            print(*value.dict().get(keys[i]), indent + 1 + width_of(key) + 2,
                  i + 1 == keys.size() ? allowance + 1 : 1, level + 1);
        }
        out_ += '}';
    }
    void print_items(const Values& items, char open, std::string_view close, size_t indent,
                     size_t allowance, size_t level) {
        out_ += open;
        for (size_t i = 0; i < items.size(); i++) {
            if (i != 0) {
                out_ += ',';
                new_line(indent + 1);
            }
            print(items[i], indent + 1, i + 1 == items.size() ? allowance + close.size() : 1,
                  level + 1);
        }
        out_ += close;
    }
    void print_text(std::string_view text, size_t indent, size_t allowance, size_t level);

    String out_;
};

// Words with the white space behind them: \S*\s*
Vector<std::string_view> words_of(std::string_view line) {
    Vector<std::string_view> out;
    for (size_t at = 0; at < line.size();) {
        size_t start = at;
        for (bool space : {false, true})
            while (at < line.size()) {
                size_t next = at;
                if (is_space(next_char(line, next)) != space) break;
                at = next;
            }
        out.push_back(line.substr(start, at - start));
    }
    return out;
}

void PrettyPrinter::print_text(std::string_view text, size_t indent, size_t allowance,
                               size_t level) {
    Vector<String> chunks;
    Vector<std::string_view> lines = split_lines(text, true);
    if (level == 1) {
        indent++;
        allowance++;
    }
    size_t most = page_width - std::min(indent, page_width), most_last = most;
    for (size_t i = 0; i < lines.size(); i++) {
        String whole = str_repr(lines[i]);
        if (i + 1 == lines.size()) most_last -= std::min(allowance, most_last);
        if (width_of(whole) <= most_last) {
            chunks.push_back(std::move(whole));
            continue;
        }
        Vector<std::string_view> words = words_of(lines[i]);
        String current;
        size_t most_now = most;
        for (size_t j = 0; j < words.size(); j++) {
            String candidate = current + String(words[j]);
            if (j + 1 == words.size() && i + 1 == lines.size())
                most_now -= std::min(allowance, most_now);
            if (width_of(str_repr(candidate)) > most_now) {
                if (!current.empty()) chunks.push_back(str_repr(current));
                current = words[j];
            } else {
                current = std::move(candidate);
            }
        }
        if (!current.empty()) chunks.push_back(str_repr(current));
    }
    if (chunks.size() <= 1) {
        out_ += chunks.empty() ? str_repr(text) : chunks[0];
        return;
    }
    if (level == 1) out_ += '(';
    for (size_t i = 0; i < chunks.size(); i++) {
        if (i != 0) new_line(indent);
        out_ += chunks[i];
    }
    if (level == 1) out_ += ')';
}

} // namespace

String pretty_print(const Value& value) {
    return PrettyPrinter().run(value);
}

Value filter_pprint(Call& call) {
    return str(pretty_print(call.a[0]));
}

} // namespace sctl::jinja
