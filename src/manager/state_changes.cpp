#include "manager/state_changes.hpp"

#include <utility>

namespace sctl {

StateChanges::StateChanges(const Parts& parts)
    : units_(parts.units),
      queue_(parts.queue),
      jobs_(parts.jobs),
      propagation_(parts.propagation),
      conditions_(parts.conditions),
      observers_(parts.observers),
      garbage_(parts.garbage),
      triggers_(parts.triggers),
      turn_(parts.turn),
      open_(parts.units, &Unit::settling_pending) {}

void StateChanges::take(Unit& unit, const action::StateChanged& change) noexcept {
    if (change.skipped) {
        unit.condition_result = false;
        unit.unmet.clear(); // no condition of the unit's own
    }
    ActiveState before = std::exchange(unit.active, change.to);
    bool is_new = before != unit.active;
    // What has started it has to do with this run alone, however often that begins anew.
    if (unit.is_inactive_or_failed() && !change.will_restart) unit.activation.reset();
    if (is_new) stamp(unit, before);
    bool unexpected = false;
    auto settled = run_insistently("ending the job of a unit",
                                   [&] { unexpected = settle_job(unit, change.reload_failed); });
    if (settled != Guarded::Done) leave_open(unit, Unit::Open::ToSettle);
    triggers_.changed(unit.id);
    // Also one that fails anew.
    conditions_.examine(unit);
    if (!is_new) return;
    observers_.mark_changed(unit);
    garbage_.suspect(unit);
    run_insistently("telling dependent units of a change", [&] {
        propagation_.state_changed(unit, before, unexpected, change.will_restart);
    });
}

void StateChanges::leave_open(Unit& unit, Unit::Open how) noexcept {
    open_.add(unit);
    unit.open = how;
    turn_.put_off();
}

// Whether there was anything. Comes before the next job is run.
bool StateChanges::settle_what_is_open() {
    if (open_.empty()) return false;
    Unit& unit = open_.last();
    open_.remove(unit);
    auto how = std::exchange(unit.open, Unit::Open::Nothing);
    auto ended = run_guarded("ending the job of a unit", [&] {
        if (how == Unit::Open::ToFail)
            jobs_.finish(unit.job, JobResult::Failed, {unit.id, "out of memory"});
        else
            (void)settle_job(unit, false);
    });
    if (ended == Guarded::OutOfMemory) leave_open(unit, how);
    return true;
}

void StateChanges::stamp(Unit& unit, ActiveState before) noexcept {
    auto inactive = [](ActiveState state) {
        return state == ActiveState::Inactive || state == ActiveState::Failed;
    };
    auto active = [](ActiveState state) {
        return state == ActiveState::Active || state == ActiveState::Reloading;
    };
    Moment now = current_moment();
    unit.state_change = now;
    if (inactive(before) && !inactive(unit.active))
        unit.inactive_exit = now;
    else if (!inactive(before) && inactive(unit.active))
        unit.inactive_enter = now;
    if (!active(before) && active(unit.active))
        unit.active_enter = now;
    else if (active(before) && !active(unit.active))
        unit.active_exit = now;
    units_.count_change(before, unit.active);
}

// Returns whether nobody asked for the unit's new state.
bool StateChanges::settle_job(const Unit& unit, bool reload_failed) {
    queue_.wake(unit.id);
    const Job* job = queue_.of_unit(unit.id);
    if (!job) return true;
    auto verdict = judge(job->type, job->state, unit.active, reload_failed);
    if (verdict.result) {
        JobCause cause;
        if (*verdict.result != JobResult::Done) cause = {unit.id, unit.cause.text};
        jobs_.finish(job->id, *verdict.result, std::move(cause));
    }
    return verdict.unexpected;
}

} // namespace sctl
