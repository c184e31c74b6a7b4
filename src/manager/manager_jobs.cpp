// Manager's part that runs jobs: it asks the queue for what may run now, puts the question to the
// unit, and says how each job ended.
#include "base/text.hpp"
#include "manager/job_messages.hpp"
#include "manager/manager.hpp"
#include "os/random.hpp"
#include "unit/loader.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {

// What the graph room wants to know of units.
class Manager::GraphView : public UnitStates {
  public:
    explicit GraphView(const Manager& manager) : manager_(manager) {}

    uint32_t unit_count() const override { return static_cast<uint32_t>(manager_.units_.size()); }
    UnitId unit_in(uint32_t place) const override {
        const auto& unit = manager_.units_[place];
        return unit ? unit->id : no_unit;
    }
    UnitSummary summary(UnitId id) const override {
        if (!manager_.exists(id)) return {};
        const Unit* unit = &manager_.unit(id);
        const LoadedUnit& loaded = unit->loaded;
        return {.name = loaded.id.str(),
                .load_state = loaded.load_state,
                .load_error = &loaded.load_error,
                .active_state = unit->active,
                .can_start = true,
                .can_stop = true,
                .can_reload = can_reload(*unit),
                .perpetual = loaded.perpetual,
                .refuse_manual_start = loaded.unit.refuse_manual_start,
                .refuse_manual_stop = loaded.unit.refuse_manual_stop,
                .allow_isolate = loaded.unit.allow_isolate,
                .ignore_on_isolate = loaded.unit.ignore_on_isolate,
                .skipped = unit->skipped};
    }
    const Job* job(UnitId unit) const override { return manager_.jobs_.of_unit(unit); }
    void tell(LogLevel level, const std::vector<UnitId>& units,
              std::string_view text) const override {
        constexpr size_t room = 1000; // of a message to the capture process
        std::string names;
        for (UnitId id : units) {
            const auto& name = manager_.unit(id).name().str();
            if (names.size() + name.size() < room) names += cat(name, '\n');
        }
        manager_.output_.manager_line(level, names, text);
    }

  private:
    const Manager& manager_;
};

bool can_reload(const Unit& unit) {
    return unit.machine && unit.machine->can_reload(unit.loaded);
}

Result<JobId> Manager::add_job(JobType type, std::string_view name, JobMode mode, bool manual) {
    auto unit = load(name);
    return unit ? add_job(type, (*unit)->id, mode, manual) : Result<JobId>(unit.error());
}

Result<JobId> Manager::add_job(JobType type, UnitId id, JobMode mode, bool manual) {
    complete(id);
    if (type != JobType::Stop) id = find_late(id);
    GraphView view(*this);
    if (manual) {
        auto allowed = check_manual_request(view, type, id);
        if (!allowed) return allowed.error();
    }
    auto transaction = build_transaction(graph_, view, type, id, mode);
    if (!transaction) return transaction.error();
    return install(*transaction, id);
}

// Files that came late may give what the job pulls in, or make the unit another's alias.
UnitId Manager::find_late(UnitId id) {
    std::string name = unit(id).name().str();
    find_late_units();
    const Unit* found = find(name);
    return found ? found->id : id;
}

Result<JobId> Manager::install(const Transaction& transaction, UnitId anchor) {
    auto done = jobs_.install(transaction, GraphView(*this));
    for (const Job& canceled : done.canceled) job_ended(canceled);
    for (JobId id : done.added) {
        const Job& job = *jobs_.find(id);
        unit(job.unit).job = id;
        mark_changed(job.unit);
        run_insistently("timing a job", [&] { arm_job_timer(job); });
        tell_observers([&](ManagerObserver& observer) { observer.job_new(job, unit(job.unit)); });
    }
    const Job& job = *jobs_.find(done.anchor);
    if (job.type == JobType::Start) {
        Objective objective = objective_of_target(unit(anchor).name().str());
        if (objective != Objective::None) begin_shutdown(objective);
    }
    schedule_turn();
    return done.anchor;
}

