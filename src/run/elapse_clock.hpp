// When timers elapse: all that wait, on both clocks, behind one timer of the kernel for each clock.
// Between two moments nothing happens, however many wait. A timer may elapse as late as its
// accuracy allows, so that those that are due soon after each other make one awakening; which
// moment is taken within that time is systemd's choice (sd_event_add_time(3)): the same place of
// each minute, ten seconds, second or quarter of a second on one machine.
#pragma once

#include <functional>
#include <vector>

#include "base/files.hpp"
#include "graph/dependency.hpp"
#include "os/realtime_timer.hpp"
#include "state/unit_event.hpp"

namespace sctl {

// The moment between the two at which to wake up. `perturbation` is a machine's own place within
// a minute.
[[nodiscard]] Span good_moment(Span earliest, Span latest, Span perturbation);

class ElapseClock {
  public:
    // The waiting of one unit; over when this is destroyed.
    class Wait {
      public:
        Wait(ElapseClock& clock, UnitId unit);
        ~Wait() { cancel(), --clock_.made_; }
        Wait(const Wait&) = delete;
        Wait& operator=(const Wait&) = delete;

        // In place of what was armed before. Needs no memory.
        void arm(Span realtime, Span monotonic, Span accuracy) noexcept;
        void cancel() noexcept;

      private:
        friend class ElapseClock;
        ElapseClock& clock_;
        UnitId unit_;
        Span realtime_ = infinity, monotonic_ = infinity, accuracy_{};
        size_t place_ = SIZE_MAX; // in armed_
    };

    // `post` is told Elapsed, ClockChanged and TimezoneChanged of those that are armed. `root` says
    // whether the machine's time zone counts.
    ElapseClock(EventLoop& loop, const Root& root, Span perturbation,
                std::function<void(UnitId, UnitEvent)> post);
    ElapseClock(const ElapseClock&) = delete;
    ElapseClock& operator=(const ElapseClock&) = delete;

    // Somebody has set the machine's clock.
    void clock_was_set();

  private:
    void look();
    void arm_clocks() noexcept;
    void watch_timezone();
    void timezone_may_have_changed();
    void tell_all(const UnitEvent& event);

    EventLoop& loop_;
    bool has_timezone_;
    Span perturbation_;
    std::function<void(UnitId, UnitEvent)> post_;
    OwnedTimer monotonic_;
    RealtimeTimer realtime_;
    size_t made_ = 0;
    std::vector<Wait*> armed_; // with room for all that were made
    // Which file the time zone is in, as stat(2) says it.
    struct ZoneFile {
        uint64_t device = 0, inode = 0;
        int64_t modified = 0; // nanoseconds
        bool operator==(const ZoneFile&) const = default;
    };
    [[nodiscard]] static ZoneFile zone_file() noexcept;
    ZoneFile zone_{};
    UniqueFd inotify_;
    Watch timezone_watch_;
};

} // namespace sctl
