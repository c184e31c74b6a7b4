// Manager's part that keeps up what must hold all the time, whoever asked for what: an active unit
// keeps up what it Upholds=, stops where what it BindsTo= is down, and, with StopWhenUnneeded=,
// where nobody needs it. Looked at whenever a unit went up or down and after each daemon-reload;
// the rules are those of systemd's queues, which leave alone whoever has a job.
#include "base/text.hpp"
#include "manager/manager.hpp"

namespace sctl {

// Returns whether it queued anything.
bool Manager::check_standing_conditions() {
    if (to_examine_.empty()) return false;
    std::vector<UnitId> upheld, bound, unneeded;
    auto add = [](std::vector<UnitId>& list) {
        return [&](UnitId other) { list.push_back(other); };
    };
    bool matters = objective_ == Objective::None;
    for (UnitId id : to_examine_) {
        if (!matters || !exists(id)) continue;
        if (unit(id).is_inactive_or_failed()) {
            graph_.for_each(id, Atom::AddStopWhenUnneededQueue, add(unneeded));
            graph_.for_each(id, Atom::AddCannotBeActiveWithoutQueue, add(bound));
            upheld.push_back(id);
        } else if (unit(id).is_active_or_reloading()) {
            graph_.for_each(id, Atom::AddStartWhenUpheldQueue, add(upheld));
            unneeded.push_back(id);
            bound.push_back(id);
        }
    }
    for (UnitId id : to_examine_)
        if (exists(id)) unit(id).examination_pending = false;
    to_examine_.clear();
    size_t jobs_before = jobs_.size();
    auto look_at = [&](const std::vector<UnitId>& units, void (Manager::*look)(UnitId)) {
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
    if (upholders.empty() || !may_act_by_itself(unit)) return;
    log_unit(unit, LogLevel::Debug,
             cat("Unit is started because upheld by active unit ",
                 this->unit(upholders.front()).name().str(), "."));
    queue_jobs(id, "start", {id}, JobType::Start, JobMode::Fail);
}

void Manager::stop_if_bound(UnitId id) {
    Unit& unit = this->unit(id);
    if (unit.active != ActiveState::Active || unit.job != 0) return;
    auto missing = neighbours(id, Atom::CannotBeActiveWithout, [](const Unit& other) {
        return other.job == 0 && other.is_inactive_or_failed() && !other.skipped;
    });
    if (missing.empty() || !may_act_by_itself(unit)) return;
    log_unit(unit, LogLevel::Info,
             cat("Unit is bound to inactive unit ", this->unit(missing.front()).name().str(),
                 ". Stopping, too."));
    queue_jobs(id, "stop", {id}, JobType::Stop, JobMode::Replace);
}

void Manager::stop_if_unneeded(UnitId id) {
    Unit& unit = this->unit(id);
    if (!unit.loaded.unit.stop_when_unneeded) return;
    if (unit.active != ActiveState::Active || unit.job != 0) return;
    auto users = neighbours(id, Atom::PinsStopWhenUnneeded, [](const Unit& user) {
        return user.job != 0 || !user.is_inactive_or_failed();
    });
    if (!users.empty() || !may_act_by_itself(unit)) return;
    log_unit(unit, LogLevel::Info, "Unit not needed anymore. Stopping.");
    queue_jobs(id, "stop", {id}, JobType::Stop, JobMode::Fail);
}

// Two units that pull each other up and down must not keep us busy for ever.
bool Manager::may_act_by_itself(Unit& unit) {
    if (!unit.self_limit) unit.self_limit.emplace(10s, 16);
    if (unit.self_limit->allow(monotonic_now())) return true;
    log_unit(unit, LogLevel::Warning,
             "Started and stopped by dependencies too often recently, leaving it as it is.");
    return false;
}

} // namespace sctl
