#include "manager/job_runner.hpp"

#include <utility>

#include "base/text.hpp"
#include "manager/unit_log.hpp"
#include "os/random.hpp"
#include "unit/loader.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {

JobRunner::JobRunner(const Parts& parts)
    : units_(parts.units),
      graph_(parts.graph),
      queue_(parts.queue),
      jobs_(parts.jobs),
      events_(parts.events),
      changes_(parts.changes),
      observers_(parts.observers),
      shutdown_(parts.shutdown),
      output_(parts.output),
      turn_(parts.turn),
      facts_(parts.facts),
      options_(parts.options) {}

bool JobRunner::run_one() {
    auto job = queue_.take_runnable();
    if (!job) return false;
    // A second time where nothing has been done for lack of memory: an automatic restart is not
    // lost.
    auto ended = run_insistently("a job", [&] {
        jobs_.arm_running_timer(*job);
        run(*job);
    });
    if (ended != Guarded::Done) fail(job->unit, job->id);
    return true;
}

void JobRunner::wake(UnitId id) noexcept {
    queue_.wake(id);
    turn_.schedule();
}

void JobRunner::run(const Job& job) {
    Unit& unit = units_.unit(job.unit);
    observers_.mark_changed(unit);
    switch (job.type) {
        case JobType::Start: return start(job, unit);
        case JobType::VerifyActive: return verify(job, unit);
        case JobType::Stop:
        case JobType::Restart: return stop(job, unit);
        case JobType::Reload: return reload(job, unit);
        case JobType::Nop: return jobs_.finish(job.id, JobResult::Done, {});
        // These have become one of the others before they were queued.
        case JobType::TryRestart:
        case JobType::TryReload:
        case JobType::ReloadOrStart: return jobs_.finish(job.id, JobResult::Invalid, {});
    }
}

void JobRunner::verify(const Job& job, Unit& unit) {
    switch (unit.active) {
        case ActiveState::Active:
        case ActiveState::Reloading: return jobs_.finish(job.id, JobResult::Done, {});
        case ActiveState::Activating: return queue_.wait_again(job.id);
        default: return jobs_.finish(job.id, JobResult::Skipped, {unit.id, "it is not active"});
    }
}

// In the order of systemd's unit_start(): the first reason not to start decides the job's result.
void JobRunner::start(const Job& job, Unit& unit) {
    if (unit.is_active_or_reloading()) return jobs_.finish_quietly(job.id);
    if (unit.loaded.load_state != LoadState::Loaded) {
        return jobs_.finish(job.id, JobResult::Failed, {unit.id, unit.loaded.load_error->text});
    }
    bool begins = unit.active != ActiveState::Activating;
    if (begins && !check_conditions(unit))
        return jobs_.finish(job.id, JobResult::Done, {unit.id, unit.unmet});
    if (begins && !check_asserts(unit)) {
        log_unit(output_, unit, LogLevel::Notice, "Starting requested but asserts failed.");
        return jobs_.finish(job.id, JobResult::Assert, {unit.id, unit.unmet});
    }
    if (!kind_of(unit.type()).is_run) {
        return jobs_.finish(job.id, JobResult::Unsupported,
                            {unit.id, "units of this type are not run yet"});
    }
    if (UnitId missing = unmet_dependency(unit.id); missing != no_unit) {
        return jobs_.finish(job.id, JobResult::Dependency,
                            {missing, cat(units_.unit(missing).name().str(), " is not active")});
    }
    switch (unit.machine->phase()) {
        case Phase::Down: return begin_start(job, unit);
        case Phase::ComingUp:
        case Phase::Up:
            return; // the job ends with what is under way
        // It has to have stopped first, and its stop is what wakes this job.
        case Phase::Busy: return queue_.wait_again(job.id);
    }
}

