// Takes the changes of units' active states: notes when they happened, ends the job that wanted
// one, and hands it on to dependents and observers.
#pragma once

#include "manager/propagation.hpp"
#include "manager/standing_conditions.hpp"
#include "state/unit_machine.hpp"

namespace sctl {

class StateChanges {
  public:
    struct Parts {
        UnitTable& units;
        JobQueue& queue;
        Jobs& jobs;
        Propagation& propagation;
        StandingConditions& conditions;
        Observers& observers;
        Garbage& garbage;
        Triggers& triggers;
        NextTurn& turn;
    };
    explicit StateChanges(const Parts& parts);
    StateChanges(const StateChanges&) = delete;
    StateChanges& operator=(const StateChanges&) = delete;

    void take(Unit& unit, const action::StateChanged& change) noexcept;
    // The unit's job is to be ended and there was no memory for it: that comes before the next job.
    void leave_open(Unit& unit, Unit::Open how) noexcept;
    // Whether anything was left open.
    bool settle_what_is_open();

  private:
    void stamp(Unit& unit, ActiveState before) noexcept;
    bool settle_job(const Unit& unit, bool reload_failed);

    UnitTable& units_;
    JobQueue& queue_;
    Jobs& jobs_;
    Propagation& propagation_;
    StandingConditions& conditions_;
    Observers& observers_;
    Garbage& garbage_;
    Triggers& triggers_;
    NextTurn& turn_;
    UnitQueue open_;
};

} // namespace sctl
