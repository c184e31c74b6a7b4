// How often a unit may be started (systemd.unit(5), StartLimitIntervalSec=): `burst` starts in an
// interval that begins with the first of them; the one after it is refused, and so are all others
// until the interval is over.
#pragma once

#include "base/clock.hpp"

namespace sctl {

class StartLimit {
  public:
    // Without an interval or a burst there is no limit.
    StartLimit(Span interval, unsigned burst) noexcept : interval_(interval), burst_(burst) {}

    // Counts a start at monotonic `now` and says whether it may be. Refused ones count as well.
    [[nodiscard]] bool allow(Span now) noexcept;
    // As `reset-failed` does: begins anew, and hit() is forgotten.
    void reset() noexcept;
    // The last start was refused.
    [[nodiscard]] bool hit() const noexcept { return hit_; }

  private:
    Span interval_;
    unsigned burst_;
    Span begin_{}; // of the interval; zero: none has begun
    unsigned count_ = 0;
    bool hit_ = false;
};

} // namespace sctl
