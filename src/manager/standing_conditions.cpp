#include "manager/standing_conditions.hpp"

#include <set>
#include <utility>

#include "base/text.hpp"
#include "manager/propagation.hpp"
#include "manager/unit_log.hpp"

namespace sctl {

StandingConditions::StandingConditions(const Parts& parts)
    : loop_(parts.loop),
      output_(parts.output),
      units_(parts.units),
      graph_(parts.graph),
      queue_(parts.queue),
      jobs_(parts.jobs),
      shutdown_(parts.shutdown),
      turn_(parts.turn),
      to_examine_(parts.units, &Unit::examination_pending) {}

bool StandingConditions::check() {
    if (to_examine_.empty()) return false;
    std::set<UnitId> upheld, bound, unneeded;
    auto add_to = [](std::set<UnitId>& list) { return [&](UnitId other) { list.insert(other); }; };
    bool matters = !shutdown_.is_under_way();
    for (UnitId id : to_examine_) {
        if (!matters) break;
        if (units_.unit(id).is_inactive_or_failed()) {
            graph_.for_each(id, Atom::AddStopWhenUnneededQueue, add_to(unneeded));
            graph_.for_each(id, Atom::AddCannotBeActiveWithoutQueue, add_to(bound));
            upheld.insert(id);
        } else if (units_.unit(id).is_active_or_reloading()) {
            graph_.for_each(id, Atom::AddStartWhenUpheldQueue, add_to(upheld));
            unneeded.insert(id);
            bound.insert(id);
        }
    }
    to_examine_.clear();
    size_t jobs_before = queue_.size();
    auto look_at = [&](const std::set<UnitId>& units, void (StandingConditions::*look)(UnitId)) {
        for (UnitId id : units)
            run_insistently("what must hold all the time", [&] { (this->*look)(id); });
    };
    look_at(upheld, &StandingConditions::start_if_upheld);
    look_at(bound, &StandingConditions::stop_if_bound);
    look_at(unneeded, &StandingConditions::stop_if_unneeded);
    return queue_.size() != jobs_before;
}

void StandingConditions::start_if_upheld(UnitId id) {
    Unit& unit = units_.unit(id);
    if (!unit.is_inactive_or_failed() || unit.job != 0 || unit.skipped) return;
    auto upholders = neighbours(units_, graph_, id, Atom::StartSteadily, [](const Unit& other) {
        return other.job == 0 && other.is_active_or_reloading();
    });
    if (upholders.empty()) return;
    const std::string& by = units_.unit(upholders.front()).name().str();
    if (!may_act_by_itself(unit, cat("Unit needs to be started because active unit ", by,
                                     " upholds it, but not starting")))
        return;
    log_unit(output_, unit, LogLevel::Debug,
             cat("Unit is started because upheld by active unit ", by, "."));
    jobs_.add_all(id, "start", {id}, JobType::Start, JobMode::Fail);
}

void StandingConditions::stop_if_bound(UnitId id) {
    Unit& unit = units_.unit(id);
    if (unit.active != ActiveState::Active || unit.job != 0) return;
    auto missing =
        neighbours(units_, graph_, id, Atom::CannotBeActiveWithout, [](const Unit& other) {
            return other.job == 0 && other.is_inactive_or_failed() && !other.skipped;
        });
    if (missing.empty()) return;
    const std::string& to = units_.unit(missing.front()).name().str();
    if (!may_act_by_itself(unit,
                           cat("Unit needs to be stopped because it is bound to inactive unit ", to,
                               ", but not stopping")))
        return;
    log_unit(output_, unit, LogLevel::Debug,
             cat("Unit is stopped because bound to inactive unit ", to, "."));
    jobs_.add_all(id, "stop", {id}, JobType::Stop, JobMode::Replace);
}

void StandingConditions::stop_if_unneeded(UnitId id) {
    Unit& unit = units_.unit(id);
    if (!unit.loaded.unit.stop_when_unneeded) return;
    if (unit.active != ActiveState::Active || unit.job != 0) return;
    auto users = neighbours(units_, graph_, id, Atom::PinsStopWhenUnneeded, [](const Unit& user) {
        return user.job != 0 || !user.is_inactive_or_failed();
    });
    if (!users.empty()) return;
    if (!may_act_by_itself(unit, "Unit not needed anymore, but not stopping")) return;
    log_unit(output_, unit, LogLevel::Debug, "Unit is not needed anymore.");
    jobs_.add_all(id, "stop", {id}, JobType::Stop, JobMode::Fail);
}

// Two units that pull each other up and down must not keep us busy for ever; nor must one that
// could not be started for a while stay down. `refusal` is how the line begins that says no.
bool StandingConditions::may_act_by_itself(Unit& unit, std::string_view refusal) {
    constexpr Span interval = 10s;
    constexpr unsigned most_in_interval = 16;
    if (!unit.self_limit) unit.self_limit.emplace(interval, most_in_interval);
    if (unit.self_limit->allow(monotonic_now())) return true;
    if (unit.self_limit_timer.armed()) return false;
    log_unit(output_, unit, LogLevel::Warning,
             cat(refusal, " since we tried this too often recently. Will retry later."));
    unit.self_limit_timer =
        loop_.arm(add_saturating(monotonic_now(), interval), [this, id = unit.id] {
            if (units_.exists(id)) examine(units_.unit(id));
            turn_.schedule();
        });
    return false;
}

} // namespace sctl
