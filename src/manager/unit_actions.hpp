// Carries out what a unit's state machine wants done: what concerns jobs and other units by the
// manager's parts, all else by the unit's run (run/unit_run.hpp).
#pragma once

#include <vector>

#include "manager/idle_services.hpp"
#include "manager/state_changes.hpp"
#include "run/unit_run.hpp"

namespace sctl {

class UnitActions {
  public:
    UnitActions(Jobs& jobs, StateChanges& changes, Propagation& propagation, IdleServices& idle,
                ServiceOutput& output)
        : jobs_(jobs), changes_(changes), propagation_(propagation), idle_(idle), output_(output) {}
    UnitActions(const UnitActions&) = delete;
    UnitActions& operator=(const UnitActions&) = delete;

    // All of them, whatever becomes of one; the answer that the machine waits for, if it does.
    [[nodiscard]] Answer carry_out(Unit& unit, const std::vector<UnitAction>& actions) noexcept;

  private:
    [[nodiscard]] Answer execute(Unit& unit, const UnitAction& action);
    [[nodiscard]] Answer enqueue_restart(const Unit& unit);
    [[nodiscard]] Answer start_triggered(const Unit& unit, const action::StartTriggered& what);

    Jobs& jobs_;
    StateChanges& changes_;
    Propagation& propagation_;
    IdleServices& idle_;
    ServiceOutput& output_;
};

} // namespace sctl
