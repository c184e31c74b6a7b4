#include "template/tests.hpp"

#include "template/date.hpp"
#include "template/filters.hpp"
#include "template/iterators.hpp"
#include "template/objects.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/str_functions.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

Value remainder_is(const Value& value, int64_t divisor, int64_t wanted) {
    return Value(equal(arithmetic(Op::Mod, value, Value(divisor)), Value(wanted)));
}

Value test_odd(Call& call) {
    return remainder_is(call.a[0], 2, 1);
}
Value test_even(Call& call) {
    return remainder_is(call.a[0], 2, 0);
}
Value test_divisibleby(Call& call) {
    return Value(equal(arithmetic(Op::Mod, call.a[0], call.a[1]), Value(int64_t{0})));
}
Value test_defined(Call& call) {
    return Value(!call.a[0].is_undefined());
}
Value test_undefined(Call& call) {
    return Value(call.a[0].is_undefined());
}
Value test_filter(Call& call) {
    (void)hash(call.a[0]);
    return Value(call.a[0].is_str() && find_filter(call.a[0].text()));
}
Value test_test(Call& call) {
    (void)hash(call.a[0]);
    return Value(call.a[0].is_str() && find_test(call.a[0].text()));
}
Value test_none(Call& call) {
    return Value(call.a[0].is_none());
}
Value test_boolean(Call& call) {
    return Value(call.a[0].is(Kind::Bool));
}
Value test_false(Call& call) {
    return Value(call.a[0].is(Kind::Bool) && !call.a[0].boolean());
}
Value test_true(Call& call) {
    return Value(call.a[0].is(Kind::Bool) && call.a[0].boolean());
}
Value test_integer(Call& call) {
    return Value(call.a[0].is_integer() && !call.a[0].is(Kind::Bool));
}
Value test_float(Call& call) {
    return Value(call.a[0].is(Kind::Float));
}

template <bool upper>
Value test_case(Call& call) {
    return Value(is_all_cased(to_str(call.a[0]), upper));
}

Value test_string(Call& call) {
    return Value(call.a[0].is_str());
}
Value test_mapping(Call& call) {
    return Value(call.a[0].is(Kind::Dict) || call.a[0].as<Context>());
}
Value test_number(Call& call) {
    return Value(call.a[0].is_number());
}

Value test_sequence(Call& call) {
    const Value& value = call.a[0];
    switch (value.kind()) {
        case Kind::Str:
        case Kind::Bytes:
        case Kind::List:
        case Kind::Tuple:
        case Kind::Dict: return Value(true);
        case Kind::Undefined: return Value(is_lenient(value));
        default: return Value(value.as<Range>() != nullptr);
    }
}

Value test_sameas(Call& call) {
    return Value(identical(call.a[0], call.a[1]));
}
Value test_iterable(Call& call) {
    return Value(is_iterable(call.a[0]));
}
Value test_callable(Call& call) {
    const Value& value = call.a[0];
    return Value(value.is_undefined() || (value.is(Kind::Other) && value.object().is_callable()));
}
Value test_escaped(Call& call) {
    return Value(has_html(call.a[0]));
}
Value test_in(Call& call) {
    return Value(contains(call.a[1], call.a[0]));
}

template <Op op>
Value test_compare(Call& call) {
    return Value(compare(op, call.a[0], call.a[1]));
}

constexpr NativeRow test_rows[] = {
    {"!=", "ne", "a b", test_compare<Op::Ne>, 0, Native::C},
    {"<", "lt", "a b", test_compare<Op::Lt>, 0, Native::C},
    {"<=", "le", "a b", test_compare<Op::LtEq>, 0, Native::C},
    {"==", "eq", "a b", test_compare<Op::Eq>, 0, Native::C},
    {">", "gt", "a b", test_compare<Op::Gt>, 0, Native::C},
    {">=", "ge", "a b", test_compare<Op::GtEq>, 0, Native::C},
    {"boolean", "test_boolean", "value", test_boolean},
    {"callable", "callable", "obj", test_callable, 0, Native::C},
    {"defined", "test_defined", "value", test_defined},
    {"divisibleby", "test_divisibleby", "value num", test_divisibleby},
    {"eq", "eq", "a b", test_compare<Op::Eq>, 0, Native::C},
    {"equalto", "eq", "a b", test_compare<Op::Eq>, 0, Native::C},
    {"escaped", "test_escaped", "value", test_escaped},
    {"even", "test_even", "value", test_even},
    {"false", "test_false", "value", test_false},
    {"filter", "test_filter", "value", test_filter, 1},
    {"float", "test_float", "value", test_float},
    {"ge", "ge", "a b", test_compare<Op::GtEq>, 0, Native::C},
    {"greaterthan", "gt", "a b", test_compare<Op::Gt>, 0, Native::C},
    {"gt", "gt", "a b", test_compare<Op::Gt>, 0, Native::C},
    {"in", "test_in", "value seq", test_in},
    {"integer", "test_integer", "value", test_integer},
    {"iterable", "test_iterable", "value", test_iterable},
    {"le", "le", "a b", test_compare<Op::LtEq>, 0, Native::C},
    {"lessthan", "lt", "a b", test_compare<Op::Lt>, 0, Native::C},
    {"lower", "test_lower", "value", test_case<false>},
    {"lt", "lt", "a b", test_compare<Op::Lt>, 0, Native::C},
    {"mapping", "test_mapping", "value", test_mapping},
    {"ne", "ne", "a b", test_compare<Op::Ne>, 0, Native::C},
    {"none", "test_none", "value", test_none},
    {"number", "test_number", "value", test_number},
    {"odd", "test_odd", "value", test_odd},
    {"sameas", "test_sameas", "value other", test_sameas},
    {"sequence", "test_sequence", "value", test_sequence},
    {"string", "test_string", "value", test_string},
    {"test", "test_test", "value", test_test, 1},
    {"true", "test_true", "value", test_true},
    {"undefined", "test_undefined", "value", test_undefined},
    {"upper", "test_upper", "value", test_case<true>},
};
static_assert(is_sorted_by_name(test_rows));

} // namespace

const NativeRow* find_test(std::string_view name) {
    return find_row(test_rows, name);
}

Value Runtime::call_filter(const Value& name, const Value& value, Arguments arguments) {
    const NativeRow* row = name.is_str() ? find_filter(name.text()) : nullptr;
    if (!row) fail_unknown("filter", name);
    arguments.positional.insert(arguments.positional.begin(), value);
    return invoke(*this, *row, Value::missing(), arguments);
}

bool Runtime::call_test(const Value& name, const Value& value, Arguments arguments) {
    const NativeRow* row = name.is_str() ? find_test(name.text()) : nullptr;
    if (!row) fail_unknown("test", name);
    arguments.positional.insert(arguments.positional.begin(), value);
    return truth(invoke(*this, *row, Value::missing(), arguments));
}

} // namespace sctl::jinja
