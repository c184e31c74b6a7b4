#include "template/iterators.hpp"

#include "base/text.hpp"
#include "template/print.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

// Sees what is added to the list while it runs.
struct ListIterator : Iterator {
    explicit ListIterator(Value sequence) : sequence(std::move(sequence)) {}
    bool next(Value& item) override {
        if (at >= sequence.items().size()) return false;
        item = sequence.items()[at++];
        charge(sizeof(Value));
        return true;
    }
    std::string_view type_name() const override {
        return sequence.is(Kind::List) ? "list_iterator" : "tuple_iterator";
    }
    Value sequence;
    size_t at = 0;
};

struct BackwardsIterator : Iterator {
    explicit BackwardsIterator(Value sequence)
        : sequence(std::move(sequence)), at(this->sequence.items().size()) {}
    bool next(Value& item) override {
        if (at == 0 || at > sequence.items().size()) return false;
        item = sequence.items()[--at];
        return true;
    }
    std::string_view type_name() const override {
        return sequence.is(Kind::List) ? "list_reverseiterator" : "reversed";
    }
    Value sequence;
    size_t at;
};

struct StrIterator : Iterator {
    explicit StrIterator(Value text) : text(std::move(text)) {}
    bool next(Value& item) override {
        const String& bytes = text.text();
        if (at >= bytes.size()) return false;
        if (text.is(Kind::Bytes)) {
            item = Value(static_cast<int64_t>(static_cast<unsigned char>(bytes[at++])));
            return true;
        }
        size_t start = at;
        (void)next_char(bytes, at);
        item = str(bytes.substr(start, at - start));
        return true;
    }
    std::string_view type_name() const override { return "str_iterator"; }
    Value text;
    size_t at = 0;
};

struct RangeIterator : Iterator {
    RangeIterator(Ref<Range> range, bool backwards)
        : range(std::move(range)), backwards(backwards) {}
    bool next(Value& item) override {
        if (at >= range->count) return false;
        item = range->at(backwards ? range->count - 1 - at : at);
        at++;
        charge(1);
        return true;
    }
    std::string_view type_name() const override { return "range_iterator"; }
    Ref<Range> range;
    bool backwards;
    int64_t at = 0;
};

struct DictIterator : Iterator {
    DictIterator(Ref<DictView> view, bool backwards)
        : view(std::move(view)), size(this->view->dict->size()), backwards(backwards) {}
    bool next(Value& item) override {
        Dict& dict = *view->dict;
        if (dict.size() != size) raise("RuntimeError", "dictionary changed size during iteration");
        while (at < dict.places()) {
            size_t place = backwards ? dict.places() - 1 - at : at;
            at++;
            if (dict.key(place).is_missing()) continue;
            item = view->at(place);
            return true;
        }
        return false;
    }
    std::string_view type_name() const override {
        constexpr std::string_view names[][2] = {
            {"dict_keyiterator", "dict_reversekeyiterator"},
            {"dict_valueiterator", "dict_reversevalueiterator"},
            {"dict_itemiterator", "dict_reverseitemiterator"}};
        return names[view->which][backwards];
    }
    Ref<DictView> view;
    size_t size, at = 0;
    bool backwards;
};

struct SetIterator : Iterator {
    explicit SetIterator(Values items) : items(std::move(items)) {}
    bool next(Value& item) override {
        if (at >= items.size()) return false;
        item = items[at++];
        return true;
    }
    std::string_view type_name() const override { return "set_iterator"; }
    Values items;
    size_t at = 0;
};

Iterator* new_iterator(const Value& value) {
    switch (value.kind()) {
        case Kind::List:
        case Kind::Tuple: return new ListIterator(value);
        case Kind::Str:
        case Kind::Bytes: return new StrIterator(value);
        case Kind::Dict: {
            Ref<Dict> dict(&value.dict());
            return new DictIterator(new DictView(dict, DictView::Keys), false);
        }
        case Kind::Set: return new SetIterator(value.set().in_order());
        case Kind::Undefined:
            if (is_lenient(value)) return new SetIterator({});
            fail_undefined(value);
        case Kind::Other: return value.object().iterate();
        default: return nullptr;
    }
}

} // namespace

Range::Range(int64_t first, int64_t last, int64_t distance)
    : start(first), stop(last), step(distance), count(0) {
    // In 128 bits nothing overflows.
    __extension__ using Wide = __int128;
    Wide span = step > 0 ? Wide(stop) - start : Wide(start) - stop;
    Wide width = step > 0 ? Wide(step) : -Wide(step);
    if (span > 0) count = static_cast<int64_t>((span + width - 1) / width);
}

