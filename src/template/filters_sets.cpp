// entrypoint's own filters of sets: a set where all items can be hashed, else a list.
#include "template/filters.hpp"
#include "template/operations.hpp"

namespace sctl::jinja {
namespace {

// `next` hands out the items. As entrypoint's, which begins a set with what is a generator for all
// but `unique`: the item that cannot be hashed is lost with what came before it.
Value unique_of(const Value& items, bool is_generator) {
    Value out = set();
    Ref<Iterator> iterator = iterate(items);
    Value item;
    try {
        while (iterator->next(item)) out.set().add(item);
        return out;
    } catch (const PythonError& error) {
        if (error.type != "TypeError") throw;
    }
    if (!is_generator) iterator = iterate(items);
    Value rest = list();
    while (iterator->next(item))
        if (!contains(rest, item)) rest.items().push_back(item);
    return rest;
}

bool is_hashable_set(const Value& value, Value& out) {
    out = set();
    try {
        Ref<Iterator> items = iterate(value);
        Value item;
        while (items->next(item)) out.set().add(item);
        return true;
    } catch (const PythonError& error) {
        if (error.type != "TypeError") throw;
        return false;
    }
}

Value filtered(const Value& a, const Value& b, bool wanted) {
    Values kept;
    for (const Value& item : to_values(a))
        if (contains(b, item) == wanted) kept.push_back(item);
    return unique_of(list(std::move(kept)), true);
}

Value items_of_both(const Value& a, const Value& b) {
    Values all = to_values(a);
    for (const Value& item : to_values(b)) all.push_back(item);
    return list(std::move(all));
}

} // namespace

Value filter_unique(Call& call) {
    return unique_of(call.a[0], false);
}

Value filter_union(Call& call) {
    return unique_of(items_of_both(call.a[0], call.a[1]), false);
}

Value filter_intersect(Call& call) {
    return filtered(call.a[0], call.a[1], true);
}

Value filter_difference(Call& call) {
    return filtered(call.a[0], call.a[1], false);
}

Value filter_symmetric_difference(Call& call) {
    Value a, b;
    bool hashable = is_hashable_set(call.a[0], a) && is_hashable_set(call.a[1], b);
    Value both = hashable ? filtered(a, b, true) : filtered(call.a[0], call.a[1], true);
    return filtered(items_of_both(call.a[0], call.a[1]), both, false);
}

} // namespace sctl::jinja
