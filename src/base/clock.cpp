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

Moment (*other_source)() = nullptr;

} // namespace

Moment current_moment() noexcept {
    if (other_source) return other_source();
    return {read_clock(CLOCK_REALTIME), read_clock(CLOCK_MONOTONIC)};
}

Span monotonic_now() noexcept {
    if (other_source) return other_source().monotonic;
    return read_clock(CLOCK_MONOTONIC);
}

void set_clock_source(Moment (*source)()) noexcept {
    other_source = source;
}

bool clock_is_pretended() noexcept {
    return other_source != nullptr;
}

} // namespace sctl
