#include "template/operations.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/text.hpp"
#include "template/containers.hpp"
#include "template/format.hpp"
#include "template/integer.hpp"
#include "template/iterators.hpp"
#include "template/module.hpp"
#include "template/print.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

constexpr std::string_view operator_texts[] = {
    "==", "!=", "<", "<=", ">", ">=", "in", "not in", "+", "-", "*", "/", "//", "%", "** or pow()"};

std::string_view text_of(Op op) {
    return operator_texts[static_cast<size_t>(op)];
}

[[noreturn]] void fail_operands(Op op, const Value& a, const Value& b) {
    type_error({"unsupported operand type(s) for ", text_of(op), ": '", type_name(a), "' and '",
                type_name(b), "'"});
}

double float_modulo(double a, double b) {
    if (b == 0) raise("ZeroDivisionError", "float modulo");
    double rest = std::fmod(a, b);
    if (rest == 0) return std::copysign(0.0, b);
    return (rest < 0) != (b < 0) ? rest + b : rest;
}

double float_floor_divide(double a, double b) {
    if (b == 0) raise("ZeroDivisionError", "float floor division by zero");
    double rest = std::fmod(a, b), quotient = (a - rest) / b;
    if (rest != 0 && (rest < 0) != (b < 0)) quotient -= 1;
    if (quotient == 0) return std::copysign(0.0, a / b);
    double whole = std::floor(quotient);
    return quotient - whole > 0.5 ? whole + 1 : whole;
}

double float_power(double a, double b) {
    if (a == 0 && b < 0) raise("ZeroDivisionError", "0.0 cannot be raised to a negative power");
    if (a < 0 && std::isfinite(b) && b != std::trunc(b))
        raise("ValueError", "complex numbers are not supported");
    double power = std::pow(a, b);
    if (std::isinf(power) && std::isfinite(a) && std::isfinite(b))
        raise("OverflowError", "(34, 'Numerical result out of range')");
    return power;
}

Value float_arithmetic(Op op, double a, double b) {
    switch (op) {
        case Op::Add: return Value(a + b);
        case Op::Sub: return Value(a - b);
        case Op::Mul: return Value(a * b);
        case Op::Div:
            if (b == 0) raise("ZeroDivisionError", "float division by zero");
            return Value(a / b);
        case Op::FloorDiv: return Value(float_floor_divide(a, b));
        case Op::Mod: return Value(float_modulo(a, b));
        default: return Value(float_power(a, b));
    }
}

Value integer_arithmetic(Op op, const Value& a, const Value& b) {
    switch (op) {
        case Op::Add: return add(a, b);
        case Op::Sub: return subtract(a, b);
        case Op::Mul: return multiply(a, b);
        case Op::Div: return Value(true_divide(a, b));
        case Op::FloorDiv: return floor_divide(a, b);
        case Op::Mod:
            if (!b.is(Kind::BigInt) && b.integer() == 0)
                raise("ZeroDivisionError", "integer modulo by zero");
            return modulo(a, b);
        default:
            if (is_negative(b)) return Value(float_power(to_double(a), to_double(b)));
            return power(a, b);
    }
}

bool is_sequence(const Value& value) {
    return value.is_str() || value.is(Kind::Bytes) || value.is(Kind::List) || value.is(Kind::Tuple);
}

Value repeat(const Value& sequence, const Value& times) {
    if (times.is(Kind::BigInt))
        raise("OverflowError", "cannot fit 'int' into an index-sized integer");
    int64_t count = std::max<int64_t>(clamp_to_64(times), 0);
    auto size = static_cast<int64_t>(sequence.is(Kind::List) || sequence.is(Kind::Tuple)
                                         ? sequence.items().size() * sizeof(Value)
                                         : sequence.text().size());
    if (size != 0 && count > static_cast<int64_t>(bounds.memory_at_once) / size)
        raise("MemoryError", "the template uses too much memory");
    charge(static_cast<uint64_t>(size * count));
    if (!sequence.is(Kind::List) && !sequence.is(Kind::Tuple)) {
        String text;
        text.reserve(static_cast<size_t>(size * count));
        for (int64_t i = 0; size != 0 && i < count; i++) text += sequence.text();
        if (sequence.is(Kind::Bytes)) return bytes(std::move(text));
        return sequence.str().markup ? markup(std::move(text)) : str(std::move(text));
    }
    Values items;
    if (size != 0) items.reserve(sequence.items().size() * static_cast<size_t>(count));
    for (int64_t i = 0; size != 0 && i < count; i++)
        items.insert(items.end(), sequence.items().begin(), sequence.items().end());
    return sequence.is(Kind::List) ? list(std::move(items)) : tuple(std::move(items));
}

