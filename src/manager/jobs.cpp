#include "manager/jobs.hpp"

#include "base/text.hpp"
#include "manager/job_messages.hpp"
#include "manager/unit_log.hpp"

namespace sctl {
namespace {

// What the graph room wants to know of units.
class GraphView : public UnitStates {
  public:
    GraphView(const UnitTable& units, const JobQueue& queue, ServiceOutput& output)
        : units_(units), queue_(queue), output_(output) {}

    uint32_t unit_count() const override { return static_cast<uint32_t>(units_.all().size()); }
    UnitId unit_in(uint32_t place) const override {
        const auto& unit = units_.all()[place];
        return unit ? unit->id : no_unit;
    }
    UnitSummary summary(UnitId id) const override {
        if (!units_.exists(id)) return {};
        const Unit* unit = &units_.unit(id);
        const LoadedUnit& loaded = unit->loaded;
        return {.name = loaded.id.str(),
                .load_state = loaded.load_state,
                .load_error = &*loaded.load_error,
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
    const Job* job(UnitId unit) const override { return queue_.of_unit(unit); }
    void tell(LogLevel level, const std::vector<UnitId>& units,
              std::string_view text) const override {
        constexpr size_t room = 1000; // of a message to the capture process
        std::string names;
        for (UnitId id : units) {
            const auto& name = units_.unit(id).name().str();
            if (names.size() + name.size() < room) names += cat(name, '\n');
        }
        output_.manager_line(level, names, text);
    }

  private:
    const UnitTable& units_;
    const JobQueue& queue_;
    ServiceOutput& output_;
};

} // namespace

bool can_reload(const Unit& unit) {
    return unit.machine && unit.machine->can_reload(unit.loaded);
}

Jobs::Jobs(const Parts& parts)
    : loop_(parts.loop),
      output_(parts.output),
      units_(parts.units),
      store_(parts.store),
      graph_(parts.graph),
      queue_(parts.queue),
      observers_(parts.observers),
      garbage_(parts.garbage),
      shutdown_(parts.shutdown),
      triggers_(parts.triggers),
      turn_(parts.turn),
      config_(parts.config) {}

Result<JobId> Jobs::add(JobType type, std::string_view name, JobMode mode, bool manual) {
    auto unit = store_.load(name);
    return unit ? add(type, (*unit)->id, mode, manual) : Result<JobId>(unit.error());
}

Result<JobId> Jobs::add(JobType type, UnitId id, JobMode mode, bool manual) {
    store_.complete(id);
    if (type != JobType::Stop) id = store_.find_late(id);
    GraphView view(units_, queue_, output_);
    if (manual) {
        auto allowed = check_manual_request(view, type, id);
        if (!allowed) return allowed.error();
    }
    auto transaction = build_transaction(graph_, view, type, id, mode);
    if (!transaction) return transaction.error();
    return install(*transaction, id);
}

void Jobs::add_all(UnitId asker, std::string_view what, const std::vector<UnitId>& units,
                   JobType type, JobMode mode) {
    for (UnitId other : units) {
        if (!units_.exists(other)) continue;
        auto job = add(type, other, mode, false);
        if (job || !units_.exists(asker)) continue;
        log_unit(output_, units_.unit(asker), LogLevel::Warning,
                 cat("Failed to enqueue ", what, " job, ignoring: ", job.error().text));
    }
}

void Jobs::trigger(const Unit& unit, Dependency kind, JobMode mode) {
    std::vector<UnitId> others;
    graph_.for_each(unit.id, kind, [&](UnitId other) { others.push_back(other); });
    if (others.empty()) return;
    log_unit(output_, unit, LogLevel::Info, cat("Triggering ", to_string(kind), "= dependencies."));
    add_all(unit.id, cat(to_string(kind), "="), others, JobType::Start, mode);
}

Result<void> Jobs::start_triggered(const Unit& trigger, const action::StartTriggered& how) {
    UnitId triggered = triggers_.unit_of(trigger.id);
    if (!units_.exists(triggered)) return Error{ENOENT, "Unit to trigger vanished.", {}};
    Unit::Activation activation;
    if (how.is_told) {
        auto details = how.details;
        details.insert(details.begin(), cat("TRIGGER_UNIT=", trigger.name().str()));
        activation = std::make_shared<const std::vector<std::string>>(std::move(details));
    }
    auto job = add(JobType::Start, triggered, JobMode::Replace, false);
    if (!job) return Error{job.error().code, cat(queueing_failed, job.error().text), {}};
    // Whoever came first is who has started it.
    if (how.is_told && queue_.find(*job)) activations_.try_emplace(*job, std::move(activation));
    return {};
}

Unit::Activation Jobs::activation_of(JobId id) const {
    auto found = activations_.find(id);
    return found == activations_.end() ? nullptr : found->second;
}

Result<JobId> Jobs::install(const Transaction& transaction, UnitId anchor) {
    auto done = queue_.install(transaction, GraphView(units_, queue_, output_));
    for (const Job& canceled : done.canceled) ended(canceled);
    for (JobId id : done.added) {
        const Job& job = *queue_.find(id);
        units_.unit(job.unit).job = id;
        observers_.mark_changed(units_.unit(job.unit));
        run_insistently("timing a job", [&] { arm_timer(job); });
        observers_.tell(
            [&](ManagerObserver& observer) { observer.job_new(job, units_.unit(job.unit)); });
    }
    const Job& job = *queue_.find(done.anchor);
    if (job.type == JobType::Start) {
        Objective objective = objective_of_target(units_.unit(anchor).name().str());
        if (objective != Objective::None) shutdown_.begin(objective);
    }
    turn_.schedule();
    return done.anchor;
}

void Jobs::arm_timer(const Job& job) {
    Span timeout = units_.unit(job.unit).loaded.unit.job_timeout;
    if (timeout == infinity || timers_.contains(job.id)) return;
    timers_[job.id] = timer_of(job, timeout, "JobTimeoutSec=");
}

void Jobs::arm_running_timer(const Job& job) {
    auto timeout = units_.unit(job.unit).loaded.unit.job_running_timeout;
    if (!timeout || *timeout == infinity || running_timers_.contains(job.id)) return;
    running_timers_[job.id] = timer_of(job, *timeout, "JobRunningTimeoutSec=");
}

OwnedTimer Jobs::timer_of(const Job& job, Span timeout, std::string_view directive) {
    return loop_.arm(add_saturating(monotonic_now(), timeout),
                     [this, id = job.id, directive] { timed_out(id, directive); });
}

void Jobs::timed_out(JobId id, std::string_view directive) {
    const Job* late = queue_.find(id);
    if (!late) return;
    const Unit& unit = units_.unit(late->unit);
    log_unit(output_, unit, LogLevel::Warning,
             cat("Job ", unit.name().str(), "/", to_string(late->type), " timed out."));
    finish(id, JobResult::Timeout, {unit.id, cat(directive, " is over")});
    shutdown_.act_on(unit.loaded.unit.job_timeout_action, unit, {});
    turn_.schedule();
}

void Jobs::finish(JobId id, JobResult result, JobCause cause) {
    const Job* job = queue_.find(id);
    // It goes on as a start, but this half of it is over.
    if (job && job->type == JobType::Restart && result == JobResult::Done) announce_end(*job);
    GraphView view(units_, queue_, output_);
    for (const Job& over : queue_.finish(id, result, view, std::move(cause))) ended(over);
}

void Jobs::finish_quietly(JobId id) {
    nothing_done_ = id;
    finish(id, JobResult::Done, {});
    nothing_done_ = 0;
}

void Jobs::ended(const Job& job) noexcept {
    timers_.erase(job.id);
    running_timers_.erase(job.id);
    activations_.erase(job.id);
    if (!units_.exists(job.unit)) return;
    Unit& unit = units_.unit(job.unit);
    const Job* next = queue_.of_unit(unit.id);
    unit.job = next ? next->id : 0;
    observers_.mark_changed(unit);
    garbage_.suspect(unit);
    announce_end(job);
    observers_.tell([&](ManagerObserver& observer) { observer.job_removed(job, unit); });
    triggers_.changed(unit.id);
    // A unit that failed itself has triggered them when it did.
    bool never_tried = job.result == JobResult::Timeout || job.result == JobResult::Dependency;
    if (!never_tried) return;
    run_insistently("triggering the handlers of a failure", [&] {
        trigger(unit, Dependency::OnFailure, unit.loaded.unit.on_failure_job_mode);
    });
}

void Jobs::announce_begin(const Job& job) noexcept {
    const Job* now = queue_.find(job.id);
    if (!now || now->type != job.type) return;
    run_guarded("announcing a job", [&] {
        say(units_.unit(job.unit),
            begin_message(job.type, units_.unit(job.unit), config_.status_unit_format));
    });
}

void Jobs::announce_end(const Job& job) noexcept {
    run_guarded("announcing a job", [&] {
        const Unit& unit = units_.unit(job.unit);
        if (job.id != nothing_done_) say(unit, end_message(job, unit, config_.status_unit_format));
        if (job.result == JobResult::Timeout || job.result == JobResult::Dependency)
            say_why_it_failed(job);
    });
}

void Jobs::say_why_it_failed(const Job& job) {
    const Unit& unit = units_.unit(job.unit);
    log_unit(output_, unit, LogLevel::Notice,
             cat("Job ", unit.name().str(), "/", to_string(job.type), " failed with result '",
                 to_string(job.result), "'."));
    // systemd leaves it to the reader to find out which.
    if (job.cause.unit == job.unit || !units_.exists(job.cause.unit)) return;
    log_unit(
        output_, unit, LogLevel::Notice,
        cat("The cause is ", units_.unit(job.cause.unit).name().str(), ": ", job.cause.text, "."));
}

void Jobs::say(const Unit& unit, const JobMessage& message) {
    if (!message.text.empty()) output_.manager_line(message.level, unit.name().str(), message.text);
}

Result<void> Jobs::cancel(JobId id) {
    if (!queue_.find(id)) {
        return Error{ENOENT, cat("Job ", id, " does not exist."),
                     "org.freedesktop.systemd1.NoSuchJob"};
    }
    finish(id, JobResult::Canceled, {});
    turn_.schedule();
    return {};
}

} // namespace sctl
