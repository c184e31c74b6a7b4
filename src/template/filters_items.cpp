// Filters of lists and other things to go through.
#include <algorithm>

#include "base/text.hpp"
#include "template/attributes.hpp"
#include "template/filters.hpp"
#include "template/integer.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/sorting.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

// What a generator's function does for each item is said by the type that has it.
struct Generator : Iterator {
    explicit Generator(std::string_view function) : function(function) {}
    void repr(String& out) const override {
        Object::repr(out);
        std::string_view plain = "<generator object";
        if (out.starts_with(plain)) out.insert(plain.size(), joined(" ", function));
    }
    std::string_view function;
};

struct Batches : Generator {
    Batches(Value source, int64_t size, Value fill)
        : Generator("do_batch"), source(std::move(source)), size(size), fill(std::move(fill)) {}
    bool next(Value& out) override {
        if (!items) items = jinja::iterate(source);
        Value batch = list();
        Value item;
        if (!held.is_missing()) batch.items().push_back(std::exchange(held, Value::missing()));
        while (items->next(item)) {
            if (static_cast<int64_t>(batch.items().size()) == size) {
                held = item;
                out = batch;
                return true;
            }
            batch.items().push_back(item);
        }
        if (batch.items().empty()) return false;
        while (!fill.is_none() && static_cast<int64_t>(batch.items().size()) < size) {
            charge(sizeof(Value));
            batch.items().push_back(fill);
        }
        out = batch;
        return true;
    }
    const Value source;
    Ref<Iterator> items;
    int64_t size;
    Value fill, held = Value::missing();
};

Value take_first(Arguments& arguments) {
    if (arguments.positional.empty()) return Value::missing();
    Value first = arguments.positional.front();
    arguments.positional.erase(arguments.positional.begin());
    return first;
}

// map, select and the like. As generators do, they look at their arguments when the first item is
// asked for.
struct Mapped : Generator {
    enum class What { Map, Select, Reject };
    Mapped(Call& call, std::string_view function, What what, bool by_attribute)
        : Generator(function),
          runtime(call.runtime),
          source(call.a[0]),
          what(what),
          by_attribute(by_attribute),
          arguments(std::move(call.rest)) {}
    bool next(Value& out) override {
        if (!begun) begin();
        Value item;
        while (items && items->next(item)) {
            if (what == What::Map) {
                out = name.is_missing() ? follow_path(runtime, item, path, fallback)
                                        : runtime.call_filter(name, item, arguments);
                return true;
            }
            Value looked_at = by_attribute ? follow_path(runtime, item, path) : item;
            bool holds = name.is_missing() ? jinja::truth(looked_at)
                                           : runtime.call_test(name, looked_at, arguments);
            if (holds == (what == What::Reject)) continue;
            out = item;
            return true;
        }
        return false;
    }

  private:
    void begin() {
        begun = true;
        if (!jinja::truth(source)) return;
        if (what == What::Map && arguments.positional.empty()) {
            Value attribute = arguments.take_named("attribute");
            if (attribute.is_missing())
                raise("FilterArgumentError", "map requires a filter argument");
            fallback = arguments.take_named("default");
            if (!arguments.named.empty())
                raise("FilterArgumentError",
                      {"Unexpected keyword argument ", str_repr(arguments.named[0].first)});
            path = attribute_path(attribute);
        } else {
            if (by_attribute) {
                Value attribute = take_first(arguments);
                if (attribute.is_missing())
                    raise("FilterArgumentError", "Missing parameter for attribute name");
                path = attribute_path(attribute);
            }
            name = take_first(arguments);
        }
        items = jinja::iterate(source);
    }

    Runtime& runtime;
    const Value source;
    const What what;
    const bool by_attribute;
    bool begun = false;
    Ref<Iterator> items;
    Value name = Value::missing(); // of a filter or test
    Arguments arguments;
    Values path;
    Value fallback;
};

struct Slices : Generator {
    Slices(Value source, Value slices, Value fill)
        : Generator("sync_do_slice"),
          source(std::move(source)),
          slices(std::move(slices)),
          fill(std::move(fill)) {}
    bool next(Value& out) override {
        if (!begun) begin();
        if (index >= wanted) return false;
        bool longer = index < more;
        charge(sizeof(Value) * static_cast<size_t>(each + 2));
        auto from = items.begin() + at, to = from + each + longer;
        Values part(from, to);
        at += each + longer;
        if (!fill.is_none() && !longer) part.push_back(fill);
        index++;
        out = list(std::move(part));
        return true;
    }

  private:
    void begin() {
        begun = true;
        items = to_values(source);
        wanted = compared_index(slices);
        if (wanted == 0) raise("ZeroDivisionError", "integer division or modulo by zero");
        if (wanted < 0) return;
        auto count = static_cast<int64_t>(items.size());
        each = count / wanted;
        more = count % wanted;
    }

    const Value source, slices, fill;
    Values items;
    bool begun = false;
    int64_t wanted = 0, each = 0, more = 0, at = 0, index = 0;
};

Value min_or_max(Call& call, Op op) {
    Ref<Iterator> items = iterate(call.a[0]);
    Values path = attribute_path(call.get(2, Value()));
    Value item, best = Value::missing(), best_key;
    while (items->next(item)) {
        Value key = follow_path(call.runtime, item, path);
        if (!call.truth(1)) key = ignore_case(key);
        if (!best.is_missing() && !compare(op, key, best_key)) continue;
        best = item;
        best_key = key;
    }
    return best.is_missing() ? undefined_hint("No aggregated item, sequence was empty.") : best;
}

} // namespace