Value concatenate(const Value& a, const Value& b) {
    bool same = a.kind() == b.kind();
    if (a.is_str() && (same || has_html(b))) {
        if (!a.str().markup && !has_html(b)) return str(a.text() + b.text());
        return markup(escape(a).text() + escape(b).text());
    }
    if (b.is_str() && b.str().markup && has_html(a)) return markup(escape(a).text() + b.text());
    if (same && a.is(Kind::Bytes)) return bytes(a.text() + b.text());
    if (same && (a.is(Kind::List) || a.is(Kind::Tuple))) {
        Values items = a.items();
        items.insert(items.end(), b.items().begin(), b.items().end());
        return a.is(Kind::List) ? list(std::move(items)) : tuple(std::move(items));
    }
    if (a.is_str() && a.str().markup) fail_operands(Op::Add, a, b);
    if (is_sequence(a))
        type_error({"can only concatenate ", type_name(a), " (not \"", type_name(b), "\") to ",
                    type_name(a)});
    fail_operands(Op::Add, a, b);
}

Value set_difference(const Value& a, const Value& b) {
    Value out = set();
    for (const Value& item : a.set().in_order())
        if (b.set().find(item) == Set::none) out.set().add(item);
    return out;
}

Value other_arithmetic(Op op, const Value& a, const Value& b) {
    if (op == Op::Mod && a.is_str()) return percent_format(a, b);
    if (op == Op::Add && (is_sequence(a) || has_html(a))) return concatenate(a, b);
    if (op == Op::Mul && is_sequence(a)) {
        if (b.is_integer()) return repeat(a, b);
        if (!(a.is_str() && a.str().markup))
            type_error({"can't multiply sequence by non-int of type '", type_name(b), "'"});
    }
    if (op == Op::Mul && is_sequence(b)) {
        if (a.is_integer()) return repeat(b, a);
        type_error({"can't multiply sequence by non-int of type '", type_name(a), "'"});
    }
    if (op == Op::Sub && a.is(Kind::Set) && b.is(Kind::Set)) return set_difference(a, b);
    char sign = text_of(op)[0];
    Value out = Value::missing();
    if (a.is(Kind::Other)) out = a.object().arithmetic(sign, b, false);
    if (out.is_missing() && b.is(Kind::Other)) out = b.object().arithmetic(sign, a, true);
    if (out.is_missing()) fail_operands(op, a, b);
    return out;
}

} // namespace

double as_double(const Value& number) {
    return number.is(Kind::Float) ? number.real() : to_double(number);
}

Value arithmetic(Op op, const Value& a, const Value& b) {
    // What is printed into or repeated looks at its operand itself.
    if (a.is_undefined()) fail_undefined(a);
    if (b.is_undefined() && !(op == Op::Mod && a.is_str())) fail_undefined(b);
    if (a.is_integer() && b.is_integer()) return integer_arithmetic(op, a, b);
    if (a.is_number() && b.is_number()) return float_arithmetic(op, as_double(a), as_double(b));
    return other_arithmetic(op, a, b);
}

Value negative(const Value& value) {
    if (value.is_undefined()) fail_undefined(value);
    if (value.is(Kind::Float)) return Value(-value.real());
    if (value.is_integer()) return negate(value);
    type_error({"bad operand type for unary -: '", type_name(value), "'"});
}

Value positive(const Value& value) {
    if (value.is_undefined()) fail_undefined(value);
    if (value.is(Kind::Bool)) return Value(value.integer());
    if (value.is_number()) return value;
    type_error({"bad operand type for unary +: '", type_name(value), "'"});
}

