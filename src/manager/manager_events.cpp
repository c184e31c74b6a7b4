// Manager's part that moves units: each event goes to the state machine of its unit, what it wants
// done is done, and a change of the unit's active state is told to its job, its dependents and
// whoever watches (systemd's unit_notify).
#include <csignal>

#include "base/text.hpp"
#include "manager/manager.hpp"
#include "manager/service_runner.hpp"
#include "os/random.hpp"

namespace sctl {

void Manager::post(UnitId unit, ServiceEvent event) {
    events_.emplace_back(unit, std::move(event));
    schedule_turn();
}

void Manager::answer(UnitId unit, ServiceEvent event) {
    answers_.emplace_back(unit, std::move(event));
}

void Manager::schedule_turn() {
    if (std::exchange(turn_scheduled_, true)) return;
    loop_.defer([this] {
        turn_scheduled_ = false;
        run_events();
    });
}

// Until nothing is left to do: events lead to finished jobs, these to runnable ones, and so on.
// Each unit goes through finitely many states without an event from outside, so this ends.
void Manager::run_events() {
    if (std::exchange(in_turn_, true)) return schedule_turn();
    while (true) {
        // An answer may also come on its own, as that of an exec does.
        auto& waiting = answers_.empty() ? events_ : answers_;
        if (!waiting.empty()) {
            auto [unit, event] = std::move(waiting.front());
            waiting.pop_front();
            run_guarded("an event of a unit",
                        [this, unit = unit, &event = event] { handle(unit, event); });
        } else if (!run_one_job()) {
            if (events_.empty() && !check_standing_conditions()) break;
        }
    }
    in_turn_ = false;
    check_idle();
    collect_garbage();
    flush_changes();
    check_finished();
}

void Manager::handle(UnitId id, const ServiceEvent& event) {
    step(id, event);
    // What an action is answered by comes before any other event of the unit.
    while (!answers_.empty()) {
        auto [unit, next] = std::move(answers_.front());
        answers_.pop_front();
        step(unit, next);
    }
}

void Manager::step(UnitId id, const ServiceEvent& event) {
    if (!exists(id)) return;
    Unit& unit = this->unit(id);
    if (!unit.service) return;
    ServiceStatus& status = unit.service->status;
    const ServiceConfig& config = *unit.loaded.service;
    const Job* job = jobs_.of_unit(id);
    ServiceContext context{
        .now = current_moment(),
        .stop_job_pending = job && job->type == JobType::Stop,
        .manager_stopping = objective_ != Objective::None,
        .restart_job = job && job->type == JobType::Restart,
        .random = config.runtime_randomized_extra.count() > 0 ? random_number() : 0};
    std::vector<ServiceAction> actions;
    Cause cause;
    service_step(config, context, status, event, actions, cause);
    if (!cause.text.empty()) unit.cause = std::move(cause);
    for (const auto& action : actions) runner_->execute(unit, action);
    mark_changed(id);
    if (unit.is_inactive_or_failed()) may_be_garbage(id);
}

void Manager::state_changed(Unit& unit, const action::StateChanged& change) {
    ServiceType type = unit.loaded.service->type;
    bool reload_failed = change.from == ServiceState::Reload &&
                         unit.service->status.reload_result != ServiceResult::Success;
    // A start that ExecCondition= skipped counts as one whose conditions were not met.
    bool skipped = change.to == ServiceState::Dead &&
                   unit.service->status.result == ServiceResult::ExecCondition;
    if (skipped) unit.condition_result = false;
    set_active(unit, active_state(change.to, type), reload_failed, change.will_restart);
}

void Manager::set_active(Unit& unit, ActiveState now, bool reload_failed, bool will_restart) {
    ActiveState before = std::exchange(unit.active, now);
    if (before != now) stamp(unit, before);
    bool unexpected = settle_job(unit, reload_failed);
    if (before != now) {
        mark_changed(unit.id);
        may_be_garbage(unit.id);
        propagate(unit, before, unexpected, will_restart);
    }
}

void Manager::stamp(Unit& unit, ActiveState before) {
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
    if ((before == ActiveState::Failed) != (unit.active == ActiveState::Failed)) {
        failed_count_ += unit.active == ActiveState::Failed ? 1 : -1;
    }
    if ((before == ActiveState::Deactivating) != (unit.active == ActiveState::Deactivating)) {
        stopping_count_ += unit.active == ActiveState::Deactivating ? 1 : -1;
    }
}

// Returns whether nobody asked for the unit's new state.
bool Manager::settle_job(Unit& unit, bool reload_failed) {
    jobs_.wake(unit.id);
    const Job* job = jobs_.of_unit(unit.id);
    if (!job) return true;
    auto verdict = judge(job->type, job->state, unit.active, reload_failed);
    if (verdict.result) {
        JobCause cause;
        if (*verdict.result != JobResult::Done) cause = {unit.id, unit.cause.text};
        finish_job(job->id, *verdict.result, std::move(cause));
    }
    return verdict.unexpected;
}

void Manager::propagate(Unit& unit, ActiveState before, bool unexpected, bool will_restart) {
    auto is_down = [](ActiveState s) {
        return s == ActiveState::Inactive || s == ActiveState::Failed;
    };
    auto is_up = [](ActiveState s) {
        return s == ActiveState::Active || s == ActiveState::Activating ||
               s == ActiveState::Reloading;
    };
    if (unexpected && objective_ == Objective::None) {
        if (is_down(before) && is_up(unit.active))
            start_retroactively(unit);
        else if (is_up(before) && !is_up(unit.active))
            stop_retroactively(unit);
    }
    to_examine_.push_back(unit.id);
    // A start that comes too soon after others fails a unit that was down already.
    bool failed = unit.active == ActiveState::Failed;
    bool succeeded = unit.active == ActiveState::Inactive && !is_down(before);
    if (!failed && !succeeded) return;
    if (!will_restart && objective_ == Objective::None) {
        const UnitConfig& config = unit.loaded.unit;
        if (failed) trigger(unit, Dependency::OnFailure, config.on_failure_job_mode);
        if (succeeded) trigger(unit, Dependency::OnSuccess, config.on_success_job_mode);
    }
    act_on_end(unit, failed);
}

// FailureAction= and SuccessAction=, also of a unit that will be restarted, and also in a shutdown:
// systemd-poweroff.service consists of one.
void Manager::act_on_end(const Unit& unit, bool failed) {
    const UnitConfig& config = unit.loaded.unit;
    auto status = failed ? config.failure_action_exit_status : config.success_action_exit_status;
    if (!status && unit.service && unit.service->status.main_exec.info.code == CLD_EXITED) {
        status = unit.service->status.main_exec.info.status;
    }
    act_on(failed ? config.failure_action : config.success_action, unit, status);
}

// `what` is the job's name in the log of `asker`, if it cannot be had.
void Manager::queue_jobs(UnitId asker, std::string_view what, const std::vector<UnitId>& units,
                         JobType type, JobMode mode) {
    for (UnitId other : units) {
        if (!exists(other)) continue;
        auto job = add_job(type, other, mode, false);
        if (job || !exists(asker)) continue;
        log_unit(unit(asker), LogLevel::Warning,
                 cat("Failed to enqueue ", what, " job, ignoring: ", job.error().text));
    }
}

std::vector<UnitId> Manager::neighbours(UnitId id, Atom atom, bool (*wanted)(const Unit&)) {
    std::vector<UnitId> found;
    graph_.for_each(id, atom, [&](UnitId other) {
        if (wanted(unit(other))) found.push_back(other);
    });
    return found;
}

// A unit came up by itself: what it needs comes up, what it conflicts with goes.
void Manager::start_retroactively(Unit& unit) {
    auto not_up = [](const Unit& other) { return !other.is_active_or_activating(); };
    auto not_down = [](const Unit& other) { return !other.is_inactive_or_failed(); };
    queue_jobs(unit.id, "start", neighbours(unit.id, Atom::RetroactiveStartReplace, not_up),
               JobType::Start, JobMode::Replace);
    queue_jobs(unit.id, "start", neighbours(unit.id, Atom::RetroactiveStartFail, not_up),
               JobType::Start, JobMode::Fail);
    queue_jobs(unit.id, "stop", neighbours(unit.id, Atom::RetroactiveStopOnStart, not_down),
               JobType::Stop, JobMode::Replace);
}

void Manager::stop_retroactively(Unit& unit) {
    auto up = [](const Unit& other) {
        return !other.is_inactive_or_failed() && other.active != ActiveState::Deactivating;
    };
    queue_jobs(unit.id, "stop", neighbours(unit.id, Atom::RetroactiveStopOnStop, up), JobType::Stop,
               JobMode::Replace);
}

void Manager::trigger(Unit& unit, Dependency kind, JobFailureMode mode) {
    std::vector<UnitId> others;
    graph_.for_each(unit.id, kind, [&](UnitId other) { others.push_back(other); });
    if (others.empty()) return;
    log_unit(unit, LogLevel::Info, cat("Triggering ", to_string(kind), "= dependencies."));
    queue_jobs(unit.id, cat(to_string(kind), "="), others, JobType::Start,
               static_cast<JobMode>(mode));
}

void Manager::mark_changed(UnitId id) {
    if (std::exchange(unit(id).change_pending, true)) return;
    changed_.push_back(id);
    schedule_turn();
}

void Manager::flush_changes() {
    for (UnitId id : std::exchange(changed_, {})) {
        if (!exists(id)) continue;
        Unit& changed = unit(id);
        changed.change_pending = false;
        for (auto* observer : observers_) observer->unit_changed(changed);
    }
}

} // namespace sctl
