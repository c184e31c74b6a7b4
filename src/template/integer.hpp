// Python's integers: of 64 bits in a Value itself, larger ones as BigInt, so none overflows. Those
// of more than `most_bits` are an OverflowError, as no template needs them and time would be lost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "template/value.hpp"

namespace sctl::jinja {

inline constexpr size_t most_bits = 200000;

struct BigInt : Object {
    bool negative = false;
    Vector<uint32_t> limbs; // least first, the last one is not zero
};

// `text` is digits of the base, with an optional sign, of any length; nothing where it is not.
[[nodiscard]] std::optional<Value> parse_int(std::string_view text, unsigned base = 10);
// Python's limit holds: ValueError above 4300 digits.
[[nodiscard]] String integer_text(const Value& value, unsigned base = 10);

// All take Bool, Int and BigInt.
[[nodiscard]] Value add(const Value& a, const Value& b);
[[nodiscard]] Value subtract(const Value& a, const Value& b);
[[nodiscard]] Value multiply(const Value& a, const Value& b);
// Rounded down; ZeroDivisionError.
[[nodiscard]] Value floor_divide(const Value& a, const Value& b);
[[nodiscard]] Value modulo(const Value& a, const Value& b);
[[nodiscard]] Value negate(const Value& a);
// `b` is not negative.
[[nodiscard]] Value power(const Value& a, const Value& b);
[[nodiscard]] int compare_integers(const Value& a, const Value& b);
[[nodiscard]] bool is_negative(const Value& value);
// OverflowError where it is too large.
[[nodiscard]] double to_double(const Value& value);
[[nodiscard]] double true_divide(const Value& a, const Value& b);
// The whole part; OverflowError, ValueError for infinity and NaN.
[[nodiscard]] Value from_double(double number);
// Clamped to what 64 bits hold.
[[nodiscard]] int64_t clamp_to_64(const Value& value);
[[nodiscard]] uint64_t hash_of(const BigInt& value);

} // namespace sctl::jinja