namespace {

// Below, at or above zero; Object::unordered where it is neither, as with NaN.
constexpr int neither = 3;

int compare_mixed(const Value& integer, double real) {
    if (std::isnan(real)) return neither;
    if (std::isinf(real)) return real > 0 ? -1 : 1;
    Value whole = from_double(std::floor(real));
    int order = compare_integers(integer, whole);
    return order == 0 && real != std::floor(real) ? -1 : order;
}

int compare_numbers(const Value& a, const Value& b) {
    if (a.is(Kind::Float) && b.is(Kind::Float)) {
        double x = a.real(), y = b.real();
        return x < y ? -1 : x > y ? 1 : x == y ? 0 : neither;
    }
    if (a.is(Kind::Float)) {
        int order = compare_mixed(b, a.real());
        return order == neither ? neither : -order;
    }
    return b.is(Kind::Float) ? compare_mixed(a, b.real()) : compare_integers(a, b);
}

bool holds(Op op, int order) {
    switch (op) {
        case Op::Lt: return order == -1;
        case Op::LtEq: return order == -1 || order == 0;
        case Op::Gt: return order == 1;
        default: return order == 1 || order == 0;
    }
}

bool compare_sequences(Op op, const Values& a, const Values& b) {
    Depth depth(" in comparison");
    for (size_t i = 0; i < a.size() && i < b.size(); i++)
        if (!identical(a[i], b[i]) && !equal(a[i], b[i])) return compare(op, a[i], b[i]);
    return holds(op, a.size() < b.size() ? -1 : a.size() > b.size());
}

bool is_subset(const Set& a, const Set& b) {
    for (size_t i = 0; i < a.places(); i++)
        if (!a.key(i).is_missing() && b.find(a.key(i)) == Set::none) return false;
    return true;
}

bool compare_sets(Op op, const Set& a, const Set& b) {
    switch (op) {
        case Op::Lt: return a.size() < b.size() && is_subset(a, b);
        case Op::LtEq: return is_subset(a, b);
        case Op::Gt: return a.size() > b.size() && is_subset(b, a);
        default: return is_subset(b, a);
    }
}

bool compare_order(Op op, const Value& a, const Value& b) {
    if (a.is_undefined()) fail_undefined(a);
    if (b.is_undefined()) fail_undefined(b);
    if (a.is_number() && b.is_number()) return holds(op, compare_numbers(a, b));
    if (a.kind() == b.kind()) {
        if (a.is_str() || a.is(Kind::Bytes)) {
            int order = a.text().compare(b.text());
            return holds(op, order < 0 ? -1 : order > 0);
        }
        if (a.is(Kind::List) || a.is(Kind::Tuple))
            return compare_sequences(op, a.items(), b.items());
        if (a.is(Kind::Set)) return compare_sets(op, a.set(), b.set());
        if (a.is(Kind::Other)) {
            int order = a.object().compare(b.object());
            if (order != Object::unordered) return holds(op, order);
        }
    }
    type_error({"'", text_of(op), "' not supported between instances of '", type_name(a), "' and '",
                type_name(b), "'"});
}

bool contains_text(const Value& container, const Value& item) {
    if (container.is_str() && !item.is_str())
        type_error({"'in <string>' requires string as left operand, not ", type_name(item)});
    if (!item.is_str() && !item.is(Kind::Bytes))
        type_error({"a bytes-like object is required, not '", type_name(item), "'"});
    const String &whole = container.text(), &part = item.text();
    return part.empty() || memmem(whole.data(), whole.size(), part.data(), part.size()) != nullptr;
}

} // namespace

bool compare(Op op, const Value& a, const Value& b) {
    switch (op) {
        case Op::Eq: return equal(a, b);
        case Op::Ne: return !equal(a, b);
        case Op::In: return contains(b, a);
        case Op::NotIn: return !contains(b, a);
        default: return compare_order(op, a, b);
    }
}

bool contains(const Value& container, const Value& item) {
    switch (container.kind()) {
        case Kind::Str:
        case Kind::Bytes: return contains_text(container, item);
        case Kind::Dict: return container.dict().find(item) != Dict::none;
        case Kind::Set: return container.set().find(item) != Set::none;
        case Kind::Undefined:
            if (is_lenient(container)) return false;
            fail_undefined(container);
        case Kind::Other: {
            int known = container.object().contains(item);
            if (known >= 0) return known != 0;
            break;
        }
        default: break;
    }
    if (!is_iterable(container))
        type_error({"argument of type '", type_name(container), "' is not iterable"});
    Ref<Iterator> iterator = iterate(container);
    Value candidate;
    while (iterator->next(candidate))
        if (identical(candidate, item) || equal(candidate, item)) return true;
    return false;
}

int64_t compared_index(const Value& value) {
    if (value.is_undefined()) fail_undefined(value);
    return as_index(value);
}

int64_t as_index(const Value& value) {
    if (!value.is_integer())
        type_error({"'", type_name(value), "' object cannot be interpreted as an integer"});
    return clamp_to_64(value);
}

int64_t checked_index(const Value& index, int64_t length, std::string_view type) {
    if (!index.is_integer()) {
        if (type == "string")
            type_error({"string indices must be integers, not '", type_name(index), "'"});
        type_error({type, " indices must be integers or slices, not ", type_name(index)});
    }
    if (index.is(Kind::BigInt)) raise("IndexError", "cannot fit 'int' into an index-sized integer");
    int64_t at = index.integer() < 0 ? index.integer() + length : index.integer();
    if (at < 0 || at >= length) raise("IndexError", {type, " index out of range"});
    return at;
}

