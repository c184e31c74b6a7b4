#include "graph/job_queue.hpp"

#include <algorithm>
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
    const Entry* entry = entry_of(unit);
    return entry ? &entry->job : nullptr;
}

JobQueue::Entry* JobQueue::entry_of(UnitId unit) const {
    uint32_t place = place_of(unit);
    Entry* entry = place < by_place_.size() ? by_place_[place].job : nullptr;
    return entry && entry->job.unit == unit ? entry : nullptr;
}

JobQueue::Entry*& JobQueue::slot_for(const Transaction::Entry& wanted) {
    Slots& slots = by_place_[place_of(wanted.unit)];
    return wanted.type == JobType::Nop ? slots.nop : slots.job;
}

void JobQueue::look_at(Entry& entry) {
    if (entry.listed || entry.job.state != JobState::Waiting) return;
    entry.listed = true;
    entry.listed_before = last_listed_;
    entry.listed_after = nullptr;
    (last_listed_ ? last_listed_->listed_after : first_listed_) = &entry;
    last_listed_ = &entry;
}

void JobQueue::unlist(Entry& entry) {
    if (!entry.listed) return;
    entry.listed = false;
    (entry.listed_before ? entry.listed_before->listed_after : first_listed_) = entry.listed_after;
    (entry.listed_after ? entry.listed_after->listed_before : last_listed_) = entry.listed_before;
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
        UnitId other = graph_.unit_of(is_after ? after[at] : before[at - after.size()]);
        const Job* job = of_unit(other);
        if (!job || !yields_to(entry.job, *job, is_after)) continue;
        entry.cursor = at;
        entry.blocker = other;
        return true;
    }
    return false;
}

