// The jobs that are queued, and which of them may run now. Pure: the manager takes a job, does the
// work, and says how it ended.
//
//   install(transaction) → Waiting ── take_runnable() ──► Running ── finish() ──► gone
//                             ▲                              │
//                             └── wait_again(), a merge, the start half of a restart
//
// A job waits while a neighbour by Before= or After= has a job that goes first. Each waiting job
// remembers one such neighbour and is looked at again only when that one's job ends or changes, so
// that the end of a job costs as much as it has neighbours.
//
// Whatever throws for lack of memory (install(), finish()) does so before it has changed anything;
// all else needs none.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "graph/dependency.hpp"
#include "graph/job.hpp"
#include "graph/transaction.hpp"

namespace sctl {

class JobQueue {
  public:
    // `graph` outlives the queue.
    explicit JobQueue(const DependencyGraph& graph) : graph_(graph) {}

    struct Installed {
        JobId anchor = 0;          // the job that was asked for, or the one it was merged into
        std::vector<JobId> added;  // new ones
        std::vector<JobId> merged; // there already, now doing this transaction's work as well
        std::vector<Job> canceled; // gone: they contradicted it, or it is an isolate or flush
    };
    Installed install(const Transaction& transaction, const UnitStates& view);

    // The next job that may run, now Running; nothing if none may. Call it until then after each
    // install, finish and wake. One at a time, as doing one may end others.
    std::optional<Job> take_runnable();

    // Ends a job. Returns it and the jobs that end with it, in this order, each with its result and
    // the cause that began it: a `cause` without a unit is laid on the job's own. The unit's state
    // must be up to date in `view`: a start that left the unit inactive fails who asked for
    // Requisite=. Empty where there is no such job, and for a restart that has stopped its unit
    // (Done): it waits again, as a start.
    std::vector<Job> finish(JobId id, JobResult result, const UnitStates& view,
                            JobCause cause = {});

    // The unit's work cannot begin yet: the job waits until wake(), or until a neighbour's job
    // ends.
    void wait_again(JobId id);
    // Looks again at the waiting job of a unit whose state has changed.
    void wake(UnitId unit);
    // Looks again at all: after the graph has changed.
    void wake_all();

    [[nodiscard]] const Job* find(JobId id) const;
    // The job of `unit`, Nop apart.
    [[nodiscard]] const Job* of_unit(UnitId unit) const;
    [[nodiscard]] size_t size() const noexcept { return jobs_.size(); }
    [[nodiscard]] bool empty() const noexcept { return jobs_.empty(); }
    [[nodiscard]] size_t running() const noexcept { return running_; }
    // In order of id.
    template <class F>
    void for_each(F&& f) const {
        for (const auto& [id, entry] : jobs_) f(entry.job);
    }
    // The queued jobs that `id` waits for by order, and those that wait for it (systemctl
    // list-jobs --after, --before).
    [[nodiscard]] std::vector<JobId> waits_for(JobId id) const;
    [[nodiscard]] std::vector<JobId> waited_for_by(JobId id) const;

  private:
    struct Entry {
        Job job;
        UnitId blocker = no_unit; // whose job it waits for; none: not known to wait
        size_t cursor = 0;        // where among its neighbours the blocker was found
        // Its neighbours among those that are to be looked at.
        Entry *listed_before = nullptr, *listed_after = nullptr;
        bool listed = false;
        bool ends = false; // finish() is about to take it out
    };
    using Entries = std::map<JobId, Entry>;
    // The jobs of the unit at a place.
    struct Slots {
        Entry *job = nullptr, *nop = nullptr;
    };
    struct Provisions;
    struct Ending;

    [[nodiscard]] Entry* entry_of(UnitId unit) const;
    [[nodiscard]] Entry*& slot_for(const Transaction::Entry& wanted);
    void look_at(Entry& entry);
    void unlist(Entry& entry);
    void wake_neighbours(UnitId unit);
    [[nodiscard]] bool is_blocked(Entry& entry);
    void set_state(Entry& entry, JobState state);
    [[nodiscard]] Provisions provide(const Transaction& transaction, const UnitStates& view);
    JobId install_job(const Transaction::Entry& wanted, bool irreversible, const UnitStates& view,
                      Provisions& provisions, Installed& done);
    void merge_into(Entry& entry, const Transaction::Entry& wanted, bool irreversible,
                    const UnitStates& view);
    void add_endings(std::vector<Ending>& endings, const UnitStates& view) const;
    Job take_out(Entry& entry, JobResult result, JobCause cause) noexcept;

    const DependencyGraph& graph_;
    Entries jobs_;
    std::vector<Slots> by_place_;
    Entry *first_listed_ = nullptr, *last_listed_ = nullptr; // to be looked at
    size_t running_ = 0;
    JobId last_id_ = 0;
};

} // namespace sctl
