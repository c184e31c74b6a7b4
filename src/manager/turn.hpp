// One turn: does all that is in the queues, which leads to more, until nothing is left to do; then
// what belongs to the end of a turn.
//
//   events ► jobs left open ► runnable jobs ► standing conditions ─┐ until none is left
//   ▲──────────────────────────────────────────────────────────────┘
//   then: Type=idle ► merges ► garbage ► observers ► is the boot, or the shutdown, over?
#pragma once

#include "manager/boot.hpp"
#include "manager/idle_services.hpp"
#include "manager/job_runner.hpp"

namespace sctl {

class Turn {
  public:
    struct Parts {
        NextTurn& next;
        UnitEvents& events;
        StateChanges& changes;
        JobRunner& jobs;
        StandingConditions& conditions;
        IdleServices& idle;
        UnitStore& store;
        Observers& observers;
        Boot& boot;
        Shutdown& shutdown;
    };
    explicit Turn(const Parts& parts) : parts_(parts) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    void run() noexcept;

  private:
    bool take_step();
    void finish() noexcept;

    const Parts parts_;
    bool is_under_way_ = false;
};

} // namespace sctl