void JobRunner::begin_start(const Job& job, Unit& unit) {
    if (unit.run && !unit.run->may_start()) return queue_.wait_again(job.id);
    if (!may_start_again(unit)) {
        events_.handle(unit.id, event::StartLimitHit{});
        // A unit that had failed already does not change its state: nobody else ends the job.
        if (queue_.find(job.id))
            jobs_.finish(job.id, JobResult::Failed, {unit.id, "it was started too often"});
        return shutdown_.act_on(unit.loaded.unit.start_limit_action, unit, {});
    }
    if (auto refusal = unit.machine->refusal(unit.loaded, events_.context_of(unit));
        !refusal.empty()) {
        log_unit(output_, unit, LogLevel::Error, refusal);
        return jobs_.finish(job.id, JobResult::Failed, {unit.id, std::move(refusal)});
    }
    unit.invocation_id = random_id();
    unit.cause = {};
    if (auto activation = jobs_.activation_of(job.id)) unit.activation = std::move(activation);
    if (unit.run)
        unit.run->begin_start();
    else if (auto unmet = unmet_wishes(unit.loaded); !unmet.empty())
        log_unit(output_, unit, LogLevel::Warning, unmet); // of a service before its first command
    events_.handle(unit.id, event::StartRequested{});
    jobs_.announce_begin(job);
}

// StartLimitIntervalSec= and StartLimitBurst=.
bool JobRunner::may_start_again(Unit& unit) {
    if (!kind_of(unit.type()).limits_starts) return true;
    const UnitConfig& config = unit.loaded.unit;
    if (!unit.start_limit)
        unit.start_limit.emplace(config.start_limit_interval, config.start_limit_burst);
    return unit.start_limit->allow(monotonic_now());
}

void JobRunner::stop(const Job& job, Unit& unit) {
    if (unit.is_inactive_or_failed()) return jobs_.finish_quietly(job.id);
    if (!unit.machine) return jobs_.finish_quietly(job.id);
    // What had not come up yet is taken down without a word, as in systemd.
    bool was_up = unit.machine->phase() == Phase::Up;
    events_.handle(unit.id, event::StopRequested{});
    if (was_up) jobs_.announce_begin(job);
}

void JobRunner::reload(const Job& job, Unit& unit) {
    if (unit.active == ActiveState::Reloading) return queue_.wait_again(job.id);
    if (unit.active != ActiveState::Active) {
        return jobs_.finish(job.id, JobResult::Invalid, {unit.id, "it is not active"});
    }
    if (!can_reload(unit)) return jobs_.finish(job.id, JobResult::Done, {});
    events_.handle(unit.id, event::ReloadRequested{});
    jobs_.announce_begin(job);
}

bool JobRunner::check_conditions(Unit& unit) {
    unit.condition_time = current_moment();
    auto verdict = check_all(unit.loaded.unit.conditions, facts_, options_.root());
    unit.condition_result = verdict.met;
    unit.condition_results = std::move(verdict.results);
    if (!verdict.met) unit.unmet = std::move(verdict.reason);
    return verdict.met;
}

bool JobRunner::check_asserts(Unit& unit) {
    unit.assert_time = current_moment();
    auto verdict = check_all(unit.loaded.unit.asserts, facts_, options_.root(), "Assert");
    unit.assert_result = verdict.met;
    unit.assert_results = std::move(verdict.results);
    if (!verdict.met) unit.unmet = std::move(verdict.reason);
    return verdict.met;
}

// BindsTo= with After=: what must be active already when we start, whichever job mode was asked
// for. Requisite= is a matter of the transaction, which has a job that verifies it.
UnitId JobRunner::unmet_dependency(UnitId id) {
    UnitId missing = no_unit;
    graph_.for_each(id, Atom::CannotBeActiveWithout, [&](UnitId other) {
        bool ordered = graph_.has(id, Dependency::After, other);
        if (ordered && !units_.unit(other).skipped && !units_.unit(other).is_active_or_reloading())
            missing = other;
    });
    return missing;
}

// Of a job that threw. Its unit may have begun to move all the same, and is judged by that later.
void JobRunner::fail(UnitId id, JobId job) noexcept {
    auto ended = run_insistently("ending a job", [&] {
        jobs_.finish(job, JobResult::Failed, {id, "out of memory"});
    });
    if (ended != Guarded::Done && units_.exists(id))
        changes_.leave_open(units_.unit(id), Unit::Open::ToFail);
}

} // namespace sctl
