// Methods of list, tuple, dict and set.
#include <algorithm>

#include "base/text.hpp"
#include "template/attributes.hpp"
#include "template/containers.hpp"
#include "template/filters.hpp"
#include "template/integer.hpp"
#include "template/iterators.hpp"
#include "template/mapping.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"

namespace sctl::jinja {
namespace {

Values& items_of(const Call& call) {
    return call.self.items();
}

Value list_append(Call& call) {
    charge(sizeof(Value));
    items_of(call).push_back(call.a[0]);
    return {};
}

Value list_clear(Call& call) {
    Values old = std::move(items_of(call));
    items_of(call).clear();
    return {};
}

Value list_copy(Call& call) {
    return list(items_of(call));
}

Value list_extend(Call& call) {
    Values more = to_values(call.a[0]);
    charge(more.size() * sizeof(Value));
    items_of(call).insert(items_of(call).end(), more.begin(), more.end());
    return {};
}

// Where the value is, from `index` of the arguments on; -1 where it is not.
int64_t position_of(const Call& call) {
    Values& items = items_of(call);
    auto size = static_cast<int64_t>(items.size()), start = int64_t{0}, end = size;
    auto read = [&](size_t at, int64_t& place) {
        if (call.a[at].is_missing()) return;
        if (!call.a[at].is_integer())
            type_error("slice indices must be integers or have an __index__ method");
        place = clamp_to_64(call.a[at]);
        if (place < 0) place = std::max<int64_t>(place + size, 0);
    };
    read(1, start);
    read(2, end);
    for (int64_t i = start; i < end && i < static_cast<int64_t>(items.size()); i++) {
        Value item = items[static_cast<size_t>(i)];
        if (identical(item, call.a[0]) || equal(item, call.a[0])) return i;
    }
    return -1;
}

Value sequence_index(Call& call) {
    int64_t found = position_of(call);
    if (found < 0) {
        if (call.self.is(Kind::Tuple)) value_error("tuple.index(x): x not in tuple");
        value_error({to_repr(call.a[0]), " is not in list"});
    }
    return Value(found);
}

Value sequence_count(Call& call) {
    int64_t count = 0;
    for (size_t i = 0; i < items_of(call).size(); i++) {
        Value item = items_of(call)[i];
        count += identical(item, call.a[0]) || equal(item, call.a[0]);
    }
    return Value(count);
}

Range& range_of(const Call& call) {
    return *call.self.as<Range>();
}

Value range_count(Call& call) {
    Range& range = range_of(call);
    int known = range.contains(call.a[0]);
    if (known >= 0) return Value(int64_t{known});
    int64_t count = 0;
    for (int64_t i = 0; i < range.count; i++) {
        charge(1);
        count += equal(range.at(i), call.a[0]);
    }
    return Value(count);
}

Value range_index(Call& call) {
    Range& range = range_of(call);
    int known = range.contains(call.a[0]);
    if (known == 0) value_error({to_repr(call.a[0]), " is not in range"});
    for (int64_t i = 0; i < range.count; i++) {
        charge(1);
        if (equal(range.at(i), call.a[0])) return Value(i);
    }
    value_error("sequence.index(x): x not in sequence");
}

Value list_insert(Call& call) {
    auto size = static_cast<int64_t>(items_of(call).size()), at = as_index(call.a[0]);
    if (at < 0) at = std::max<int64_t>(at + size, 0);
    charge(sizeof(Value));
    items_of(call).insert(items_of(call).begin() + std::min(at, size), call.a[1]);
    return {};
}

Value list_pop(Call& call) {
    Values& items = items_of(call);
    if (items.empty()) raise("IndexError", "pop from empty list");
    auto size = static_cast<int64_t>(items.size());
    int64_t at = call.a[0].is_missing() ? size - 1 : as_index(call.a[0]);
    if (at < 0) at += size;
    if (at < 0 || at >= size) raise("IndexError", "pop index out of range");
    Value out = items[static_cast<size_t>(at)];
    items.erase(items.begin() + at);
    return out;
}

Value list_remove(Call& call) {
    int64_t found = position_of(call);
    if (found < 0) value_error("list.remove(x): x not in list");
    items_of(call).erase(items_of(call).begin() + found);
    return {};
}

Value list_reverse(Call& call) {
    std::ranges::reverse(items_of(call));
    return {};
}

Value list_sort(Call& call) {
    Value key = call.rest.take_named("key"), reverse = call.rest.take_named("reverse");
    if (!call.rest.positional.empty()) type_error("sort() takes no positional arguments");
    if (!call.rest.named.empty())
        type_error({"'", call.rest.named[0].first, "' is an invalid keyword argument for sort()"});
    Values items = items_of(call), keys;
    bool by_key = !key.is_missing() && !key.is_none();
    for (const Value& item : items)
        keys.push_back(by_key ? call_with(call.runtime, key, {item}) : item);
    sort_by_keys(items, keys, !reverse.is_missing() && truth(reverse));
    items_of(call) = std::move(items);
    return {};
}

constexpr NativeRow list_rows[] = {
    {"append", "list.append", "object", list_append, 0, Native::C},
    {"clear", "list.clear", "", list_clear, 0, Native::C},
    {"copy", "list.copy", "", list_copy, 0, Native::C},
    {"count", "list.count", "value", sequence_count, 0, Native::C},
    {"extend", "list.extend", "iterable", list_extend, 0, Native::C},
    {"index", "list.index", "value start= stop=", sequence_index, 0, Native::C},
    {"insert", "list.insert", "index object", list_insert, 0, Native::C},
    {"pop", "list.pop", "index=", list_pop, 0, Native::C},
    {"remove", "list.remove", "value", list_remove, 0, Native::C},
    {"reverse", "list.reverse", "", list_reverse, 0, Native::C},
    {"sort", "list.sort", "* **", list_sort, 0, Native::C},
};
static_assert(is_sorted_by_name(list_rows));

constexpr NativeRow tuple_rows[] = {
    {"count", "tuple.count", "value", sequence_count, 0, Native::C},
    {"index", "tuple.index", "value start= stop=", sequence_index, 0, Native::C}};

constexpr NativeRow range_rows[] = {{"count", "range.count", "value", range_count, 0, Native::C},
                                    {"index", "range.index", "value", range_index, 0, Native::C}};

Dict& dict_of(const Call& call) {
    return call.self.dict();
}

Value dict_clear(Call& call) {
    dict_of(call).remove_all();
    return {};
}

Value dict_copy(Call& call) {
    Value out = dict();
    update_dict(out.dict(), call.self);
    return out;
}

Value dict_fromkeys(Call& call) {
    Value out = dict();
    for (const Value& key : to_values(call.a[0])) out.dict().put(key, call.get(1, Value()));
    return out;
}

Value dict_get(Call& call) {
    Value* found = dict_of(call).get(call.a[0]);
    return found ? *found : call.get(1, Value());
}

template <DictView::Which which>
Value dict_view(Call& call) {
    return Value(new DictView(&dict_of(call), which));
}

Value dict_pop(Call& call) {
    Value* found = dict_of(call).get(call.a[0]);
    if (!found) {
        if (call.a[1].is_missing()) raise("KeyError", to_repr(call.a[0]));
        return call.a[1];
    }
    Value out = *found;
    dict_of(call).remove(call.a[0]);
    return out;
}

Value dict_popitem(Call& call) {
    Dict& dict = dict_of(call);
    for (size_t i = dict.places(); i-- > 0;) {
        if (dict.key(i).is_missing()) continue;
        Value key = dict.key(i), out = tuple({key, dict.value(i)});
        dict.remove(key);
        return out;
    }
    raise("KeyError", "'popitem(): dictionary is empty'");
}

Value dict_setdefault(Call& call) {
    if (Value* found = dict_of(call).get(call.a[0])) return *found;
    Value value = call.get(1, Value());
    dict_of(call).put(call.a[0], value);
    return value;
}

Value dict_update(Call& call) {
    if (call.rest.positional.size() > 1)
        type_error({"update expected at most 1 argument, got ", call.rest.positional.size()});
    if (!call.rest.positional.empty()) update_dict(dict_of(call), call.rest.positional[0]);
    for (auto& [name, value] : call.rest.named) dict_of(call).put(name, value);
    return {};
}

constexpr NativeRow dict_rows[] = {
    {"clear", "dict.clear", "", dict_clear, 0, Native::C},
    {"copy", "dict.copy", "", dict_copy, 0, Native::C},
    {"fromkeys", "dict.fromkeys", "iterable value=", dict_fromkeys, 0, Native::C},
    {"get", "dict.get", "key default=", dict_get, 0, Native::C},
    {"items", "dict.items", "", dict_view<DictView::Items>, 0, Native::C},
    {"keys", "dict.keys", "", dict_view<DictView::Keys>, 0, Native::C},
    {"pop", "dict.pop", "key default=", dict_pop, 0, Native::C},
    {"popitem", "dict.popitem", "", dict_popitem, 0, Native::C},
    {"setdefault", "dict.setdefault", "key default=", dict_setdefault, 0, Native::C},
    {"update", "dict.update", "* **", dict_update, 0, Native::C},
    {"values", "dict.values", "", dict_view<DictView::Values>, 0, Native::C},
};
static_assert(is_sorted_by_name(dict_rows));

Set& set_of(const Call& call) {
    return call.self.set();
}

Value copy_of(const Set& from) {
    Value out = set();
    for (const Value& item : from.in_order()) out.set().add(item);
    return out;
}

Value as_set(const Value& value) {
    if (value.is(Kind::Set)) return value;
    Value out = set();
    for (const Value& item : to_values(value)) out.set().add(item);
    return out;
}

Value set_add(Call& call) {
    set_of(call).add(call.a[0]);
    return {};
}

Value set_clear(Call& call) {
    set_of(call).clear();
    return {};
}

Value set_copy(Call& call) {
    return copy_of(set_of(call));
}

Value set_discard(Call& call) {
    set_of(call).remove(call.a[0]);
    return {};
}

Value set_remove(Call& call) {
    if (!set_of(call).remove(call.a[0])) raise("KeyError", to_repr(call.a[0]));
    return {};
}

Value set_pop(Call& call) {
    Values items = set_of(call).in_order();
    if (items.empty()) raise("KeyError", "'pop from an empty set'");
    set_of(call).remove(items[0]);
    return items[0];
}

Value set_union(Call& call) {
    Value out = copy_of(set_of(call));
    for (const Value& other : call.rest.positional)
        for (const Value& item : to_values(other)) out.set().add(item);
    return out;
}

Value set_update(Call& call) {
    for (const Value& other : call.rest.positional)
        for (const Value& item : to_values(other)) set_of(call).add(item);
    return {};
}

// Those that are in all (or none) of the others.
template <bool in_others>
Value set_filtered(Call& call) {
    Value out = copy_of(set_of(call));
    for (const Value& given : call.rest.positional) {
        Value other = as_set(given), kept = set();
        for (const Value& item : out.set().in_order())
            if ((other.set().find(item) != Set::none) == in_others) kept.set().add(item);
        out = kept;
    }
    return out;
}

Value set_symmetric_difference(Call& call) {
    Value other = as_set(call.a[0]), out = set();
    for (const Value& item : set_of(call).in_order())
        if (other.set().find(item) == Set::none) out.set().add(item);
    for (const Value& item : other.set().in_order())
        if (set_of(call).find(item) == Set::none) out.set().add(item);
    return out;
}

template <Op op>
Value set_compare(Call& call) {
    return Value(compare(op, call.self, as_set(call.a[0])));
}

Value set_isdisjoint(Call& call) {
    for (const Value& item : to_values(call.a[0]))
        if (set_of(call).find(item) != Set::none) return Value(false);
    return Value(true);
}

constexpr NativeRow set_rows[] = {
    {"add", "set.add", "object", set_add, 0, Native::C},
    {"clear", "set.clear", "", set_clear, 0, Native::C},
    {"copy", "set.copy", "", set_copy, 0, Native::C},
    {"difference", "set.difference", "*", set_filtered<false>, 0, Native::C},
    {"discard", "set.discard", "object", set_discard, 0, Native::C},
    {"intersection", "set.intersection", "*", set_filtered<true>, 0, Native::C},
    {"isdisjoint", "set.isdisjoint", "other", set_isdisjoint, 0, Native::C},
    {"issubset", "set.issubset", "other", set_compare<Op::LtEq>, 0, Native::C},
    {"issuperset", "set.issuperset", "other", set_compare<Op::GtEq>, 0, Native::C},
    {"pop", "set.pop", "", set_pop, 0, Native::C},
    {"remove", "set.remove", "object", set_remove, 0, Native::C},
    {"symmetric_difference", "set.symmetric_difference", "other", set_symmetric_difference, 0,
     Native::C},
    {"union", "set.union", "*", set_union, 0, Native::C},
    {"update", "set.update", "*", set_update, 0, Native::C},
};
static_assert(is_sorted_by_name(set_rows));

} // namespace

void update_dict(Dict& target, const Value& from) {
    if (from.is_undefined()) fail_undefined(from);
    if (from.is(Kind::Dict)) {
        Dict& source = from.dict();
        for (size_t i = 0; i < source.places(); i++)
            if (!source.key(i).is_missing()) target.put(source.key(i), source.value(i));
        return;
    }
    size_t number = 0;
    for (const Value& pair : to_values(from)) {
        if (!is_iterable(pair))
            type_error(
                {"cannot convert dictionary update sequence element #", number, " to a sequence"});
        Values parts = to_values(pair);
        if (parts.size() != 2)
            value_error({"dictionary update sequence element #", number, " has length ",
                         parts.size(), "; 2 is required"});
        target.put(parts[0], parts[1]);
        number++;
    }
}

Value call_with(Runtime& runtime, const Value& callee, Values arguments) {
    Arguments given;
    given.positional = std::move(arguments);
    return runtime.call(callee, given);
}

const NativeRow* find_list_method(std::string_view name) {
    return find_row(list_rows, name);
}

const NativeRow* find_tuple_method(std::string_view name) {
    return find_row(tuple_rows, name);
}

const NativeRow* find_range_method(std::string_view name) {
    return find_row(range_rows, name);
}

const NativeRow* find_dict_method(std::string_view name) {
    return find_row(dict_rows, name);
}

const NativeRow* find_set_method(std::string_view name) {
    return find_row(set_rows, name);
}

} // namespace sctl::jinja
