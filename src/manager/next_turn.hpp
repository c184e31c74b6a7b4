// When the manager's next turn comes: at once for whoever has put something into a queue, a moment
// later for what there was no memory for. To ask for one needs no memory.
#pragma once

#include <functional>
#include <utility>

#include "os/event_loop.hpp"

namespace sctl {

class NextTurn {
  public:
    NextTurn(EventLoop& loop, std::function<void()> run) : timer_(loop, std::move(run)) {}
    NextTurn(const NextTurn&) = delete;
    NextTurn& operator=(const NextTurn&) = delete;

    void schedule() noexcept {
        if (!timer_.armed()) timer_.arm(Span{});
    }
    // What is done now lacks memory: what is left of this turn's work waits for a moment.
    void put_off() noexcept { is_put_off_ = true; }

    // --- of the turn itself
    void begin() noexcept {
        timer_.cancel();
        is_put_off_ = false;
    }
    [[nodiscard]] bool is_put_off() const noexcept { return is_put_off_; }
    // All has been done that was asked for until now.
    void end() noexcept { timer_.cancel(); }
    void schedule_later() noexcept { timer_.arm(monotonic_now() + pause_for_memory); }

  private:
    OwnedTimer timer_;
    bool is_put_off_ = false;
};

} // namespace sctl