Value subscript(const Value& value, const Value& key) {
    switch (value.kind()) {
        case Kind::Str: {
            const String& text = value.text();
            int64_t count = value.str().length(), index = checked_index(key, count, "string");
            bool ascii = static_cast<size_t>(count) == text.size();
            size_t from =
                ascii ? static_cast<size_t>(index) : byte_offset(text, static_cast<size_t>(index));
            size_t to = from;
            (void)next_char(text, to);
            String part = text.substr(from, to - from);
            return value.str().markup ? markup(std::move(part)) : str(std::move(part));
        }
        case Kind::Bytes: {
            auto at = static_cast<size_t>(checked_index(key, length(value), "byte"));
            return Value(static_cast<int64_t>(static_cast<unsigned char>(value.text()[at])));
        }
        case Kind::List:
            return value.items()[static_cast<size_t>(checked_index(key, length(value), "list"))];
        case Kind::Tuple:
            return value.items()[static_cast<size_t>(checked_index(key, length(value), "tuple"))];
        case Kind::Dict: {
            Value* found = value.dict().get(key);
            if (!found) raise("KeyError", to_repr(key));
            return *found;
        }
        case Kind::Undefined: fail_undefined(value);
        case Kind::Other: {
            Value item = value.object().item(key);
            if (!item.is_missing()) return item;
            break;
        }
        default: break;
    }
    type_error({"'", type_name(value), "' object is not subscriptable"});
}

namespace {

// One end of a slice, within [lowest, highest].
int64_t slice_end(const Value& value, int64_t fallback, int64_t length, int64_t lowest,
                  int64_t highest) {
    if (value.is_none()) return fallback;
    if (!value.is_integer())
        type_error("slice indices must be integers or None or have an __index__ method");
    int64_t at = clamp_to_64(value);
    if (at < 0) at = at < -length ? lowest : std::max(at + length, lowest);
    return std::min(at, highest);
}

String slice_text(const Value& value, int64_t from, int64_t count, int64_t step) {
    const String& text = value.text();
    bool by_bytes =
        value.is(Kind::Bytes) || static_cast<size_t>(value.str().length()) == text.size();
    if (by_bytes && step == 1)
        return text.substr(static_cast<size_t>(from), static_cast<size_t>(count));
    String out;
    if (by_bytes) {
        for (int64_t i = 0; i < count; i++) out += text[static_cast<size_t>(from + i * step)];
        return out;
    }
    Vector<size_t> starts;
    for (size_t at = 0; at < text.size(); (void)next_char(text, at)) starts.push_back(at);
    starts.push_back(text.size());
    for (int64_t i = 0; i < count; i++) {
        auto at = static_cast<size_t>(from + i * step);
        out.append(text, starts[at], starts[at + 1] - starts[at]);
    }
    return out;
}

} // namespace

Value slice(const Value& value, const Value& start, const Value& stop, const Value& step) {
    if (value.is_undefined()) fail_undefined(value);
    auto* range = value.as<Range>();
    if (!is_sequence(value) && !range) {
        if (value.is(Kind::Dict)) type_error("unhashable type: 'slice'");
        type_error({"'", type_name(value), "' object is not subscriptable"});
    }
    if (!step.is_none() && !step.is_integer())
        type_error("slice indices must be integers or None or have an __index__ method");
    int64_t by = step.is_none() ? 1 : clamp_to_64(step);
    if (by == 0) value_error("slice step cannot be zero");
    by = std::clamp<int64_t>(by, -INT64_MAX, INT64_MAX);
    int64_t size = length(value), lowest = by < 0 ? -1 : 0, highest = by < 0 ? size - 1 : size;
    int64_t from = slice_end(start, by < 0 ? highest : 0, size, lowest, highest);
    int64_t to = slice_end(stop, by < 0 ? -1 : size, size, lowest, highest);
    int64_t count = by > 0 ? (to > from ? (to - from - 1) / by + 1 : 0)
                           : (to < from ? (from - to - 1) / -by + 1 : 0);
    if (range) {
        int64_t first = range->start + from * range->step;
        return Value(new Range(first, range->start + to * range->step, range->step * by));
    }
    if (value.is_str()) {
        String text = count == 0 ? "" : slice_text(value, from, count, by);
        return value.str().markup ? markup(std::move(text)) : str(std::move(text));
    }
    if (value.is(Kind::Bytes)) return bytes(count == 0 ? "" : slice_text(value, from, count, by));
    Values items;
    for (int64_t i = 0; i < count; i++)
        items.push_back(value.items()[static_cast<size_t>(from + i * by)]);
    return value.is(Kind::List) ? list(std::move(items)) : tuple(std::move(items));
}

void append_escaped(String& out, std::string_view text) {
    for (char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '\'': out += "&#39;"; break;
            case '"': out += "&#34;"; break;
            default: out += c;
        }
    }
}

bool has_html(const Value& value) {
    return (value.is_str() && value.str().markup) || value.as<Module>();
}

Value escape(const Value& value) {
    if (value.is_str() && value.str().markup) return value;
    if (value.as<Module>()) return markup(to_str(value));
    String out;
    append_escaped(out, to_str(value));
    return markup(std::move(out));
}

} // namespace sctl::jinja
