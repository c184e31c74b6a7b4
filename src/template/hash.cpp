// hash(), with Python's own numbers for numbers and tuples of them, as the order of a set is that
// of hashes.
#include <cmath>

#include "base/text.hpp"
#include "template/integer.hpp"
#include "template/value.hpp"

namespace sctl::jinja {
namespace {

constexpr unsigned hash_bits = 61;
constexpr uint64_t modulus = (uint64_t{1} << hash_bits) - 1;

uint64_t signed_hash(uint64_t magnitude, bool negative) {
    if (!negative) return magnitude;
    return magnitude == 1 ? uint64_t(-2) : uint64_t(0) - magnitude;
}

uint64_t hash_integer(int64_t number) {
    bool negative = number < 0;
    uint64_t magnitude =
        negative ? uint64_t(0) - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
    return signed_hash(magnitude % modulus, negative);
}

// As _Py_HashDouble: the number modulo 2**61 - 1, 28 bits at a time.
uint64_t hash_double(double number) {
    if (std::isinf(number)) return number > 0 ? 314159 : uint64_t(-314159);
    if (std::isnan(number)) return 0;
    int exponent = 0;
    double mantissa = std::frexp(std::fabs(number), &exponent);
    uint64_t hash = 0;
    while (mantissa != 0) {
        hash = ((hash << 28) & modulus) | hash >> (hash_bits - 28);
        mantissa *= 268435456.0;
        exponent -= 28;
        auto whole = static_cast<uint64_t>(mantissa);
        mantissa -= static_cast<double>(whole);
        hash += whole;
        if (hash >= modulus) hash -= modulus;
    }
    constexpr int bits = hash_bits;
    exponent = exponent >= 0 ? exponent % bits : bits - 1 - ((-1 - exponent) % bits);
    hash = ((hash << exponent) & modulus) | hash >> (bits - exponent);
    return signed_hash(hash, number < 0);
}

uint64_t hash_text(std::string_view text, uint64_t hash = 0xcbf29ce484222325) {
    for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3;
    return hash ^ hash >> 29;
}

// xxHash, as Python's tuples use it.
uint64_t hash_tuple(const Values& items) {
    constexpr uint64_t prime1 = 11400714785074694791U, prime2 = 14029467366897019727U,
                       prime5 = 2870177450012600261U;
    Depth depth;
    uint64_t sum = prime5;
    for (const Value& item : items) {
        sum += hash(item) * prime2;
        sum = (sum << 31 | sum >> 33) * prime1;
    }
    sum += items.size() ^ (prime5 ^ 3527539U);
    return sum == uint64_t(-1) ? 1546275796 : sum;
}

} // namespace

uint64_t hash_of(const BigInt& value) {
    uint64_t sum = 0;
    for (size_t i = value.limbs.size(); i-- > 0;) {
        sum = ((sum << 32 & modulus) | sum >> (hash_bits - 32)) + value.limbs[i];
        if (sum >= modulus) sum -= modulus;
    }
    return signed_hash(sum, value.negative);
}

uint64_t hash(std::string_view text) {
    return hash_text(text);
}

uint64_t hash(const Value& value) {
    switch (value.kind()) {
        case Kind::Missing:
        case Kind::None: return 0x9e3779b9;
        case Kind::Bool:
        case Kind::Int: return hash_integer(value.integer());
        case Kind::Float: return hash_double(value.real());
        case Kind::BigInt: return hash_of(static_cast<BigInt&>(value.object()));
        case Kind::Str:
        case Kind::Bytes: return hash_text(value.text());
        case Kind::Tuple: return hash_tuple(value.items());
        case Kind::Undefined:
            if (is_lenient(value)) return 1;
            fail_undefined(value);
        case Kind::Other: return value.object().hash();
        case Kind::List:
        case Kind::Dict:
        case Kind::Set: break;
    }
    type_error({"unhashable type: '", type_name(value), "'"});
}

} // namespace sctl::jinja
