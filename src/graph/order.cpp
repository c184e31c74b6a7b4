// Ordering cycles of a plan: found by a depth first walk in the order in which the jobs would run,
// broken by dropping a unit whose jobs do not matter.
#include <cerrno>
#include <span>

#include "base/text.hpp"
#include "graph/plan.hpp"

namespace sctl {

namespace {

enum class Seen : uint8_t { Not, OnPath, Clear };

// A unit of the path and how far its neighbours have been looked at.
struct Place {
    Transaction::Entry job;
    std::span<const DependencyGraph::Edge> before, after;
    size_t next = 0;
};

bool runs_before(const Transaction::Entry& job, const Transaction::Entry& other, bool by_before) {
    if (job.ignore_order || other.ignore_order) return false;
    return by_before ? compare_ordered(job.type, other.type) < 0
                     : compare_ordered(other.type, job.type) > 0;
}

} // namespace

std::optional<Transaction::Entry> Plan::job_for_order(UnitId unit) const {
    if (head(unit) != none) {
        const Item& item = items_[head(unit)];
        return Transaction::Entry{unit, item.type, item.ignore_order};
    }
    const Job* queued = view_.job(unit);
    if (!queued) return std::nullopt;
    return Transaction::Entry{unit, queued->type, queued->ignore_order};
}

bool Plan::matters(UnitId unit) const {
    for (uint32_t i = head(unit); i != none; i = items_[i].next)
        if (items_[i].matters) return true;
    return false;
}

// Whether the job is there already, just so. What is queued has no cycles, so one must go through a
// job that is new; and a slice that waits to be started comes before thousands that wait for it.
bool Plan::is_queued(const Item& item) const {
    const Job* queued = view_.job(item.unit);
    return queued && queued->type == item.type && queued->ignore_order == item.ignore_order;
}

Plan::Cycle Plan::find_cycle() const {
    std::vector<Seen> seen(heads_.size(), Seen::Not);
    auto mark_of = [&](UnitId unit) -> Seen& { return seen[place_of(unit)]; };
    std::vector<Place> path;
    auto enter = [&](const Transaction::Entry& job) {
        mark_of(job.unit) = Seen::OnPath;
        path.push_back({job, graph_.edges(job.unit, Dependency::Before),
                        graph_.edges(job.unit, Dependency::After)});
    };
    for (const Item& item : items_) {
        if (!item.alive || mark_of(item.unit) != Seen::Not || is_queued(item)) continue;
        enter(*job_for_order(item.unit));
        while (!path.empty()) {
            Place& place = path.back();
            if (place.next == place.before.size() + place.after.size()) {
                mark_of(place.job.unit) = Seen::Clear;
                path.pop_back();
                continue;
            }
            size_t index = place.next++;
            bool before = index < place.before.size();
            UnitId unit = graph_.unit_of(before ? place.before[index]
                                                : place.after[index - place.before.size()]);
            if (mark_of(unit) == Seen::Clear) continue;
            auto other = job_for_order(unit);
            if (!other || !runs_before(place.job, *other, before)) continue;
            if (mark_of(unit) == Seen::Not) {
                enter(*other);
                continue;
            }
            Cycle cycle;
            do {
                cycle.push_back(path.back().job.unit);
                path.pop_back();
            } while (cycle.back() != unit);
            return cycle;
        }
    }
    return {};
}

Result<void> Plan::break_cycle(const Cycle& cycle) {
    auto described = [&](UnitId unit) {
        return cat(name(unit), '/', to_string(job_for_order(unit)->type));
    };
    UnitId start = cycle.back();
    UnitId drop = no_unit;
    for (size_t i = 0; i < cycle.size(); ++i) {
        UnitId unit = cycle[i];
        view_.tell(LogLevel::Warning, cycle,
                   cat(name(start), ": Found ", i == 0 ? "ordering cycle" : "dependency", " on ",
                       described(unit)));
        if (drop == no_unit && head(unit) != none && !matters(unit)) drop = unit;
    }
    if (drop == no_unit) {
        view_.tell(LogLevel::Error, cycle,
                   cat(name(start), ": Unable to break cycle starting with ", described(start)));
        return Error{EDEADLK, "Transaction order is cyclic. See system logs for details.",
                     "org.freedesktop.systemd1.TransactionOrderIsCyclic"};
    }
    view_.tell(LogLevel::Error, cycle,
               cat(name(start), ": Job ", described(drop),
                   " deleted to break ordering cycle starting with ", described(start)));
    dropped_.push_back(drop);
    remove_unit(drop);
    return {};
}

Result<void> Plan::break_cycles(bool keep_garbage) {
    while (true) {
        if (!keep_garbage) collect_garbage();
        Cycle cycle = find_cycle();
        if (cycle.empty()) return {};
        if (auto broken = break_cycle(cycle); !broken) return broken;
    }
}

} // namespace sctl
