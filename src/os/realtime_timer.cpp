#include "os/realtime_timer.hpp"

#include <sys/timerfd.h>

#include <cerrno>
#include <limits>

namespace sctl {
namespace {

timespec to_timespec(Span moment) {
    // One that is over already would disarm the timer if it were zero.
    if (moment <= Span{}) moment = Span{1};
    if (moment == infinity) return {std::numeric_limits<time_t>::max(), 0};
    auto seconds = std::chrono::floor<std::chrono::seconds>(moment);
    return {static_cast<time_t>(seconds.count()),
            static_cast<long>(std::chrono::nanoseconds(moment - seconds).count())};
}

} // namespace

RealtimeTimer::RealtimeTimer(EventLoop& loop, std::function<void()> due,
                             std::function<void()> clock_was_set)
    : loop_(loop),
      due_(std::move(due)),
      clock_was_set_(std::move(clock_was_set)),
      measured_(loop, [this] { due_(); }) {}

void RealtimeTimer::arm(Span realtime) noexcept {
    measured_.cancel();
    if (!clock_is_pretended() && arm_kernel(realtime)) return;
    if (realtime == infinity) return;
    auto now = current_moment();
    measured_.arm(add_saturating(now.monotonic, realtime - now.realtime));
}

void RealtimeTimer::cancel() noexcept {
    measured_.cancel();
    itimerspec never{};
    if (kernel_) (void)timerfd_settime(kernel_.get(), 0, &never, nullptr);
}

bool RealtimeTimer::arm_kernel(Span realtime) noexcept {
    if (!kernel_) {
        kernel_.reset(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC));
        if (!kernel_) return false;
        auto ended = run_guarded("watching the clock", [this] {
            auto watch = loop_.watch(kernel_.get(), EPOLLIN, [this](uint32_t) { fired(); });
            if (watch) watch_ = std::move(*watch);
        });
        if (ended != Guarded::Done || !watch_) {
            kernel_.reset();
            return false;
        }
    }
    itimerspec when{};
    when.it_value = to_timespec(realtime);
    constexpr int flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
    if (timerfd_settime(kernel_.get(), flags, &when, nullptr) == 0) return true;
    // The clock was set between two calls: it is armed all the same, and will say so.
    return errno == ECANCELED;
}

void RealtimeTimer::fired() {
    uint64_t times = 0;
    if (read(kernel_.get(), &times, sizeof times) >= 0) return due_();
    if (errno == ECANCELED) clock_was_set_();
}

} // namespace sctl
