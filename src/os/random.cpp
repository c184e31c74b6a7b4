#include "os/random.hpp"

#include <sys/random.h>

#include <cstring>

#include "base/clock.hpp"

namespace sctl {
namespace {

// Where the kernel has no random numbers yet, as early in a virtual machine.
uint64_t number_of_the_moment() noexcept {
    auto now = static_cast<uint64_t>(current_moment().realtime.count());
    return now * 0x9E3779B97F4A7C15u;
}

} // namespace

uint64_t random_number() noexcept {
    uint64_t number = 0;
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) == sizeof number) return number;
    return number_of_the_moment();
}

std::array<uint8_t, 16> random_id() noexcept {
    std::array<uint8_t, 16> id{};
    if (getrandom(id.data(), id.size(), GRND_NONBLOCK) != static_cast<ssize_t>(id.size())) {
        uint64_t numbers[] = {number_of_the_moment(), number_of_the_moment()};
        memcpy(id.data(), numbers, sizeof numbers);
    }
    id[6] = static_cast<uint8_t>((id[6] & 0x0F) | 0x40);
    id[8] = static_cast<uint8_t>((id[8] & 0x3F) | 0x80);
    return id;
}

} // namespace sctl
