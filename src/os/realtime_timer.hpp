// A moment of the machine's clock, CLOCK_REALTIME, and the news that somebody has set it. The
// kernel wakes us for both (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET): nothing is looked at in
// between.
#pragma once

#include <functional>

#include "os/event_loop.hpp"

namespace sctl {

class RealtimeTimer {
  public:
    // `due` is called at the moment, `clock_was_set` when that clock has jumped: the moment is not
    // waited for any more then, and is to be armed again.
    RealtimeTimer(EventLoop& loop, std::function<void()> due, std::function<void()> clock_was_set);
    RealtimeTimer(const RealtimeTimer&) = delete;
    RealtimeTimer& operator=(const RealtimeTimer&) = delete;

    // In place of the moment before; of `infinity` only the jumps are told. Where there is no
    // descriptor to be had, the time until then is measured, and jumps are not seen.
    void arm(Span realtime) noexcept;
    void cancel() noexcept;

  private:
    [[nodiscard]] bool arm_kernel(Span realtime) noexcept;
    void fired();

    EventLoop& loop_;
    std::function<void()> due_, clock_was_set_;
    UniqueFd kernel_;
    Watch watch_;
    OwnedTimer measured_;
};

} // namespace sctl
