#include "os/random.hpp"

#include <sys/random.h>

#include <cstring>

#include "base/clock.hpp"

namespace sctl {

uint64_t random_number() noexcept {
    uint64_t number = 0;
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) == sizeof number) return number;
    auto now = static_cast<uint64_t>(current_moment().realtime.count());
    return now * 0x9E3779B97F4A7C15u;
}

std::array<uint8_t, 16> random_id() noexcept {
    std::array<uint8_t, 16> id{};
    for (size_t half : {0u, 8u}) {
        uint64_t number = random_number();
        memcpy(id.data() + half, &number, sizeof number);
    }
    id[6] = static_cast<uint8_t>((id[6] & 0x0F) | 0x40);
    id[8] = static_cast<uint8_t>((id[8] & 0x3F) | 0x80);
    return id;
}

} // namespace sctl