void Manager::arm_job_timer(const Job& job) {
    Span timeout = unit(job.unit).loaded.unit.job_timeout;
    if (timeout == infinity || job_timers_.contains(job.id)) return;
    job_timers_[job.id] = job_timer(job, timeout, "JobTimeoutSec=");
}

// Counts from when the job runs, not from when it was queued.
void Manager::arm_running_timer(const Job& job) {
    auto timeout = unit(job.unit).loaded.unit.job_running_timeout;
    if (!timeout || *timeout == infinity || running_timers_.contains(job.id)) return;
    running_timers_[job.id] = job_timer(job, *timeout, "JobRunningTimeoutSec=");
}

OwnedTimer Manager::job_timer(const Job& job, Span timeout, std::string_view directive) {
    return loop_.arm(add_saturating(monotonic_now(), timeout), [this, id = job.id, directive] {
        const Job* late = jobs_.find(id);
        if (!late) return;
        log_unit(
            unit(late->unit), LogLevel::Warning,
            cat("Job ", unit(late->unit).name().str(), "/", to_string(late->type), " timed out."));
        UnitId owner = late->unit;
        finish_job(id, JobResult::Timeout, {owner, cat(directive, " is over")});
        if (exists(owner)) act_on(unit(owner).loaded.unit.job_timeout_action, unit(owner), {});
        run_events();
    });
}

bool Manager::run_one_job() {
    auto job = jobs_.take_runnable();
    if (!job) return false;
    // A second time where nothing has been done for lack of memory: an automatic restart is not
    // lost.
    auto ended = run_insistently("a job", [&] {
        arm_running_timer(*job);
        run_job(*job);
    });
    if (ended != Guarded::Done) fail_job(job->unit, job->id);
    return true;
}

void Manager::run_job(const Job& job) {
    Unit& unit = this->unit(job.unit);
    mark_changed(unit.id);
    switch (job.type) {
        case JobType::Start: return run_start(job, unit);
        case JobType::VerifyActive: return run_verify(job, unit);
        case JobType::Stop:
        case JobType::Restart: return run_stop(job, unit);
        case JobType::Reload: return run_reload(job, unit);
        case JobType::Nop: return finish_job(job.id, JobResult::Done, {});
        // These have become one of the others before they were queued.
        case JobType::TryRestart:
        case JobType::TryReload:
        case JobType::ReloadOrStart: return finish_job(job.id, JobResult::Invalid, {});
    }
}

void Manager::run_verify(const Job& job, Unit& unit) {
    switch (unit.active) {
        case ActiveState::Active:
        case ActiveState::Reloading: return finish_job(job.id, JobResult::Done, {});
        case ActiveState::Activating: return jobs_.wait_again(job.id);
        default: return finish_job(job.id, JobResult::Skipped, {unit.id, "it is not active"});
    }
}

// In the order of systemd's unit_start(): the first reason not to start decides the job's result.
void Manager::run_start(const Job& job, Unit& unit) {
    if (unit.is_active_or_reloading()) return finish_quietly(job.id);
    if (unit.loaded.load_state != LoadState::Loaded) {
        return finish_job(job.id, JobResult::Failed, {unit.id, unit.loaded.load_error.text});
    }
    bool begins = unit.active != ActiveState::Activating;
    if (begins && !check_conditions(unit))
        return finish_job(job.id, JobResult::Done, {unit.id, unit.unmet});
    if (begins && !check_asserts(unit)) {
        log_unit(unit, LogLevel::Notice, "Starting requested but asserts failed.");
        return finish_job(job.id, JobResult::Assert, {unit.id, unit.unmet});
    }
    if (!kind_of(unit.type()).is_run) {
        return finish_job(job.id, JobResult::Unsupported,
                          {unit.id, "units of this type are not run yet"});
    }
    if (UnitId missing = unmet_dependency(unit.id); missing != no_unit) {
        return finish_job(job.id, JobResult::Dependency,
                          {missing, cat(this->unit(missing).name().str(), " is not active")});
    }
    switch (unit.machine->phase()) {
        case Phase::Down: return begin_start(job, unit);
        case Phase::ComingUp:
        case Phase::Up:
            return; // the job ends with what is under way
        // It has to have stopped first, and its stop is what wakes this job.
        case Phase::Busy: return jobs_.wait_again(job.id);
    }
}