std::optional<Job> JobQueue::take_runnable() {
    while (first_listed_) {
        Entry& entry = *first_listed_;
        unlist(entry);
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

Job JobQueue::take_out(Entry& entry, JobResult result, JobCause cause) noexcept {
    Job job = std::move(entry.job);
    if (job.state == JobState::Running) --running_;
    unlist(entry);
    Slots& slots = by_place_[place_of(job.unit)];
    (job.type == JobType::Nop ? slots.nop : slots.job) = nullptr;
    jobs_.erase(job.id);
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

// What a transaction needs in memory.
struct JobQueue::Provisions {
    std::vector<Entry*> gone;     // jobs that an isolate or flush cancels
    std::vector<JobCause> causes; // of those, and of the jobs that are replaced, in order
    size_t causes_used = 0;
    Entries entries;
    Installed done;
};

JobQueue::Provisions JobQueue::provide(const Transaction& transaction, const UnitStates& view) {
    Provisions all;
    size_t count = transaction.jobs.size();
    if (transaction.mode == JobMode::Isolate || transaction.mode == JobMode::Flush) {
        std::unordered_set<UnitId> kept;
        for (const auto& wanted : transaction.jobs) kept.insert(wanted.unit);
        for (auto& [id, entry] : jobs_)
            if (!kept.contains(entry.job.unit) && !view.summary(entry.job.unit).ignore_on_isolate)
                all.gone.push_back(&entry);
    }
    all.causes.reserve(all.gone.size() + count);
    auto add_cause = [&](UnitId by) { all.causes.push_back({by, "replaced by another job"}); };
    for (size_t i = 0; i < all.gone.size(); ++i) add_cause(transaction.jobs.front().unit);
    uint32_t places = view.unit_count();
    for (const auto& wanted : transaction.jobs)
        places = std::max(places, place_of(wanted.unit) + 1);
    if (by_place_.size() < places) by_place_.resize(places);
    for (size_t i = 0; i < count; ++i) {
        const auto& wanted = transaction.jobs[i];
        const Entry* queued = slot_for(wanted);
        if (queued && is_conflicting(queued->job.type, wanted.type)) add_cause(wanted.unit);
        all.entries.try_emplace(all.entries.end(), last_id_ + 1 + static_cast<JobId>(i));
    }
    all.done.added.reserve(count);
    all.done.merged.reserve(count);
    all.done.canceled.reserve(all.causes.size());
    return all;
}

JobId JobQueue::install_job(const Transaction::Entry& wanted, bool irreversible,
                            const UnitStates& view, Provisions& provisions, Installed& done) {
    Entry*& slot = slot_for(wanted);
    if (slot) {
        if (!is_conflicting(slot->job.type, wanted.type)) {
            merge_into(*slot, wanted, irreversible, view);
            done.merged.push_back(slot->job.id);
            return slot->job.id;
        }
        done.canceled.push_back(take_out(*slot, JobResult::Canceled,
                                         std::move(provisions.causes[provisions.causes_used++])));
    }
    auto node = provisions.entries.extract(provisions.entries.begin());
    JobId id = node.key() = ++last_id_;
    Entry& entry = jobs_.insert(jobs_.end(), std::move(node))->second;
    entry.job.id = id;
    entry.job.unit = wanted.unit;
    entry.job.type = wanted.type;
    entry.job.irreversible = irreversible;
    entry.job.ignore_order = wanted.ignore_order;
    slot = &entry;
    look_at(entry);
    done.added.push_back(id);
    return id;
}

JobQueue::Installed JobQueue::install(const Transaction& transaction, const UnitStates& view) {
    Provisions provisions = provide(transaction, view);
    Installed done = std::move(provisions.done);
    for (Entry* entry : provisions.gone) {
        auto& cause = provisions.causes[provisions.causes_used++];
        done.canceled.push_back(take_out(*entry, JobResult::Canceled, std::move(cause)));
    }
    bool irreversible = transaction.mode == JobMode::ReplaceIrreversibly;
    for (const auto& wanted : transaction.jobs) {
        JobId id = install_job(wanted, irreversible, view, provisions, done);
        if (!done.anchor) done.anchor = id;
    }
    return done;
}

struct JobQueue::Ending {
    Entry* entry;
    JobResult result;
    JobCause cause;
};

// Those that fail with the last of `endings` fail for the same cause, and take others with them.
void JobQueue::add_endings(std::vector<Ending>& endings, const UnitStates& view) const {
    for (size_t i = 0; i < endings.size(); ++i) {
        const Job& job = endings[i].entry->job;
        JobResult result = endings[i].result;
        JobCause cause = endings[i].cause;
        bool start = job.type == JobType::Start || job.type == JobType::VerifyActive;
        Atom atom = Atom::None;
        if (result != JobResult::Done && start)
            atom = Atom::PropagateStartFailure;
        else if (result != JobResult::Done && job.type == JobType::Stop)
            atom = Atom::PropagateStopFailure;
        // A verification that was merged with a start would else be done where the unit is not up.
        else if (result == JobResult::Done && job.type == JobType::Start &&
                 !is_active_or_reloading(view.summary(job.unit).active_state)) {
            atom = Atom::PropagateInactiveStartAsFailure;
            cause = {job.unit, "the unit is not active"};
        }
        if (atom == Atom::None) continue;
        graph_.for_each(job.unit, atom, [&](UnitId other) {
            Entry* theirs = entry_of(other);
            if (!theirs || theirs->ends ||
                (theirs->job.type != JobType::Start && theirs->job.type != JobType::VerifyActive))
                return;
            endings.push_back({theirs, JobResult::Dependency, cause});
            theirs->ends = true;
        });
    }
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

    std::vector<Ending> endings;
    std::vector<Job> ended;
    try {
        endings.push_back({&entry, result, std::move(cause)});
        entry.ends = true;
        add_endings(endings, view);
        ended.reserve(endings.size());
    } catch (...) {
        for (auto& ending : endings) ending.entry->ends = false;
        throw;
    }
    for (auto& ending : endings)
        ended.push_back(take_out(*ending.entry, ending.result, std::move(ending.cause)));
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
