#include "manager/garbage.hpp"

namespace sctl {
namespace {

bool may_be_collected_in(ActiveState state, CollectMode mode) {
    return state == ActiveState::Inactive ||
           (state == ActiveState::Failed && mode == CollectMode::InactiveOrFailed);
}

} // namespace

void Garbage::suspect(Unit& unit) noexcept {
    if (candidates_.add(unit)) turn_.schedule();
}

void Garbage::collect(const std::function<void(Unit&)>& remove) {
    std::set<UnitId> held;
    while (!candidates_.empty()) {
        Unit& candidate = candidates_.last();
        auto garbage = garbage_around(candidate.id, held);
        candidates_.remove(candidate);
        for (UnitId id : garbage) {
            graph_.for_each(id, [&](Dependency, UnitId other) { suspect(units_.unit(other)); });
            remove(units_.unit(id));
        }
    }
}

// Not counting those that refer to it.
bool Garbage::is_in_use(UnitId id) const {
    const Unit& unit = units_.unit(id);
    if (unit.job != 0 || unit.loaded.perpetual || unit.holds > 0) return true;
    if (!may_be_collected_in(unit.active, unit.loaded.unit.collect_mode)) return true;
    if (unit.machine && unit.machine->has_process()) return true;
    // A handler that starts is told how this unit ended ($MONITOR_UNIT and its like). Nobody looks
    // again when it has started: as in systemd, the unit goes with the handler, or later.
    bool handled = false;
    for (Dependency kind : {Dependency::OnSuccess, Dependency::OnFailure})
        graph_.for_each(id, kind, [&](UnitId other) { handled |= units_.unit(other).job != 0; });
    return handled;
}

// The unit and all whose files refer to it, in however many steps, as two may refer to each other;
// nothing where one of them is in use. `held` are units known not to be garbage, for the next call.
std::vector<UnitId> Garbage::garbage_around(UnitId id, std::set<UnitId>& held) const {
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
        graph_.for_each_that_names(found[i].unit, [&](UnitId other) {
            if (seen.insert(other).second) found.push_back({other, i});
        });
    }
    return {seen.begin(), seen.end()};
}

} // namespace sctl
