// Expected texts are Python's own.
#include <doctest/doctest.h>

#include <cmath>

#include "template/containers.hpp"
#include "template/date.hpp"
#include "template/integer.hpp"
#include "template/print.hpp"
#include "template/value.hpp"

using namespace sctl::jinja;

namespace {

Value big_number(const char* digits) {
    return *parse_int(digits);
}

Value number(int64_t value) {
    return Value(value);
}

std::string error_of(auto action) {
    try {
        action();
    } catch (const PythonError& error) {
        return std::string(error.type) + ": " + std::string(error.message);
    }
    return "none";
}

} // namespace

TEST_SUITE_BEGIN("template");

TEST_CASE("floats are printed with the fewest digits that are read back as the same") {
    CHECK(float_repr(0.1) == "0.1");
    CHECK(float_repr(1e16) == "1e+16");
    CHECK(float_repr(123456789012345680.0) == "1.2345678901234568e+17");
    CHECK(float_repr(1234567890123456.0) == "1234567890123456.0");
    CHECK(float_repr(0.0001) == "0.0001");
    CHECK(float_repr(0.00001) == "1e-05");
    CHECK(float_repr(-0.0) == "-0.0");
    CHECK(float_repr(5e-324) == "5e-324");
    CHECK(float_repr(std::ldexp(1, -44)) == "5.684341886080802e-14");
    CHECK(float_repr(1.7976931348623157e308) == "1.7976931348623157e+308");
    CHECK(float_repr(HUGE_VAL) == "inf");
}

TEST_CASE("strings are quoted as Python quotes them") {
    CHECK(str_repr("it's") == "\"it's\"");
    CHECK(str_repr("it's \"x\"") == "'it\\'s \"x\"'");
    CHECK(str_repr("a\n\t\\\x01\u00e9\u200b") == "'a\\n\\t\\\\\\x01\u00e9\\u200b'");
    CHECK(to_repr(bytes("\xff'a\n")) == "b\"\\xff'a\\n\"");
}

TEST_CASE("integers have no bounds") {
    Value big = big_number("123456789012345678901234567890");
    CHECK(to_repr(multiply(big, big)) ==
          "15241578753238836750495351562536198787501905199875019052100");
    CHECK(to_repr(floor_divide(negate(big), big_number("98765432109876543210"))) == "-1249999989");
    CHECK(to_repr(modulo(negate(big), big_number("98765432109876543210"))) ==
          "38580246902623456800");
    CHECK(to_repr(floor_divide(number(-7), number(2))) == "-4");
    CHECK(to_repr(modulo(number(7), number(-3))) == "-2");
    CHECK(to_repr(power(number(2), number(100))) == "1267650600228229401496703205376");
    CHECK(to_repr(subtract(number(INT64_MIN), number(1))) == "-9223372036854775809");
    CHECK(to_repr(add(big_number("-9223372036854775809"), number(1))) == "-9223372036854775808");
    CHECK(true_divide(big, number(3)) == 4.115226300411523e+28);
    CHECK(to_repr(from_double(1e23)) == "99999999999999991611392");
    CHECK(to_double(big_number("9007199254740993")) == 9007199254740992.0);
    CHECK(error_of([] { (void)floor_divide(number(1), number(0)); }) ==
          "ZeroDivisionError: integer division or modulo by zero");
    CHECK(error_of([] { (void)power(number(10), number(1000000000)); }) ==
          "OverflowError: integer is too large");
}

TEST_CASE("keys that are equal in Python are one key") {
    Value value = dict();
    value.dict().put(number(1), str("int"));
    value.dict().put(Value(1.0), str("float"));
    value.dict().put(Value(true), str("bool"));
    value.dict().put("1", str("text"));
    CHECK(to_repr(value) == "{1: 'bool', '1': 'text'}");
    CHECK(error_of([&] { value.dict().put(list(), Value()); }) ==
          "TypeError: unhashable type: 'list'");
    for (int64_t i = 0; i < 100; i++) value.dict().put(number(i), number(i));
    for (int64_t i = 0; i < 99; i++) CHECK(value.dict().remove(number(i)));
    CHECK(to_repr(value) == "{'1': 'text', 99: 99}");
}

TEST_CASE("sets of numbers are in the order of their hashes") {
    Value value = set();
    for (int64_t i : {30, 1, -1, 17, 9, 8, 1000, 33}) value.set().add(number(i));
    value.set().add(Value(2.5));
    CHECK(to_repr(value) == "{1, 33, 2.5, 8, 9, 1000, 17, -1, 30}");
}

TEST_CASE("lists are shared, and may hold themselves") {
    Value value = list({Value(), Value(true), tuple({number(1)}), tuple({})});
    Value same = value;
    same.items().push_back(same);
    CHECK(to_repr(value) == "[None, True, (1,), (), [...]]");
}

TEST_CASE("what is nested too deeply cannot be printed") {
    Value value = list();
    for (int i = 0; i < 100000; i++) value = list({value});
    CHECK(error_of([&] { (void)to_repr(value); }) ==
          "RecursionError: maximum recursion depth exceeded while getting the repr of an object");
}

TEST_CASE("dates are printed as Python's") {
    CHECK(to_str(date(2001, 2, 3)) == "2001-02-03");
    CHECK(to_repr(datetime(2001, 12, 14, 21, 59, 43, 100000, -18000)) ==
          "datetime.datetime(2001, 12, 14, 21, 59, 43, 100000, "
          "tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=68400)))");
    CHECK(to_str(datetime(2001, 12, 14, 21, 59, 43, 100000, -18000)) ==
          "2001-12-14 21:59:43.100000-05:00");
    CHECK(equal(datetime(2001, 12, 14, 2, 0, 0, 0, 3600), datetime(2001, 12, 14, 1, 0, 0, 0, 0)));
    CHECK(error_of([] { (void)date(2001, 2, 29); }) == "ValueError: day is out of range for month");
}

TEST_CASE("an undefined value may be held and printed in a list, and no more") {
    Value nothing = undefined_name("nope");
    CHECK(to_repr(list({nothing})) == "[Undefined]");
    CHECK(error_of([&] { (void)to_str(nothing); }) == "UndefinedError: 'nope' is undefined");
    CHECK(error_of([&] { (void)equal(nothing, Value()); }) ==
          "UndefinedError: 'nope' is undefined");
    CHECK(error_of([&] { (void)truth(undefined_item(dict(), str("a"))); }) ==
          "UndefinedError: 'dict object' has no attribute 'a'");
}

TEST_SUITE_END();
