// Manager's part that keeps up what must hold all the time, whoever asked for what: an active unit
// keeps up what it Upholds=, stops where what it BindsTo= is down, and, with StopWhenUnneeded=,
// where nobody needs it. Looked at whenever a unit went up or down and after each daemon-reload;
// the rules are those of systemd's queues, which leave alone whoever has a job.
#include <set>
#include <utility>

#include "base/text.hpp"
#include "manager/manager.hpp"

namespace sctl {

// Returns whether it queued anything.
bool Manager::check_standing_conditions() {
    if (to_examine_.empty()) return false;
    std::set<UnitId> upheld, bound, unneeded;
    auto add_to = [](std::set<UnitId>& list) { return [&](UnitId other) { list.insert(other); }; };
    bool matters = objective_ == Objective::None;
    for (UnitId id : to_examine_) {
        if (!matters || !exists(id)) continue;
        if (unit(id).is_inactive_or_failed()) {
            graph_.for_each(id, Atom::AddStopWhenUnneededQueue, add_to(unneeded));
            graph_.for_each(id, Atom::AddCannotBeActiveWithoutQueue, add_to(bound));
            upheld.insert(id);
        } else if (unit(id).is_active_or_reloading()) {
            graph_.for_each(id, Atom::AddStartWhenUpheldQueue, add_to(upheld));
            unneeded.insert(id);
            bound.insert(id);
        }
    }
    for (UnitId id : to_examine_)
        if (exists(id)) unit(id).examination_pending = false;
    to_examine_.clear();
    size_t jobs_before = jobs_.size();
    auto look_at = [&](const std::set<UnitId>& units, void (Manager::*look)(UnitId)) {
        for (UnitId id : units)
            run_insistently("what must hold all the time", [&] { (this->*look)(id); });
    };
    look_at(upheld, &Manager::start_if_upheld);
    look_at(bound, &Manager::stop_if_bound);
    look_at(unneeded, &Manager::stop_if_unneeded);
    return jobs_.size() != jobs_before || !events_.empty();
}

void Manager::start_if_upheld(UnitId id) {
    Unit& unit = this->unit(id);
    if (!unit.is_inactive_or_failed() || unit.job != 0 || unit.skipped) return;
    auto upholders = neighbours(id, Atom::StartSteadily, [](const Unit& other) {
        return other.job == 0 && other.is_active_or_reloading();
    });
    if (upholders.empty()) return;
    const std::string& by = this->unit(upholders.front()).name().str();
    if (!may_act_by_itself(unit, cat("Unit needs to be started because active unit ", by,
                                     " upholds it, but not starting")))
        return;
    log_unit(unit, LogLevel::Debug, cat("Unit is started because upheld by active unit ", by, "."));
    queue_jobs(id, "start", {id}, JobType::Start, JobMode::Fail);
}

void Manager::stop_if_bound(UnitId id) {
    Unit& unit = this->unit(id);
    if (unit.active != ActiveState::Active || unit.job != 0) return;
    auto missing = neighbours(id, Atom::CannotBeActiveWithout, [](const Unit& other) {
        return other.job == 0 && other.is_inactive_or_failed() && !other.skipped;
    });
    if (missing.empty()) return;
    const std::string& to = this->unit(missing.front()).name().str();
    if (!may_act_by_itself(unit,
                           cat("Unit needs to be stopped because it is bound to inactive unit ", to,
                               ", but not stopping")))
        return;
    log_unit(unit, LogLevel::Debug,
             cat("Unit is stopped because bound to inactive unit ", to, "."));
    queue_jobs(id, "stop", {id}, JobType::Stop, JobMode::Replace);
}

void Manager::stop_if_unneeded(UnitId id) {
    Unit& unit = this->unit(id);
    if (!unit.loaded.unit.stop_when_unneeded) return;
    if (unit.active != ActiveState::Active || unit.job != 0) return;
    auto users = neighbours(id, Atom::PinsStopWhenUnneeded, [](const Unit& user) {
        return user.job != 0 || !user.is_inactive_or_failed();
    });
    if (!users.empty()) return;
    if (!may_act_by_itself(unit, "Unit not needed anymore, but not stopping")) return;
    log_unit(unit, LogLevel::Debug, "Unit is not needed anymore.");
    queue_jobs(id, "stop", {id}, JobType::Stop, JobMode::Fail);
}

// Two units that pull each other up and down must not keep us busy for ever; nor must one that
// could not be started for a while stay down. `refusal` is how the line begins that says no.
bool Manager::may_act_by_itself(Unit& unit, std::string_view refusal) {
    constexpr Span interval = 10s;
    constexpr unsigned most_in_interval = 16;
    if (!unit.self_limit) unit.self_limit.emplace(interval, most_in_interval);
    if (unit.self_limit->allow(monotonic_now())) return true;
    if (unit.self_limit_timer.armed()) return false;
    log_unit(unit, LogLevel::Warning,
             cat(refusal, " since we tried this too often recently. Will retry later."));
    unit.self_limit_timer =
        loop_.arm(add_saturating(monotonic_now(), interval), [this, id = unit.id] {
            examine_later(this->unit(id));
            run_events();
        });
    return false;
}

} // namespace sctl
