#include "client/calls/next_elapse.hpp"

#include <algorithm>

namespace sctl {

uint64_t next_elapse(const Properties& timer, const Moment& now) {
    auto monotonic = timer.number("NextElapseUSecMonotonic", 0);
    auto realtime = timer.number("NextElapseUSecRealtime", UINT64_MAX);
    if (realtime == 0) realtime = UINT64_MAX;
    if (monotonic == 0 || monotonic == UINT64_MAX) return realtime;
    auto converted = to_usec(now.realtime) + monotonic - to_usec(now.monotonic);
    return std::min(converted, realtime);
}

} // namespace sctl