void Range::repr(String& out) const {
    out += joined("range(", start, ", ", stop);
    if (step != 1) out += joined(", ", step);
    out += ')';
}

Value Range::attribute(std::string_view name) {
    if (name == "start") return Value(start);
    if (name == "stop") return Value(stop);
    if (name == "step") return Value(step);
    return Value::missing();
}

Value Range::item(const Value& key) {
    if (!key.is(Kind::Int) && !key.is(Kind::Bool))
        type_error({"range indices must be integers or slices, not ", jinja::type_name(key)});
    int64_t index = key.integer() < 0 ? key.integer() + count : key.integer();
    if (index < 0 || index >= count) raise("IndexError", "range object index out of range");
    return at(index);
}

Iterator* Range::iterate() {
    return new RangeIterator(this, false);
}

int Range::contains(const Value& value) {
    if (!value.is_integer()) return -1;
    if (value.is(Kind::BigInt)) return 0;
    int64_t number = value.integer();
    bool inside = step > 0 ? number >= start && number < stop : number <= start && number > stop;
    return inside && (number - start) % step == 0;
}

bool Range::equals(const Object& other) const {
    auto* range = dynamic_cast<const Range*>(&other);
    return range && count == range->count &&
           (count == 0 || (start == range->start && (count == 1 || step == range->step)));
}

std::string_view DictView::type_name() const {
    return which == Keys ? "dict_keys" : which == Values ? "dict_values" : "dict_items";
}

void DictView::repr(String& out) const {
    out += type_name();
    out += '(';
    append_repr(out, list(to_values(Value(const_cast<DictView*>(this)))));
    out += ')';
}

Iterator* DictView::iterate() {
    return new DictIterator(this, false);
}

int DictView::contains(const Value& value) {
    return which == Keys ? dict->find(value) != Dict::none : -1;
}

Value DictView::at(size_t place) const {
    if (which == Keys) return dict->key(place);
    if (which == Values) return dict->value(place);
    return tuple({dict->key(place), dict->value(place)});
}

Ref<Iterator> iterate(const Value& value) {
    Ref<Iterator> iterator(new_iterator(value));
    if (!iterator) type_error({"'", type_name(value), "' object is not iterable"});
    return iterator;
}

bool is_iterable(const Value& value) {
    Ref<Iterator> iterator(new_iterator(value));
    return static_cast<bool>(iterator);
}

Ref<Iterator> iterate_backwards(const Value& value) {
    if (value.is_undefined() && !is_lenient(value)) fail_undefined(value);
    if (value.is(Kind::List) || value.is(Kind::Tuple)) return new BackwardsIterator(value);
    if (value.is_str()) {
        Values items = to_values(value);
        return new BackwardsIterator(tuple(std::move(items)));
    }
    if (value.is(Kind::Dict)) {
        Ref<DictView> view(new DictView(&value.dict(), DictView::Keys));
        return new DictIterator(view, true);
    }
    if (auto* range = value.as<Range>()) return new RangeIterator(range, true);
    if (auto* view = value.as<DictView>()) return new DictIterator(view, true);
    return {};
}

Values to_values(const Value& value) {
    if (value.is(Kind::List) || value.is(Kind::Tuple)) return value.items();
    Ref<Iterator> iterator = iterate(value);
    Values out;
    Value item;
    while (iterator->next(item)) {
        charge(sizeof(Value));
        out.push_back(std::move(item));
    }
    return out;
}

int64_t length_or_none(const Value& value) {
    switch (value.kind()) {
        case Kind::Str: return value.str().length();
        case Kind::Bytes: return static_cast<int64_t>(value.text().size());
        case Kind::List:
        case Kind::Tuple: return static_cast<int64_t>(value.items().size());
        case Kind::Dict: return static_cast<int64_t>(value.dict().size());
        case Kind::Set: return static_cast<int64_t>(value.set().size());
        case Kind::Undefined:
            if (is_lenient(value)) return 0;
            fail_undefined(value);
        case Kind::Other: return value.object().length();
        default: return -1;
    }
}

int64_t length(const Value& value) {
    int64_t count = length_or_none(value);
    if (count < 0) type_error({"object of type '", type_name(value), "' has no len()"});
    return count;
}

} // namespace sctl::jinja
