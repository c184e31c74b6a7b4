#include "template/integer.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

namespace sctl::jinja {
namespace {

constexpr size_t most_digits = 4300;
using Limbs = Vector<uint32_t>;

// An integer of any size, taken apart.
struct Big {
    bool negative = false;
    Limbs limbs;
};

void trim_limbs(Limbs& limbs) {
    while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
}

Limbs limbs_of(uint64_t magnitude) {
    Limbs limbs;
    for (; magnitude != 0; magnitude >>= 32) limbs.push_back(static_cast<uint32_t>(magnitude));
    return limbs;
}

uint64_t magnitude_of(int64_t number) {
    return number < 0 ? uint64_t(0) - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
}

Big take_apart(const Value& value) {
    if (value.is(Kind::BigInt)) {
        auto& big = static_cast<BigInt&>(value.object());
        return {big.negative, big.limbs};
    }
    return {value.integer() < 0, limbs_of(magnitude_of(value.integer()))};
}

Value put_together(Big big) {
    trim_limbs(big.limbs);
    if (big.limbs.size() <= 2) {
        uint64_t magnitude = 0;
        for (size_t i = big.limbs.size(); i-- > 0;) magnitude = magnitude << 32 | big.limbs[i];
        uint64_t most = static_cast<uint64_t>(INT64_MAX) + (big.negative ? 1 : 0);
        if (magnitude <= most)
            return Value(static_cast<int64_t>(big.negative ? uint64_t(0) - magnitude : magnitude));
    }
    if (big.limbs.size() * 32 > most_bits) raise("OverflowError", "integer is too large");
    charge(big.limbs.size() * sizeof(uint32_t));
    auto* object = new BigInt;
    Value value(Kind::BigInt, object);
    object->negative = big.negative;
    object->limbs = std::move(big.limbs);
    return value;
}

int compare_limbs(const Limbs& a, const Limbs& b) {
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    for (size_t i = a.size(); i-- > 0;)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

Limbs add_limbs(const Limbs& a, const Limbs& b) {
    Limbs sum;
    uint64_t carry = 0;
    for (size_t i = 0; i < std::max(a.size(), b.size()) || carry != 0; i++) {
        carry += (i < a.size() ? uint64_t(a[i]) : 0) + (i < b.size() ? b[i] : 0);
        sum.push_back(static_cast<uint32_t>(carry));
        carry >>= 32;
    }
    return sum;
}

// `a` is not the smaller one.
Limbs subtract_limbs(const Limbs& a, const Limbs& b) {
    Limbs difference;
    int64_t borrow = 0;
    for (size_t i = 0; i < a.size(); i++) {
        borrow += int64_t(a[i]) - (i < b.size() ? int64_t(b[i]) : 0);
        difference.push_back(static_cast<uint32_t>(borrow));
        borrow >>= 32;
    }
    trim_limbs(difference);
    return difference;
}

Limbs multiply_limbs(const Limbs& a, const Limbs& b) {
    if ((a.size() + b.size()) * 32 > most_bits + 64) raise("OverflowError", "integer is too large");
    Limbs product(a.size() + b.size());
    for (size_t i = 0; i < a.size(); i++) {
        uint64_t carry = 0;
        for (size_t j = 0; j < b.size() || carry != 0; j++) {
            carry += product[i + j] + (j < b.size() ? uint64_t(a[i]) * b[j] : 0);
            product[i + j] = static_cast<uint32_t>(carry);
            carry >>= 32;
        }
    }
    trim_limbs(product);
    return product;
}

// limbs = limbs / divisor, and the remainder is returned.
uint32_t divide_small(Limbs& limbs, uint32_t divisor) {
    uint64_t rest = 0;
    for (size_t i = limbs.size(); i-- > 0;) {
        rest = rest << 32 | limbs[i];
        limbs[i] = static_cast<uint32_t>(rest / divisor);
        rest %= divisor;
    }
    trim_limbs(limbs);
    return static_cast<uint32_t>(rest);
}

Limbs shifted(const Limbs& limbs, unsigned bits) {
    Limbs out;
    uint64_t carry = 0;
    for (uint32_t limb : limbs) {
        carry |= uint64_t(limb) << bits;
        out.push_back(static_cast<uint32_t>(carry));
        carry >>= 32;
    }
    out.push_back(static_cast<uint32_t>(carry));
    return out;
}

// Knuth's algorithm D: the quotient is returned, `a` becomes the remainder.
Limbs divide_limbs(Limbs& a, const Limbs& b) {
    if (compare_limbs(a, b) < 0) return {};
    if (b.size() == 1) {
        uint32_t rest = divide_small(a, b[0]);
        Limbs quotient = std::exchange(a, limbs_of(rest));
        return quotient;
    }
    auto shift = static_cast<unsigned>(std::countl_zero(b.back()));
    Limbs u = shifted(a, shift), v = shifted(b, shift);
    v.pop_back();
    size_t n = v.size(), m = u.size() - n;
    Limbs quotient(m);
    for (size_t j = m; j-- > 0;) {
        uint64_t top = uint64_t(u[j + n]) << 32 | u[j + n - 1];
        uint64_t guess = top / v[n - 1], rest = top % v[n - 1];
        while (guess >> 32 != 0 || guess * v[n - 2] > (rest << 32 | u[j + n - 2])) {
            guess--;
            rest += v[n - 1];
            if (rest >> 32 != 0) break;
        }
        int64_t borrow = 0;
        uint64_t carry = 0;
        for (size_t i = 0; i < n; i++) {
            carry += guess * v[i];
            borrow += int64_t(u[i + j]) - int64_t(carry & UINT32_MAX);
            u[i + j] = static_cast<uint32_t>(borrow);
            borrow >>= 32;
            carry >>= 32;
        }
        borrow += int64_t(u[j + n]) - int64_t(carry);
        u[j + n] = static_cast<uint32_t>(borrow);
        if (borrow < 0) {
            guess--;
            uint64_t sum = 0;
            for (size_t i = 0; i < n; i++) {
                sum += uint64_t(u[i + j]) + v[i];
                u[i + j] = static_cast<uint32_t>(sum);
                sum >>= 32;
            }
            u[j + n] += static_cast<uint32_t>(sum);
        }
        quotient[j] = static_cast<uint32_t>(guess);
    }
    u.resize(n);
    for (size_t i = 0; shift != 0 && i < n; i++)
        u[i] = u[i] >> shift | (i + 1 < n ? u[i + 1] << (32 - shift) : 0);
    trim_limbs(u);
    trim_limbs(quotient);
    a = std::move(u);
    return quotient;
}

Value sum(Big a, const Big& b) {
    if (a.negative == b.negative) return put_together({a.negative, add_limbs(a.limbs, b.limbs)});
    if (compare_limbs(a.limbs, b.limbs) >= 0)
        return put_together({a.negative, subtract_limbs(a.limbs, b.limbs)});
    return put_together({b.negative, subtract_limbs(b.limbs, a.limbs)});
}

// Rounded down, with the remainder of the divisor's sign.
std::pair<Value, Value> divide(const Value& a, const Value& b) {
    Big dividend = take_apart(a), divisor = take_apart(b);
    if (divisor.limbs.empty()) raise("ZeroDivisionError", "integer division or modulo by zero");
    Limbs quotient = divide_limbs(dividend.limbs, divisor.limbs);
    bool differ = dividend.negative != divisor.negative;
    if (differ && !dividend.limbs.empty()) {
        quotient = add_limbs(quotient, {1});
        dividend.limbs = subtract_limbs(divisor.limbs, dividend.limbs);
    }
    return {put_together({differ, std::move(quotient)}),
            put_together({divisor.negative, std::move(dividend.limbs)})};
}

unsigned digit_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if ((c | 32) >= 'a' && (c | 32) <= 'z') return static_cast<unsigned>((c | 32) - 'a' + 10);
    return 99;
}

} // namespace

std::optional<Value> parse_int(std::string_view text, unsigned base) {
    bool negative = !text.empty() && text[0] == '-';
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    Limbs limbs;
    uint64_t small = 0;
    for (char c : text) {
        unsigned digit = digit_value(c);
        if (digit >= base) return std::nullopt;
        if (limbs.empty() && small < UINT64_MAX / 64) {
            small = small * base + digit;
            continue;
        }
        if (limbs.empty()) limbs = limbs_of(small);
        uint64_t carry = digit;
        for (uint32_t& limb : limbs) {
            carry += uint64_t(limb) * base;
            limb = static_cast<uint32_t>(carry);
            carry >>= 32;
        }
        if (carry != 0) limbs.push_back(static_cast<uint32_t>(carry));
        if (limbs.size() * 32 > most_bits) raise("OverflowError", "integer is too large");
    }
    if (limbs.empty()) limbs = limbs_of(small);
    return put_together({negative, std::move(limbs)});
}

String integer_text(const Value& value, unsigned base) {
    char digits[72];
    if (!value.is(Kind::BigInt)) {
        auto end =
            std::to_chars(digits, digits + sizeof digits, value.integer(), static_cast<int>(base))
                .ptr;
        return String(digits, end);
    }
    Big big = take_apart(value);
    String out;
    // As many digits at a time as fit a limb.
    uint32_t chunk = base;
    int digits_of_chunk = 1;
    while (uint64_t(chunk) * base <= UINT32_MAX) {
        chunk *= base;
        digits_of_chunk++;
    }
    while (!big.limbs.empty()) {
        uint32_t rest = divide_small(big.limbs, chunk);
        for (int i = 0; i < digits_of_chunk && (rest != 0 || !big.limbs.empty()); i++) {
            out += "0123456789abcdef"[rest % base];
            rest /= base;
        }
    }
    if (base == 10 && out.size() > most_digits)
        value_error(
            "Exceeds the limit (4300 digits) for integer string conversion; use "
            "sys.set_int_max_str_digits() to increase the limit");
    if (big.negative) out += '-';
    std::reverse(out.begin(), out.end());
    return out;
}

Value add(const Value& a, const Value& b) {
    int64_t small = 0;
    if (!a.is(Kind::BigInt) && !b.is(Kind::BigInt) &&
        !__builtin_add_overflow(a.integer(), b.integer(), &small))
        return Value(small);
    return sum(take_apart(a), take_apart(b));
}

Value subtract(const Value& a, const Value& b) {
    int64_t small = 0;
    if (!a.is(Kind::BigInt) && !b.is(Kind::BigInt) &&
        !__builtin_sub_overflow(a.integer(), b.integer(), &small))
        return Value(small);
    Big subtrahend = take_apart(b);
    subtrahend.negative = !subtrahend.negative;
    return sum(take_apart(a), subtrahend);
}

Value multiply(const Value& a, const Value& b) {
    int64_t small = 0;
    if (!a.is(Kind::BigInt) && !b.is(Kind::BigInt) &&
        !__builtin_mul_overflow(a.integer(), b.integer(), &small))
        return Value(small);
    Big x = take_apart(a), y = take_apart(b);
    return put_together({x.negative != y.negative, multiply_limbs(x.limbs, y.limbs)});
}

Value floor_divide(const Value& a, const Value& b) {
    return divide(a, b).first;
}

Value modulo(const Value& a, const Value& b) {
    return divide(a, b).second;
}

Value negate(const Value& a) {
    return subtract(Value(int64_t{0}), a);
}

Value power(const Value& a, const Value& b) {
    Value result(int64_t{1}), base = a;
    if (b.is(Kind::BigInt)) {
        bool is_unit = !a.is(Kind::BigInt) && a.integer() >= -1 && a.integer() <= 1;
        if (!is_unit) raise("OverflowError", "integer is too large");
        bool odd = (static_cast<BigInt&>(b.object()).limbs[0] & 1) != 0;
        return Value(a.integer() < 0 && !odd ? int64_t{1} : a.integer());
    }
    for (int64_t exponent = b.integer(); exponent > 0; exponent >>= 1) {
        if ((exponent & 1) != 0) result = multiply(result, base);
        if (exponent > 1) base = multiply(base, base);
    }
    return result;
}

int compare_integers(const Value& a, const Value& b) {
    if (!a.is(Kind::BigInt) && !b.is(Kind::BigInt))
        return a.integer() < b.integer() ? -1 : a.integer() > b.integer();
    Big x = take_apart(a), y = take_apart(b);
    if (x.negative != y.negative) return x.negative ? -1 : 1;
    int order = compare_limbs(x.limbs, y.limbs);
    return x.negative ? -order : order;
}

bool is_negative(const Value& value) {
    if (value.is(Kind::BigInt)) return static_cast<BigInt&>(value.object()).negative;
    return value.integer() < 0;
}

namespace {

// A fraction of 64 bits, the last of which also stands for all below it, and an exponent.
double scaled(uint64_t bits, bool negative, int64_t exponent) {
    // Round to 53 bits, half to even, as the conversion of the processor does for 64 bits.
    double number = std::ldexp(static_cast<double>(bits),
                               static_cast<int>(std::clamp<int64_t>(exponent, -5000, 5000)));
    return negative ? -number : number;
}

size_t bit_length(const Limbs& limbs) {
    return limbs.empty() ? 0
                         : limbs.size() * 32 - static_cast<size_t>(std::countl_zero(limbs.back()));
}

// The 64 highest bits, "sticky" in the last.
uint64_t highest_bits(const Limbs& limbs, int64_t& exponent) {
    size_t length = bit_length(limbs), skip = length > 64 ? length - 64 : 0;
    uint64_t bits = 0;
    for (size_t i = length; i-- > skip;) bits = bits << 1 | (limbs[i / 32] >> (i % 32) & 1);
    for (size_t i = 0; i < skip; i++)
        if ((limbs[i / 32] >> (i % 32) & 1) != 0) {
            bits |= 1;
            break;
        }
    exponent = static_cast<int64_t>(skip);
    return bits;
}

} // namespace

double to_double(const Value& value) {
    if (!value.is(Kind::BigInt)) return static_cast<double>(value.integer());
    auto& big = static_cast<BigInt&>(value.object());
    int64_t exponent = 0;
    uint64_t bits = highest_bits(big.limbs, exponent);
    double number = scaled(bits, big.negative, exponent);
    if (std::isinf(number)) raise("OverflowError", "int too large to convert to float");
    return number;
}

double true_divide(const Value& a, const Value& b) {
    constexpr int64_t exact = int64_t{1} << 53;
    bool small = !a.is(Kind::BigInt) && !b.is(Kind::BigInt);
    if (!b.is(Kind::BigInt) && b.integer() == 0) raise("ZeroDivisionError", "division by zero");
    if (small && std::abs(a.integer()) <= exact && std::abs(b.integer()) <= exact &&
        a.integer() != INT64_MIN && b.integer() != INT64_MIN)
        return static_cast<double>(a.integer()) / static_cast<double>(b.integer());
    Big x = take_apart(a), y = take_apart(b);
    // Enough bits that the quotient has 64 and more.
    int64_t shift =
        static_cast<int64_t>(bit_length(y.limbs)) - static_cast<int64_t>(bit_length(x.limbs)) + 66;
    if (shift > 0) {
        Limbs low(static_cast<size_t>(shift) / 32);
        Limbs high = shifted(x.limbs, static_cast<unsigned>(shift % 32));
        low.insert(low.end(), high.begin(), high.end());
        x.limbs = std::move(low);
        trim_limbs(x.limbs);
    } else {
        shift = 0;
    }
    Limbs quotient = divide_limbs(x.limbs, y.limbs);
    int64_t exponent = 0;
    uint64_t bits = highest_bits(quotient, exponent);
    if (!x.limbs.empty()) bits |= 1;
    double number = scaled(bits, x.negative != y.negative, exponent - shift);
    if (std::isinf(number)) raise("OverflowError", "integer division result too large for a float");
    return number;
}

Value from_double(double number) {
    if (std::isinf(number)) raise("OverflowError", "cannot convert float infinity to integer");
    if (std::isnan(number)) value_error("cannot convert float NaN to integer");
    number = std::trunc(number);
    if (std::fabs(number) < 9e18) return Value(static_cast<int64_t>(number));
    int exponent = 0;
    double mantissa = std::frexp(std::fabs(number), &exponent); // [0.5, 1)
    auto bits = static_cast<uint64_t>(std::ldexp(mantissa, 53));
    exponent -= 53;
    Limbs limbs(static_cast<size_t>(exponent) / 32);
    Limbs high = shifted(limbs_of(bits), static_cast<unsigned>(exponent % 32));
    limbs.insert(limbs.end(), high.begin(), high.end());
    return put_together({number < 0, std::move(limbs)});
}

int64_t clamp_to_64(const Value& value) {
    if (!value.is(Kind::BigInt)) return value.integer();
    return is_negative(value) ? INT64_MIN : INT64_MAX;
}

} // namespace sctl::jinja
