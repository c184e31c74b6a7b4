// Time as values. Spans and stamps are in microseconds, as everywhere in systemd's interfaces; pure
// rooms get `now` handed in and never ask for it.
#pragma once

#include <chrono>
#include <cstdint>

namespace sctl {

using namespace std::chrono_literals;
using Span = std::chrono::microseconds;

// "infinity": a time limit that never comes. Added to nothing, only compared.
inline constexpr Span infinity = Span::max();

// A moment on both clocks (systemd's dual_timestamp). Zero stands for "never".
struct Moment {
    Span realtime{};  // since the epoch
    Span monotonic{}; // CLOCK_MONOTONIC

    [[nodiscard]] bool set() const noexcept {
        return realtime.count() > 0 || monotonic.count() > 0;
    }
    bool operator==(const Moment&) const = default;
};

[[nodiscard]] Moment current_moment() noexcept;
[[nodiscard]] Span monotonic_now() noexcept;
// For tests: what both of them say, until it is called with null.
void set_clock_source(Moment (*source)()) noexcept;
[[nodiscard]] bool clock_is_pretended() noexcept; // by such a source

// a + b, where infinity stays infinity and nothing overflows.
[[nodiscard]] constexpr Span add_saturating(Span a, Span b) noexcept {
    if (a == infinity || b == infinity || a.count() > infinity.count() - b.count()) return infinity;
    return a + b;
}

// A span as D-Bus and `show` carry it: microseconds, UINT64_MAX for infinity.
[[nodiscard]] constexpr uint64_t to_usec(Span span) noexcept {
    return span == infinity ? UINT64_MAX : static_cast<uint64_t>(span.count());
}
[[nodiscard]] constexpr Span span_from_usec(uint64_t usec) noexcept {
    return usec > static_cast<uint64_t>(INT64_MAX) ? infinity : Span(static_cast<int64_t>(usec));
}

} // namespace sctl
