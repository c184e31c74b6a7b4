#include "unit/values/siphash.hpp"

#include <bit>

namespace sctl {
namespace {

uint64_t little_endian(const uint8_t* bytes, size_t count) {
    uint64_t value = 0;
    for (size_t i = 0; i < count; ++i) value |= uint64_t{bytes[i]} << (8 * i);
    return value;
}

struct SipState {
    uint64_t v0, v1, v2, v3;

    void round() {
        v0 += v1;
        v1 = std::rotl(v1, 13) ^ v0;
        v0 = std::rotl(v0, 32);
        v2 += v3;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 += v3;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 += v1;
        v1 = std::rotl(v1, 17) ^ v2;
        v2 = std::rotl(v2, 32);
    }
    void take(uint64_t word) {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }
};

} // namespace

uint64_t siphash24(std::string_view data, const SipKey& key) {
    uint64_t k0 = little_endian(key.data(), 8);
    uint64_t k1 = little_endian(key.data() + 8, 8);
    // The constants spell "somepseudorandomlygeneratedbytes".
    SipState state{0x736f6d6570736575 ^ k0, 0x646f72616e646f6d ^ k1, 0x6c7967656e657261 ^ k0,
                   0x7465646279746573 ^ k1};
    auto bytes = reinterpret_cast<const uint8_t*>(data.data());
    size_t whole = data.size() & ~size_t{7};
    for (size_t i = 0; i < whole; i += 8) state.take(little_endian(bytes + i, 8));
    state.take(uint64_t{data.size()} << 56 | little_endian(bytes + whole, data.size() - whole));
    state.v2 ^= 0xff;
    for (int i = 0; i < 4; ++i) state.round();
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

} // namespace sctl
