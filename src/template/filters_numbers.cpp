// Filters of numbers.
#include <cmath>

#include "base/text.hpp"
#include "template/filters.hpp"
#include "template/format.hpp"
#include "template/integer.hpp"
#include "template/numbers.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"

namespace sctl::jinja {
namespace {

bool is_conversion_error(const PythonError& error) {
    return error.type == "TypeError" || error.type == "ValueError";
}

} // namespace

Value filter_int(Call& call) {
    const Value& value = call.a[0];
    try {
        if (!value.is_str()) return int_of(value);
        auto number = int_of_text(value.text(), call.a[2].is_missing() ? 10 : as_index(call.a[2]));
        if (number) return *number;
    } catch (const PythonError& error) {
        if (!is_conversion_error(error)) throw;
    }
    try {
        return from_double(float_of(value));
    } catch (const PythonError& error) {
        if (!is_conversion_error(error)) throw;
        return call.get(1, Value(int64_t{0}));
    }
}

Value filter_float(Call& call) {
    try {
        return Value(float_of(call.a[0]));
    } catch (const PythonError& error) {
        if (!is_conversion_error(error)) throw;
        return call.get(1, Value(0.0));
    }
}

Value filter_round(Call& call) {
    const Value& value = call.a[0];
    String method = call.a[2].is_missing() ? "common" : to_str(call.a[2]);
    if (method != "common" && method != "ceil" && method != "floor")
        raise("FilterArgumentError", "method must be common, ceil or floor");
    Value precision = call.get(1, Value(int64_t{0}));
    if (method == "common") return rounded(value, precision);
    Value unit = arithmetic(Op::Pow, Value(int64_t{10}), precision);
    Value scaled = arithmetic(Op::Mul, value, unit);
    if (scaled.is(Kind::Float))
        scaled =
            from_double(method == "ceil" ? std::ceil(scaled.real()) : std::floor(scaled.real()));
    else if (!scaled.is_integer())
        type_error({"must be real number, not ", type_name(scaled)});
    return arithmetic(Op::Div, scaled, unit);
}

Value filter_filesizeformat(Call& call) {
    constexpr std::string_view letters = "kMGTPEZY";
    double bytes = float_of(call.a[0]);
    bool binary = call.truth(1);
    int64_t base = binary ? 1024 : 1000;
    if (bytes == 1) return str("1 Byte");
    if (bytes < static_cast<double>(base)) return str(joined(to_str(from_double(bytes)), " Bytes"));
    String out;
    for (size_t i = 0; i < letters.size(); i++) {
        double unit = to_double(power(Value(base), Value(static_cast<int64_t>(i + 2))));
        if (bytes >= unit && i + 1 < letters.size()) continue;
        out = float_text(static_cast<double>(base) * bytes / unit, 'f', 1);
        char letter = letters[i];
        out += joined(" ", binary && letter == 'k' ? 'K' : letter, binary ? "iB" : "B");
        break;
    }
    return str(std::move(out));
}

} // namespace sctl::jinja
