// Manager's part that moves units: each event goes to the state machine of its unit, what it wants
// done is done, and a change of the unit's active state is told to its job, its dependents and
// whoever watches (systemd's unit_notify).
#include <csignal>

#include "base/text.hpp"
#include "manager/manager.hpp"
#include "os/memory.hpp"
#include "os/random.hpp"
#include "run/process_run.hpp"

namespace sctl {

void Manager::post(UnitId unit, UnitEvent event) {
    events_.emplace_back(unit, std::move(event));
    schedule_turn();
}

void Manager::schedule_turn() noexcept {
    if (!turn_timer_.armed()) turn_timer_.arm(Span{});
}

// Until nothing is left to do: events lead to finished jobs, these to runnable ones, and so on.
// Each unit goes through finitely many states without an event from outside, so this ends. What
// throws fails that one piece of work; what is left for lack of memory is for the next turn.
void Manager::run_events() noexcept {
    if (std::exchange(in_turn_, true)) return schedule_turn();
    turn_timer_.cancel();
    short_of_memory_ = false;
    take_memory_reserve();
    bool more = true;
    while (more && !short_of_memory_) {
        auto ended = run_guarded("a turn", [&] { more = take_step(); });
        short_of_memory_ |= ended == Guarded::OutOfMemory;
    }
    in_turn_ = false;
    turn_timer_.cancel(); // of what has been done meanwhile
    for (auto part : {&Manager::check_idle, &Manager::merge_what_ended, &Manager::collect_garbage,
                      &Manager::flush_changes, &Manager::check_finished}) {
        auto ended = run_guarded("the end of a turn", [&] { (this->*part)(); });
        short_of_memory_ |= ended == Guarded::OutOfMemory;
    }
    if (!short_of_memory_) return;
    turn_timer_.arm(monotonic_now() + pause_for_memory);
    if (objective_ != Objective::None) end_without_memory();
}

// One piece of the turn's work; false where there was none.
bool Manager::take_step() {
    if (!events_.empty()) return take_event();
    if (settle_what_is_open()) return true;
    return run_one_job() || check_standing_conditions();
}

// An event that a unit could not take for lack of memory is still there afterwards: nothing has
// happened then.
bool Manager::take_event() {
    auto ended = run_insistently("an event of a unit", [&] {
        auto& [unit, event] = events_.front();
        handle(unit, event);
    });
    if (ended == Guarded::OutOfMemory) {
        short_of_memory_ = true;
        return false;
    }
    events_.pop_front();
    return true;
}

// What an action is answered by comes before any other event of the unit. It gets lost only where
// there is no memory at all: then a start or stop ends by its timeout.
void Manager::handle(UnitId id, const UnitEvent& event) {
    Answer answer = step(id, event);
    while (answer) {
        UnitEvent told = std::move(*std::exchange(answer, {}));
        run_insistently("an answer to a unit", [&] { answer = step(id, told); });
    }
}

// Decides first and then acts: what throws has changed nothing, and what has begun does not stop
// half-way.
Answer Manager::step(UnitId id, const UnitEvent& event) {
    if (!exists(id)) return {};
    Unit& unit = this->unit(id);
    if (!unit.machine) return {};
    const Job* job = jobs_.of_unit(id);
    StepContext context{.now = current_moment(),
                        .stop_job_pending = job && job->type == JobType::Stop,
                        .manager_stopping = objective_ != Objective::None,
                        .restart_job = job && job->type == JobType::Restart,
                        .random = random_number};
    std::vector<UnitAction> actions;
    Cause cause;
    unit.machine->step(unit.loaded, context, event, actions, cause);
    if (!cause.text.empty()) unit.cause = std::move(cause);
    Answer answer = carry_out(unit, actions);
    mark_changed(id);
    if (unit.is_inactive_or_failed()) may_be_garbage(id);
    return answer;
}

// An action that ran out of memory is tried again where that may help, but no start; the machine is
// not left waiting for an answer.
Answer Manager::carry_out(Unit& unit, const std::vector<UnitAction>& actions) noexcept {
    Answer answer;
    auto tried = [&](const UnitAction& action) {
        Answer told;
        auto ended = run_guarded("an action of a unit", [&] { told = execute(unit, action); });
        if (told) answer = std::move(told);
        return ended == Guarded::Done;
    };
    for (const auto& action : actions) {
        if (tried(action)) continue;
        bool starts = std::holds_alternative<action::Spawn>(action) ||
                      std::holds_alternative<action::SpawnCleaner>(action);
        if (!starts && tried(action)) continue;
        if (auto worst = answer_without_memory(action)) answer = std::move(worst);
    }
    return answer;
}

// What concerns jobs and other units is done here, all else by the unit's run.
Answer Manager::execute(Unit& unit, const UnitAction& action) {
    if (const auto* change = std::get_if<action::StateChanged>(&action)) {
        // A signal to all that are left is for those of this step: what comes next may be an
        // ExecStopPost=.
        if (unit.run && change->sub_from != change->sub_to) unit.run->state_changes();
        state_changed(unit, *change);
    } else if (const auto* line = std::get_if<action::Log>(&action)) {
        log_unit(unit, static_cast<LogLevel>(line->level), line->text);
    } else if (std::holds_alternative<action::EnqueueRestartJob>(action)) {
        return enqueue_restart(unit);
    } else if (std::holds_alternative<action::PropagateReload>(action)) {
        propagate_reload(unit);
    } else if (std::holds_alternative<action::WaitIdle>(action)) {
        wait_idle(unit.id);
    } else if (unit.run) {
        return unit.run->execute(action);
    }
    return {};
}

Answer Manager::enqueue_restart(Unit& unit) {
    auto job = add_job(JobType::Restart, unit.id, JobMode::Replace, false);
    if (job) return {};
    return event::RestartJobRefused{job.error().text, false};
}

bool Manager::is_to_start(UnitId id) const {
    const Job* job = jobs_.of_unit(id);
    return job && job->type == JobType::Start;
}

Unit* Manager::find_unit(UnitId id) noexcept {
    return exists(id) ? units_[place_of(id)].get() : nullptr;
}

// Null where more than one could.
const Unit* Manager::triggering_unit(const Unit& of) const {
    const Unit* found = nullptr;
    bool several = false;
    for (Dependency kind : {Dependency::OnFailureOf, Dependency::OnSuccessOf}) {
        graph_.for_each(of.id, kind, [&](UnitId other) {
            if (!exists(other) || !unit(other).run) return;
            several |= found && found->id != other;
            found = &unit(other);
        });
    }
    return several ? nullptr : found;
}

void Manager::state_changed(Unit& unit, const action::StateChanged& change) noexcept {
    if (change.skipped) {
        unit.condition_result = false;
        unit.unmet.clear(); // no condition of the unit's own
    }
    set_active(unit, change.to, change.reload_failed, change.will_restart);
}

void Manager::set_active(Unit& unit, ActiveState now, bool reload_failed,
                         bool will_restart) noexcept {
    ActiveState before = std::exchange(unit.active, now);
    if (before != now) stamp(unit, before);
    bool unexpected = false;
    auto settled = run_insistently("ending the job of a unit",
                                   [&] { unexpected = settle_job(unit, reload_failed); });
    if (settled != Guarded::Done) leave_open(unit, Unit::Open::ToSettle);
    // Also one that fails anew.
    examine_later(unit);
    if (before == now) return;
    mark_changed(unit.id);
    may_be_garbage(unit.id);
    run_insistently("telling dependent units of a change",
                    [&] { propagate(unit, before, unexpected, will_restart); });
}

void Manager::leave_open(Unit& unit, Unit::Open how) noexcept {
    if (unit.open == Unit::Open::Nothing) open_.push_back(unit.id);
    unit.open = how;
    short_of_memory_ = true;
}

// Whether there was anything. Comes before the next job is run.
bool Manager::settle_what_is_open() {
    if (open_.empty()) return false;
    UnitId id = open_.back();
    open_.pop_back();
    if (!exists(id)) return true;
    Unit& unit = this->unit(id);
    auto how = std::exchange(unit.open, Unit::Open::Nothing);
    auto ended = run_guarded("ending the job of a unit", [&] {
        if (how == Unit::Open::ToFail)
            finish_job(unit.job, JobResult::Failed, {id, "out of memory"});
        else
            (void)settle_job(unit, false);
    });
    if (ended == Guarded::OutOfMemory) leave_open(unit, how);
    return true;
}

void Manager::stamp(Unit& unit, ActiveState before) noexcept {
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
    ExitInfo exit = unit.machine ? unit.machine->main_exit() : ExitInfo{};
    if (!status && exit.code == CLD_EXITED) status = exit.status;
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

void Manager::trigger(Unit& unit, Dependency kind, JobMode mode) {
    std::vector<UnitId> others;
    graph_.for_each(unit.id, kind, [&](UnitId other) { others.push_back(other); });
    if (others.empty()) return;
    log_unit(unit, LogLevel::Info, cat("Triggering ", to_string(kind), "= dependencies."));
    queue_jobs(unit.id, cat(to_string(kind), "="), others, JobType::Start, mode);
}

void Manager::examine_later(Unit& unit) noexcept {
    if (!std::exchange(unit.examination_pending, true)) to_examine_.push_back(unit.id);
}

void Manager::mark_changed(UnitId id) noexcept {
    if (!exists(id) || std::exchange(unit(id).change_pending, true)) return;
    changed_.push_back(id);
    schedule_turn();
}

void Manager::flush_changes() {
    size_t count = changed_.size();
    for (size_t i = 0; i < count; ++i) {
        if (!exists(changed_[i])) continue;
        Unit& changed = unit(changed_[i]);
        changed.change_pending = false;
        tell_observers([&](ManagerObserver& observer) { observer.unit_changed(changed); });
    }
    changed_.erase(changed_.begin(), changed_.begin() + static_cast<ptrdiff_t>(count));
}

} // namespace sctl