void Manager::begin_start(const Job& job, Unit& unit) {
    if (unit.run && !unit.run->may_start()) return jobs_.wait_again(job.id);
    if (!may_start_again(unit)) {
        handle(unit.id, event::StartLimitHit{});
        // A unit that had failed already does not change its state: nobody else ends the job.
        if (jobs_.find(job.id))
            finish_job(job.id, JobResult::Failed, {unit.id, "it was started too often"});
        return act_on(unit.loaded.unit.start_limit_action, unit, {});
    }
    unit.invocation_id = random_id();
    unit.cause = {};
    if (unit.run)
        unit.run->begin_start();
    else if (auto unmet = unmet_wishes(unit.loaded); !unmet.empty())
        log_unit(unit, LogLevel::Warning, unmet); // of a unit with commands before the first
    handle(unit.id, event::StartRequested{});
    announce_begin(job);
}

// StartLimitIntervalSec= and StartLimitBurst=.
bool Manager::may_start_again(Unit& unit) {
    if (!kind_of(unit.type()).limits_starts) return true;
    const UnitConfig& config = unit.loaded.unit;
    if (!unit.start_limit)
        unit.start_limit.emplace(config.start_limit_interval, config.start_limit_burst);
    return unit.start_limit->allow(monotonic_now());
}

void Manager::run_stop(const Job& job, Unit& unit) {
    if (unit.is_inactive_or_failed()) return finish_quietly(job.id);
    if (!unit.machine) return finish_quietly(job.id);
    // What had not come up yet is taken down without a word, as in systemd.
    bool was_up = unit.machine->phase() == Phase::Up;
    handle(unit.id, event::StopRequested{});
    if (was_up) announce_begin(job);
}

void Manager::run_reload(const Job& job, Unit& unit) {
    if (unit.active == ActiveState::Reloading) return jobs_.wait_again(job.id);
    if (unit.active != ActiveState::Active) {
        return finish_job(job.id, JobResult::Invalid, {unit.id, "it is not active"});
    }
    if (!can_reload(unit)) return finish_job(job.id, JobResult::Done, {});
    handle(unit.id, event::ReloadRequested{});
    announce_begin(job);
}

bool Manager::check_conditions(Unit& unit) {
    unit.condition_time = current_moment();
    auto verdict = check_all(unit.loaded.unit.conditions, facts_, options_.root());
    unit.condition_result = verdict.met;
    unit.condition_results = std::move(verdict.results);
    if (!verdict.met) unit.unmet = std::move(verdict.reason);
    return verdict.met;
}

bool Manager::check_asserts(Unit& unit) {
    unit.assert_time = current_moment();
    auto verdict = check_all(unit.loaded.unit.asserts, facts_, options_.root(), "Assert");
    unit.assert_result = verdict.met;
    unit.assert_results = std::move(verdict.results);
    if (!verdict.met) unit.unmet = std::move(verdict.reason);
    return verdict.met;
}

// BindsTo= with After=, and Requisite= with After=: what must be active already when we start.
UnitId Manager::unmet_dependency(UnitId id) {
    UnitId missing = no_unit;
    for (Dependency kind : {Dependency::BindsTo, Dependency::Requisite}) {
        graph_.for_each(id, kind, [&](UnitId other) {
            bool ordered = graph_.has(id, Dependency::After, other);
            if (ordered && !unit(other).skipped && !unit(other).is_active_or_reloading())
                missing = other;
        });
    }
    return missing;
}