Value filter_batch(Call& call) {
    Value size = call.a[1];
    if (size.is_undefined()) fail_undefined(size);
    int64_t count = size.is_integer() ? clamp_to_64(size) : -1;
    return Value(new Batches(call.a[0], count, call.get(2, Value())));
}

Value filter_slice(Call& call) {
    return Value(new Slices(call.a[0], call.a[1], call.get(2, Value())));
}

Value filter_map(Call& call) {
    return Value(new Mapped(call, "sync_do_map", Mapped::What::Map, false));
}

Value filter_select(Call& call) {
    return Value(new Mapped(call, "select_or_reject", Mapped::What::Select, false));
}

Value filter_reject(Call& call) {
    return Value(new Mapped(call, "select_or_reject", Mapped::What::Reject, false));
}

Value filter_selectattr(Call& call) {
    return Value(new Mapped(call, "select_or_reject", Mapped::What::Select, true));
}

Value filter_rejectattr(Call& call) {
    return Value(new Mapped(call, "select_or_reject", Mapped::What::Reject, true));
}

Value filter_min(Call& call) {
    return min_or_max(call, Op::Lt);
}

Value filter_max(Call& call) {
    return min_or_max(call, Op::Gt);
}

Value filter_sort(Call& call) {
    Vector<Values> paths;
    const Value attribute = call.get(3, Value());
    if (attribute.is_str()) {
        std::string_view rest = attribute.text();
        for (size_t end = 0; end != rest.npos; rest.remove_prefix(end == rest.npos ? 0 : end + 1)) {
            end = rest.find(',');
            paths.push_back(attribute_path(str(String(rest.substr(0, end)))));
            if (end == rest.npos) break;
        }
    } else {
        paths.push_back(attribute_path(attribute));
    }
    Values items = to_values(call.a[0]), keys;
    for (const Value& item : items) {
        Values key;
        for (const Values& path : paths) {
            Value part = follow_path(call.runtime, item, path);
            key.push_back(call.truth(2) ? part : ignore_case(part));
        }
        keys.push_back(list(std::move(key)));
    }
    sort_by_keys(items, keys, call.truth(1));
    return list(std::move(items));
}

Value filter_dictsort(Call& call) {
    bool by_value = false;
    if (!call.a[2].is_missing()) {
        bool by_key = call.a[2].is_str() && call.a[2].text() == "key";
        by_value = call.a[2].is_str() && call.a[2].text() == "value";
        if (!by_key && !by_value)
            raise("FilterArgumentError", "You can only sort by either \"key\" or \"value\"");
    }
    if (call.a[0].is_undefined()) fail_undefined(call.a[0]);
    if (!call.a[0].is(Kind::Dict)) fail_attribute(call.a[0], "items");
    Values items, keys;
    Dict& from = call.a[0].dict();
    for (size_t i = 0; i < from.places(); i++) {
        if (from.key(i).is_missing()) continue;
        items.push_back(tuple({from.key(i), from.value(i)}));
        const Value& key = by_value ? from.value(i) : from.key(i);
        keys.push_back(call.truth(1) ? key : ignore_case(key));
    }
    sort_by_keys(items, keys, call.truth(3));
    return list(std::move(items));
}

Value filter_groupby(Call& call) {
    Values path = attribute_path(call.a[1]), items = to_values(call.a[0]), keys;
    const Value fallback = call.get(2, Value());
    bool case_sensitive = call.truth(3);
    auto key_of = [&](const Value& item, bool exact) {
        Value key = follow_path(call.runtime, item, path, fallback);
        return exact ? key : ignore_case(key);
    };
    for (const Value& item : items) keys.push_back(key_of(item, case_sensitive));
    sort_by_keys(items, keys, false);
    Values groups;
    Value last;
    for (const Value& item : items) {
        Value key = key_of(item, case_sensitive);
        if (groups.empty() || !(identical(last, key) || equal(last, key))) {
            auto* group = new Group;
            groups.emplace_back(Kind::Tuple, group);
            group->items = {key_of(item, true), list()};
            last = key;
        }
        groups.back().items()[1].items().push_back(item);
    }
    return list(std::move(groups));
}

Value filter_sum(Call& call) {
    const Value attribute = call.get(1, Value());
    Values path = attribute_path(attribute);
    Value total = call.get(2, Value(int64_t{0}));
    if (total.is_str()) type_error("sum() can't sum strings [use ''.join(seq) instead]");
    Ref<Iterator> items = iterate(call.a[0]);
    Value item;
    while (items->next(item))
        total = arithmetic(Op::Add, total, follow_path(call.runtime, item, path));
    return total;
}

Value filter_join(Call& call) {
    const Value separator = call.get(1, str(""));
    Values path = attribute_path(call.get(2, Value()));
    Values items = to_values(call.a[0]);
    for (Value& item : items) item = follow_path(call.runtime, item, path);
    bool escapes = call.runtime.autoescape() &&
                   (has_html(separator) ||
                    std::ranges::any_of(items, [](const Value& item) { return has_html(item); }));
    String out, between = escapes ? escape(separator).text() : to_str(separator);
    for (size_t i = 0; i < items.size(); i++) {
        if (i != 0) out += between;
        if (escapes)
            out += escape(soft_str(items[i])).text();
        else
            append_str(out, items[i]);
        charge(between.size());
    }
    return escapes ? markup(std::move(out)) : str(std::move(out));
}

Value filter_reverse(Call& call) {
    const Value& value = call.a[0];
    if (value.is_str()) return slice(value, Value(), Value(), Value(int64_t{-1}));
    if (Ref<Iterator> items = iterate_backwards(value)) return Value(items.get());
    if (!is_iterable(value)) raise("FilterArgumentError", "argument must be iterable");
    Values items = to_values(value);
    std::ranges::reverse(items);
    return list(std::move(items));
}

} // namespace sctl::jinja
