// Manager's part that forgets units, as systemd does (systemd.unit(5), CollectMode=): one is held
// while something happens to it or with it, and as long as a unit that is held refers to it. What
// is forgotten is read from its files when it is asked for again, and begins anew: its start limit,
// the results of its last run, the directories that name it.
//
// Whatever may have ended the need for a unit makes it a candidate; candidates are looked at when
// nothing else is left to do in a turn of the loop.
#include <set>
#include <utility>

#include "manager/manager.hpp"
#include "manager/unit_hold.hpp"
#include "run/process_run.hpp"

namespace sctl {
namespace {

bool may_be_collected_in(ActiveState state, CollectMode mode) {
    return state == ActiveState::Inactive ||
           (state == ActiveState::Failed && mode == CollectMode::InactiveOrFailed);
}

} // namespace

UnitHold::UnitHold(Manager& manager, UnitId unit) : manager_(&manager), unit_(unit) {
    ++manager.unit(unit).holds;
}

UnitHold::~UnitHold() {
    if (!manager_ || !manager_->exists(unit_)) return;
    --manager_->unit(unit_).holds;
    manager_->may_be_garbage(unit_);
}

// Candidates that there was no memory for stay.
void Manager::collect_garbage() {
    gone_.clear();
    std::set<UnitId> held;
    while (!maybe_garbage_.empty()) {
        UnitId candidate = maybe_garbage_.back();
        auto garbage = exists(candidate) ? garbage_around(candidate, held) : std::vector<UnitId>();
        maybe_garbage_.pop_back();
        if (exists(candidate)) unit(candidate).garbage_candidate = false;
        for (UnitId id : garbage) {
            graph_.for_each(id, [&](Dependency, UnitId other) { may_be_garbage(other); });
            remove_unit(id);
        }
    }
}

void Manager::may_be_garbage(UnitId id) noexcept {
    if (!exists(id) || std::exchange(unit(id).garbage_candidate, true)) return;
    maybe_garbage_.push_back(id);
    schedule_turn();
}

// Not counting those that refer to it.
bool Manager::is_in_use(UnitId id) const {
    const Unit& unit = this->unit(id);
    if (unit.job != 0 || unit.loaded.perpetual || unit.holds > 0) return true;
    if (!may_be_collected_in(unit.active, unit.loaded.unit.collect_mode)) return true;
    if (unit.machine && unit.machine->has_process()) return true;
    // A handler that starts is told how this unit ended ($MONITOR_UNIT and its like).
    bool handled = false;
    for (Dependency kind : {Dependency::OnSuccess, Dependency::OnFailure})
        graph_.for_each(id, kind, [&](UnitId other) { handled |= this->unit(other).job != 0; });
    return handled;
}

// The unit and all whose files refer to it, in however many steps, as two may refer to each other;
// nothing where one of them is in use. `held` are units known not to be garbage, for the next call.
std::vector<UnitId> Manager::garbage_around(UnitId id, std::set<UnitId>& held) const {
    struct Found {
        UnitId unit;
        size_t refers_to; // index into the list
    };
    std::vector<Found> found{{id, 0}};
    std::set<UnitId> seen{id};
    for (size_t i = 0; i < found.size(); ++i) {
        if (held.contains(found[i].unit) || is_in_use(found[i].unit)) {
            for (size_t at = i; at != 0; at = found[at].refers_to) held.insert(found[at].unit);
            return {};
        }
        for (const DependencyName& row : dependency_names) {
            for (const auto& edge : graph_.edges(found[i].unit, row.kind))
                if (edge.other != 0 && seen.insert(graph_.unit_of(edge)).second)
                    found.push_back({graph_.unit_of(edge), i});
        }
    }
    return {seen.begin(), seen.end()};
}

void Manager::remove_unit(UnitId id) {
    Unit& unit = this->unit(id);
    release(unit);
    for (const UnitName& name : unit.loaded.names) {
        auto known = ids_.find(name.str());
        if (known != ids_.end() && known->second == id) ids_.erase(known);
    }
    if (unit.active == ActiveState::Failed) --failed_count_;
    let_go(id);
    tell_observers([&](ManagerObserver& observer) { observer.unit_removed(unit.name()); });
}

} // namespace sctl
