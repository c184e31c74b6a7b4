#include "graph/job_queue.hpp"

#include <unordered_set>
#include <utility>

namespace sctl {

namespace {

// Whether `job` must let `other` go first; `after`: its unit is ordered After= the other's.
bool yields_to(const Job& job, const Job& other, bool after) {
    if (job.ignore_order || other.ignore_order) return false;
    return after ? compare_ordered(other.type, job.type) < 0
                 : compare_ordered(job.type, other.type) > 0;
}

} // namespace

const Job* JobQueue::find(JobId id) const {
    auto at = jobs_.find(id);
    return at == jobs_.end() ? nullptr : &at->second.job;
}

const Job* JobQueue::of_unit(UnitId unit) const {
    auto at = by_unit_.find(unit);
    return at == by_unit_.end() ? nullptr : find(at->second);
}

JobQueue::Entry* JobQueue::entry_of(UnitId unit) {
    auto at = by_unit_.find(unit);
    return at == by_unit_.end() ? nullptr : &jobs_.find(at->second)->second;
}

void JobQueue::look_at(Entry& entry) {
    if (entry.listed || entry.job.state != JobState::Waiting) return;
    entry.listed = true;
    to_look_at_.push_back(entry.job.id);
}

void JobQueue::set_state(Entry& entry, JobState state) {
    if (entry.job.state == state) return;
    entry.job.state = state;
    if (state == JobState::Running)
        ++running_;
    else
        --running_;
}

void JobQueue::wake(UnitId unit) {
    if (Entry* entry = entry_of(unit)) look_at(*entry);
}

void JobQueue::wake_all() {
    for (auto& [id, entry] : jobs_) look_at(entry);
}

void JobQueue::wake_neighbours(UnitId unit) {
    for (Dependency kind : {Dependency::After, Dependency::Before})
        graph_.for_each(unit, kind, [&](UnitId other) {
            Entry* entry = entry_of(other);
            if (entry && (entry->blocker == unit || entry->blocker == no_unit)) look_at(*entry);
        });
}

// Goes round the neighbours, beginning where the last blocker was found: a target of ten thousand
// services that end one after the other is not looked through from the start for each.
bool JobQueue::is_blocked(Entry& entry) {
    entry.blocker = no_unit;
    if (entry.job.ignore_order || entry.job.type == JobType::Nop) return false;
    auto after = graph_.edges(entry.job.unit, Dependency::After);
    auto before = graph_.edges(entry.job.unit, Dependency::Before);
    size_t count = after.size() + before.size();
    for (size_t i = 0; i < count; ++i) {
        size_t at = (entry.cursor + i) % count;
        bool is_after = at < after.size();
        UnitId other = is_after ? after[at].unit() : before[at - after.size()].unit();
        const Job* job = of_unit(other);
        if (!job || !yields_to(entry.job, *job, is_after)) continue;
        entry.cursor = at;
        entry.blocker = other;
        return true;
    }
    return false;
}

std::optional<Job> JobQueue::take_runnable() {
    while (!to_look_at_.empty()) {
        JobId id = to_look_at_.front();
        to_look_at_.pop_front();
        auto at = jobs_.find(id);
        if (at == jobs_.end()) continue;
        Entry& entry = at->second;
        entry.listed = false;
        if (entry.job.state != JobState::Waiting || is_blocked(entry)) continue;
        set_state(entry, JobState::Running);
        return entry.job;
    }
    return std::nullopt;
}

void JobQueue::wait_again(JobId id) {
    auto at = jobs_.find(id);
    if (at != jobs_.end()) set_state(at->second, JobState::Waiting);
}

Job JobQueue::take_out(JobId id, JobResult result, JobCause cause) {
    auto at = jobs_.find(id);
    Job job = std::move(at->second.job);
    if (job.state == JobState::Running) --running_;
    jobs_.erase(at);
    (job.type == JobType::Nop ? nop_by_unit_ : by_unit_).erase(job.unit);
    job.result = result;
    job.cause = std::move(cause);
    wake_neighbours(job.unit);
    return job;
}

void JobQueue::merge_into(Entry& entry, const Transaction::Entry& wanted, bool irreversible,
                          const UnitStates& view) {
    Job& job = entry.job;
    JobType before = job.type;
    // Work that is under way is only joined by what asks for no more; a reload must begin anew, as
    // the files may have changed since the last one began.
    bool joins = job.state == JobState::Waiting ||
                 (wanted.type != JobType::Reload && is_superset(job.type, wanted.type));
    ActiveState state = view.summary(job.unit).active_state;
    job.type = merged_and_collapsed(job.type, wanted.type, state).value_or(wanted.type);
    job.irreversible |= irreversible;
    job.ignore_order |= wanted.ignore_order;
    if (!joins) set_state(entry, JobState::Waiting);
    look_at(entry);
    if (job.type != before || job.ignore_order) wake_neighbours(job.unit);
}

JobId JobQueue::install_job(const Transaction::Entry& wanted, bool irreversible,
                            const UnitStates& view, Installed& done) {
    auto& slot = wanted.type == JobType::Nop ? nop_by_unit_ : by_unit_;
    if (auto at = slot.find(wanted.unit); at != slot.end()) {
        Entry& queued = jobs_.find(at->second)->second;
        if (!is_conflicting(queued.job.type, wanted.type)) {
            merge_into(queued, wanted, irreversible, view);
            done.merged.push_back(queued.job.id);
            return queued.job.id;
        }
        done.canceled.push_back(
            take_out(at->second, JobResult::Canceled, {wanted.unit, "replaced by another job"}));
    }
    JobId id = ++last_id_;
    Entry& entry = jobs_[id];
    entry.job.id = id;
    entry.job.unit = wanted.unit;
    entry.job.type = wanted.type;
    entry.job.irreversible = irreversible;
    entry.job.ignore_order = wanted.ignore_order;
    slot[wanted.unit] = id;
    look_at(entry);
    done.added.push_back(id);
    return id;
}

JobQueue::Installed JobQueue::install(const Transaction& transaction, const UnitStates& view) {
    Installed done;
    if (transaction.mode == JobMode::Isolate || transaction.mode == JobMode::Flush) {
        std::unordered_set<UnitId> kept;
        for (const auto& wanted : transaction.jobs) kept.insert(wanted.unit);
        std::vector<JobId> gone;
        for (const auto& [id, entry] : jobs_)
            if (!kept.contains(entry.job.unit) && !view.summary(entry.job.unit).ignore_on_isolate)
                gone.push_back(id);
        UnitId by = transaction.jobs.front().unit;
        for (JobId id : gone)
            done.canceled.push_back(
                take_out(id, JobResult::Canceled, {by, "replaced by another job"}));
    }
    bool irreversible = transaction.mode == JobMode::ReplaceIrreversibly;
    for (const auto& wanted : transaction.jobs) {
        JobId id = install_job(wanted, irreversible, view, done);
        if (!done.anchor) done.anchor = id;
    }
    return done;
}

std::vector<Job> JobQueue::finish(JobId id, JobResult result, const UnitStates& view,
                                  JobCause cause) {
    auto at = jobs_.find(id);
    if (at == jobs_.end()) return {};
    Entry& entry = at->second;
    UnitId unit = entry.job.unit;
    if (result == JobResult::Done && entry.job.type == JobType::Restart) {
        entry.job.type = JobType::Start;
        set_state(entry, JobState::Waiting);
        look_at(entry);
        wake_neighbours(unit);
        return {};
    }
    if (cause.unit == no_unit && result != JobResult::Done) cause.unit = unit;

    std::vector<Job> ended;
    ended.push_back(take_out(id, result, cause));
    // Those that fail with it fail for the same cause, and take others with them.
    for (size_t i = 0; i < ended.size(); ++i) {
        const Job job = ended[i];
        bool start = job.type == JobType::Start || job.type == JobType::VerifyActive;
        Atom atom = Atom::None;
        if (job.result != JobResult::Done && start)
            atom = Atom::PropagateStartFailure;
        else if (job.result != JobResult::Done && job.type == JobType::Stop)
            atom = Atom::PropagateStopFailure;
        // A verification that was merged with a start would else be done where the unit is not up.
        else if (job.result == JobResult::Done && job.type == JobType::Start &&
                 !is_active_or_reloading(view.summary(job.unit).active_state)) {
            atom = Atom::PropagateInactiveStartAsFailure;
            cause = {job.unit, "the unit is not active"};
        }
        if (atom == Atom::None) continue;
        graph_.for_each(job.unit, atom, [&](UnitId other) {
            const Job* theirs = of_unit(other);
            if (!theirs ||
                (theirs->type != JobType::Start && theirs->type != JobType::VerifyActive))
                return;
            ended.push_back(take_out(theirs->id, JobResult::Dependency, cause));
        });
    }
    return ended;
}

std::vector<JobId> JobQueue::waits_for(JobId id) const {
    std::vector<JobId> ids;
    const Job* job = find(id);
    if (!job) return ids;
    for (bool after : {true, false})
        graph_.for_each(job->unit, after ? Dependency::After : Dependency::Before,
                        [&](UnitId unit) {
                            const Job* other = of_unit(unit);
                            if (other && yields_to(*job, *other, after)) ids.push_back(other->id);
                        });
    return ids;
}

std::vector<JobId> JobQueue::waited_for_by(JobId id) const {
    std::vector<JobId> ids;
    const Job* job = find(id);
    if (!job) return ids;
    for (bool after : {true, false})
        graph_.for_each(job->unit, after ? Dependency::After : Dependency::Before,
                        [&](UnitId unit) {
                            const Job* other = of_unit(unit);
                            if (other && yields_to(*other, *job, !after)) ids.push_back(other->id);
                        });
    return ids;
}

} // namespace sctl