void Manager::finish_job(JobId id, JobResult result, JobCause cause) {
    const Job* job = jobs_.find(id);
    // It goes on as a start, but this half of it is over.
    if (job && job->type == JobType::Restart && result == JobResult::Done) announce_end(*job);
    for (const Job& ended : jobs_.finish(id, result, GraphView(*this), std::move(cause)))
        job_ended(ended);
}

// Of a job that threw. Its unit may have begun to move all the same, and is judged by that later.
void Manager::fail_job(UnitId id, JobId job) noexcept {
    auto ended = run_insistently("ending a job", [&] {
        finish_job(job, JobResult::Failed, {id, "out of memory"});
    });
    if (ended != Guarded::Done && exists(id)) leave_open(unit(id), Unit::Open::ToFail);
}

// A job that found nothing to do: it is done, and nobody needs to read of it.
void Manager::finish_quietly(JobId id) {
    nothing_done_ = id;
    finish_job(id, JobResult::Done, {});
    nothing_done_ = 0;
}

void Manager::job_ended(const Job& job) noexcept {
    job_timers_.erase(job.id);
    running_timers_.erase(job.id);
    if (!exists(job.unit)) return;
    Unit& unit = this->unit(job.unit);
    const Job* next = jobs_.of_unit(unit.id);
    unit.job = next ? next->id : 0;
    mark_changed(unit.id);
    may_be_garbage(unit.id);
    for (Dependency kind : {Dependency::OnSuccessOf, Dependency::OnFailureOf})
        graph_.for_each(unit.id, kind, [&](UnitId other) { may_be_garbage(other); });
    announce_end(job);
    tell_observers([&](ManagerObserver& observer) { observer.job_removed(job, unit); });
    if (job.type == JobType::Start && job.result != JobResult::Done &&
        job.result != JobResult::Canceled)
        run_insistently("noting a failed start", [&] { start_failed_.insert(unit.id); });
    // A unit that failed itself has triggered them when it did.
    bool never_tried = job.result == JobResult::Timeout || job.result == JobResult::Dependency;
    if (!never_tried) return;
    run_insistently("triggering the handlers of a failure", [&] {
        trigger(unit, Dependency::OnFailure, unit.loaded.unit.on_failure_job_mode);
    });
}

// Where what was begun is not over already.
void Manager::announce_begin(const Job& job) noexcept {
    const Job* now = jobs_.find(job.id);
    if (!now || now->type != job.type) return;
    run_guarded("announcing a job",
                [&] { say_of_job(unit(job.unit), begin_message(job.type, unit(job.unit))); });
}

void Manager::announce_end(const Job& job) noexcept {
    run_guarded("announcing a job", [&] {
        const Unit& unit = this->unit(job.unit);
        if (job.id != nothing_done_) say_of_job(unit, end_message(job, unit));
        if (job.result == JobResult::Timeout || job.result == JobResult::Dependency)
            say_why_job_failed(job);
    });
}

void Manager::say_why_job_failed(const Job& job) {
    const Unit& unit = this->unit(job.unit);
    log_unit(unit, LogLevel::Notice,
             cat("Job ", unit.name().str(), "/", to_string(job.type), " failed with result '",
                 to_string(job.result), "'."));
    // systemd leaves it to the reader to find out which.
    if (job.cause.unit == job.unit || !exists(job.cause.unit)) return;
    log_unit(
        unit, LogLevel::Notice,
        cat("The cause is ", this->unit(job.cause.unit).name().str(), ": ", job.cause.text, "."));
}

void Manager::say_of_job(const Unit& unit, const JobMessage& message) {
    if (!message.text.empty()) output_.manager_line(message.level, unit.name().str(), message.text);
}

Result<void> Manager::cancel_job(JobId id) {
    if (!jobs_.find(id)) {
        return Error{ENOENT, cat("Job ", id, " does not exist."),
                     "org.freedesktop.systemd1.NoSuchJob"};
    }
    finish_job(id, JobResult::Canceled, {});
    schedule_turn();
    return {};
}

} // namespace sctl
