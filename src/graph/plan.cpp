#include "graph/plan.hpp"

#include <cerrno>

#include "base/log.hpp"
#include "base/text.hpp"

namespace sctl {

namespace {

Error conflict_error(std::string text, std::string_view name) {
    return Error{EDEADLK, std::move(text), cat("org.freedesktop.systemd1.", name)};
}

} // namespace

Plan::Plan(const DependencyGraph& graph, const UnitStates& view)
    : graph_(graph), view_(view), heads_(view.unit_count(), none) {}

std::string Plan::describe(const Item& item) const {
    return cat(name(item.unit), '/', to_string(item.type));
}

void Plan::link(uint32_t subject, uint32_t object, bool matters, bool conflicts) {
    auto index = static_cast<uint32_t>(links_.size());
    links_.push_back(Link{subject, object, matters, conflicts, true, items_[subject].brings,
                          items_[object].wanted_by});
    items_[subject].brings = index;
    items_[object].wanted_by = index;
    ++items_[object].users;
}

void Plan::unlist(uint32_t item) {
    uint32_t* at = &heads_[place_of(items_[item].unit)];
    while (*at != item) at = &items_[*at].next;
    *at = items_[item].next;
    items_[item].alive = false;
}

void Plan::remove(uint32_t item, bool cascade) {
    std::vector<uint32_t> doomed{item};
    while (!doomed.empty()) {
        uint32_t index = doomed.back();
        doomed.pop_back();
        if (!items_[index].alive) continue;
        unlist(index);
        for (uint32_t at = items_[index].brings; at != none; at = links_[at].next_of_subject) {
            if (!links_[at].alive) continue;
            links_[at].alive = false;
            --items_[links_[at].object].users;
        }
        for (uint32_t at = items_[index].wanted_by; at != none; at = links_[at].next_of_object) {
            if (!links_[at].alive) continue;
            links_[at].alive = false;
            --items_[index].users;
            if (!cascade || !links_[at].matters) continue;
            log_debug(name(items_[links_[at].subject].unit), ": Deleting job ",
                      describe(items_[links_[at].subject]), " as dependency of job ",
                      describe(items_[index]));
            doomed.push_back(links_[at].subject);
        }
    }
}

void Plan::remove_unit(UnitId unit) {
    while (head(unit) != none) remove(head(unit), true);
}

void Plan::mark_what_matters() {
    std::vector<uint32_t> found{anchor_};
    items_[anchor_].matters = true;
    while (!found.empty()) {
        uint32_t index = found.back();
        found.pop_back();
        for (uint32_t at = items_[index].brings; at != none; at = links_[at].next_of_subject) {
            Item& object = items_[links_[at].object];
            if (!links_[at].alive || !links_[at].matters || object.matters) continue;
            object.matters = true;
            found.push_back(links_[at].object);
        }
    }
}

void Plan::minimize_impact() {
    for (uint32_t i = 0; i < items_.size(); ++i) {
        const Item& item = items_[i];
        if (!item.alive || item.matters) continue;
        const Job* queued = view_.job(item.unit);
        bool stops = item.type == JobType::Stop &&
                     is_active_or_activating(view_.summary(item.unit).active_state);
        bool changes = queued && is_conflicting(item.type, queued->type);
        if (!stops && !changes) continue;
        log_debug(name(item.unit), ": ", describe(item),
                  stops ? " would stop a running service." : " would change existing job.");
        log_debug(name(item.unit), ": Deleting ", describe(item), " to minimize impact.");
        remove(i, true);
    }
}

// A unit's jobs are dropped together or not at all: to merge them later, all must be there.
bool Plan::is_unit_redundant(uint32_t first) const {
    const Job* queued = view_.job(items_[first].unit);
    ActiveState state = view_.summary(items_[first].unit).active_state;
    for (uint32_t i = first; i != none; i = items_[i].next) {
        if (i == anchor_ || !is_redundant(items_[i].type, state)) return false;
        if (queued && is_conflicting(items_[i].type, queued->type)) return false;
    }
    return true;
}

void Plan::drop_redundant() {
    for (uint32_t i = 0; i < items_.size(); ++i) {
        if (!items_[i].alive || head(items_[i].unit) != i || !is_unit_redundant(i)) continue;
        UnitId unit = items_[i].unit;
        while (head(unit) != none) remove(head(unit), false);
    }
}

void Plan::collect_garbage() {
    std::vector<uint32_t> unused;
    for (uint32_t i = 0; i < items_.size(); ++i)
        if (items_[i].alive && items_[i].users == 0 && i != anchor_) unused.push_back(i);
    while (!unused.empty()) {
        uint32_t index = unused.back();
        unused.pop_back();
        if (!items_[index].alive) continue;
        remove(index, false);
        for (uint32_t at = items_[index].brings; at != none; at = links_[at].next_of_subject) {
            uint32_t object = links_[at].object;
            if (items_[object].alive && items_[object].users == 0 && object != anchor_)
                unused.push_back(object);
        }
    }
}

bool Plan::is_conflicted(const Item& item) const {
    for (uint32_t at = item.wanted_by; at != none; at = links_[at].next_of_object)
        if (links_[at].alive && links_[at].conflicts) return true;
    return false;
}

uint32_t Plan::droppable_conflict(uint32_t first) const {
    for (uint32_t j = first; j != none; j = items_[j].next) {
        for (uint32_t k = items_[j].next; k != none; k = items_[k].next) {
            const Item &a = items_[j], &b = items_[k];
            if (merged(a.type, b.type)) continue;
            if (a.matters && b.matters) return none;
            uint32_t drop = a.matters ? k : j;
            // Rather a start than the stop that Conflicts= asks for, but a start than any other
            // stop.
            if (!a.matters && !b.matters) {
                if (a.type == JobType::Stop)
                    drop = is_conflicted(a) ? k : j;
                else if (b.type == JobType::Stop)
                    drop = is_conflicted(b) ? j : k;
            }
            log_debug(name(a.unit), ": Fixing conflicting jobs ", describe(a), ',', describe(b),
                      " by deleting job ", describe(items_[drop]));
            return drop;
        }
    }
    return none;
}

uint32_t Plan::find_contradiction(uint32_t first, JobType& so_far) const {
    ActiveState state = view_.summary(items_[first].unit).active_state;
    so_far = items_[first].type;
    for (uint32_t k = items_[first].next; k != none; k = items_[k].next) {
        auto both = merged_and_collapsed(so_far, items_[k].type, state);
        if (!both) return k;
        so_far = *both;
    }
    return none;
}

void Plan::merge_unit(uint32_t first) {
    JobType type;
    (void)find_contradiction(first, type); // there is none by now
    UnitId unit = items_[first].unit;
    uint32_t kept = first;
    bool ignore_order = false;
    for (uint32_t i = first; i != none; i = items_[i].next) {
        if (i == anchor_) kept = i;
        ignore_order |= items_[i].ignore_order;
    }
    for (uint32_t i = first; i != none; i = items_[i].next) items_[i].alive = i == kept;
    heads_[place_of(unit)] = kept;
    items_[kept].next = none;
    items_[kept].type = type;
    items_[kept].ignore_order = ignore_order;
}

Result<void> Plan::merge_jobs(bool keep_garbage) {
    for (uint32_t i = 0; i < items_.size(); ++i) {
        if (!items_[i].alive || head(items_[i].unit) != i) continue;
        JobType type;
        uint32_t against = find_contradiction(i, type);
        if (against == none) continue;
        uint32_t drop = droppable_conflict(i);
        if (drop == none)
            return conflict_error(
                cat("Transaction contains conflicting jobs '", to_string(type), "' and '",
                    to_string(items_[against].type), "' for ", name(items_[i].unit),
                    ". Probably contradicting requirement dependencies configured."),
                "TransactionJobsConflicting");
        remove(drop, true);
        if (!keep_garbage) collect_garbage();
        i = none; // from the start: what was dropped may have taken other jobs with it
    }
    for (uint32_t i = 0; i < items_.size(); ++i)
        if (items_[i].alive && head(items_[i].unit) == i) merge_unit(i);
    return {};
}

Result<void> Plan::check_destructive(JobMode mode) const {
    for (const Item& item : items_) {
        const Job* queued = item.alive ? view_.job(item.unit) : nullptr;
        if (!queued || !(mode == JobMode::Fail || queued->irreversible)) continue;
        if (!is_conflicting(queued->type, item.type)) continue;
        return conflict_error(
            cat("Transaction for ", describe(items_[anchor_]), " is destructive (", name(item.unit),
                " has '", to_string(queued->type), "' job queued, but '", to_string(item.type),
                "' is included in transaction)."),
            "TransactionIsDestructive");
    }
    return {};
}

Transaction Plan::result(JobMode mode) const {
    Transaction transaction{{}, mode, dropped_};
    const Item& anchor = items_[anchor_];
    transaction.jobs.push_back({anchor.unit, anchor.type, anchor.ignore_order});
    for (uint32_t i = 0; i < items_.size(); ++i)
        if (items_[i].alive && i != anchor_)
            transaction.jobs.push_back({items_[i].unit, items_[i].type, items_[i].ignore_order});
    return transaction;
}

} // namespace sctl
