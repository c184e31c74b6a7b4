// The run of a timer: it waits, and keeps the file that says when it elapsed last.
#pragma once

#include "run/elapse_clock.hpp"
#include "run/host.hpp"
#include "run/unit_run.hpp"
#include "state/timer/timer.hpp"

namespace sctl {

class TimerRun final : public UnitRun {
  public:
    TimerRun(Unit& unit, RunMeans& means, OwnerId owner);

    [[nodiscard]] Answer execute(const UnitAction& action) override;
    [[nodiscard]] OwnerId owner() const override { return owner_; }
    [[nodiscard]] std::vector<std::string> paths_to_clean(DirectoryType type) const override;

  private:
    [[nodiscard]] event::StampRead read_stamp();
    void write_stamp(Span realtime);

    Unit& unit_;
    RunMeans& means_;
    OwnerId owner_;
    ElapseClock::Wait wait_;
};

// Null where the unit is no timer, or has not been loaded.
[[nodiscard]] const TimerStatus* timer_status(const Unit& unit);

} // namespace sctl
