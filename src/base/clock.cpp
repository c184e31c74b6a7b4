#include "base/clock.hpp"

#include <ctime>

namespace sctl {
namespace {

Span read_clock(clockid_t id) noexcept {
    timespec now{};
    clock_gettime(id, &now);
    return std::chrono::duration_cast<Span>(std::chrono::seconds(now.tv_sec) +
                                            std::chrono::nanoseconds(now.tv_nsec));
}

} // namespace

Moment current_moment() noexcept {
    return {read_clock(CLOCK_REALTIME), read_clock(CLOCK_MONOTONIC)};
}

Span monotonic_now() noexcept {
    return read_clock(CLOCK_MONOTONIC);
}

} // namespace sctl
