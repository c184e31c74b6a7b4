// The jobs that were asked for: queues them with all that they pull in, says how each ended, and
// ends those that take too long. What a job does to its unit is JobRunner's.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "graph/job_queue.hpp"
#include "manager/shutdown.hpp"
#include "manager/triggers.hpp"
#include "manager/unit_store.hpp"

namespace sctl {

struct JobMessage;

// Whether the unit has an ExecReload=.
[[nodiscard]] bool can_reload(const Unit& unit);

class Jobs {
  public:
    struct Parts {
        EventLoop& loop;
        ServiceOutput& output;
        UnitTable& units;
        UnitStore& store;
        const DependencyGraph& graph;
        JobQueue& queue;
        Observers& observers;
        Garbage& garbage;
        Shutdown& shutdown;
        Triggers& triggers;
        NextTurn& turn;
        const ManagerConfig& config;
    };
    explicit Jobs(const Parts& parts);
    Jobs(const Jobs&) = delete;
    Jobs& operator=(const Jobs&) = delete;

    // Queues a job and what it pulls in. `manual` is for a person's request: RefuseManualStart= and
    // the like hold. The Error's D-Bus name decides the client's exit code.
    Result<JobId> add(JobType type, UnitId unit, JobMode mode, bool manual);
    // The same for a unit that may have to be loaded.
    Result<JobId> add(JobType type, std::string_view name, JobMode mode, bool manual);
    // What `asker` does to others. `what` is the job's name in its log, if one cannot be had.
    void add_all(UnitId asker, std::string_view what, const std::vector<UnitId>& units,
                 JobType type, JobMode mode);
    // Starts the units that `unit` names by `kind`, OnFailure= and the like.
    void trigger(const Unit& unit, Dependency kind, JobMode mode);
    Result<void> cancel(JobId id);
    // An Error of the next begins with this, where the job was refused.
    static constexpr std::string_view queueing_failed = "Failed to queue unit startup job: ";
    // Queues the start of what `trigger` triggers, with what that is to be told.
    Result<void> start_triggered(const Unit& trigger, const action::StartTriggered& how);

    // --- for who runs jobs
    void finish(JobId id, JobResult result, JobCause cause);
    // It found nothing to do: it is done, and nobody needs to read of it.
    void finish_quietly(JobId id);
    // By what a unit that triggers others has asked for it; null where none has.
    [[nodiscard]] Unit::Activation activation_of(JobId id) const;
    // It begins to do something, and may have been over at once.
    void announce_begin(const Job& job) noexcept;
    // JobRunningTimeoutSec= counts from when the job runs, not from when it was queued.
    void arm_running_timer(const Job& job);

  private:
    Result<JobId> install(const Transaction& transaction, UnitId anchor);
    void ended(const Job& job) noexcept;
    void announce_end(const Job& job) noexcept;
    void say(const Unit& unit, const JobMessage& message);
    void say_why_it_failed(const Job& job);
    void arm_timer(const Job& job);
    [[nodiscard]] OwnedTimer timer_of(const Job& job, Span timeout, std::string_view directive);
    void timed_out(JobId id, std::string_view directive);

    EventLoop& loop_;
    ServiceOutput& output_;
    UnitTable& units_;
    UnitStore& store_;
    const DependencyGraph& graph_;
    JobQueue& queue_;
    Observers& observers_;
    Garbage& garbage_;
    Shutdown& shutdown_;
    Triggers& triggers_;
    NextTurn& turn_;
    const ManagerConfig& config_;
    std::unordered_map<JobId, OwnedTimer> timers_;         // JobTimeoutSec=
    std::unordered_map<JobId, OwnedTimer> running_timers_; // JobRunningTimeoutSec=
    std::unordered_map<JobId, Unit::Activation> activations_;
    JobId nothing_done_ = 0; // the job that ends now found its unit as it should be
};

} // namespace sctl
