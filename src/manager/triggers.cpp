#include "manager/triggers.hpp"

#include "unit/unit_kind.hpp"

namespace sctl {

UnitId Triggers::unit_of(UnitId trigger) const {
    const UnitKind& kind = kind_of(units_.unit(trigger).type());
    if (kind.triggered) {
        const Unit* unit = units_.find(kind.triggered(units_.unit(trigger).loaded));
        return unit ? unit->id : no_unit;
    }
    auto edges = graph_.edges(trigger, Dependency::Triggers);
    return edges.empty() ? no_unit : graph_.unit_of(edges.front());
}

std::optional<TriggeredUnit> Triggers::triggered_by(UnitId trigger) const {
    UnitId id = unit_of(trigger);
    if (!units_.exists(id)) return std::nullopt;
    const Unit& unit = units_.unit(id);
    return TriggeredUnit{.name = unit.name().str(),
                         .active = unit.active,
                         .sub_state = unit.sub_state(),
                         .inactive_exit = unit.inactive_exit,
                         .inactive_enter = unit.inactive_enter,
                         .is_loaded = unit.loaded.load_state == LoadState::Loaded,
                         .has_job = unit.job != 0,
                         .start_limit_hit = unit.start_limit && unit.start_limit->hit()};
}

void Triggers::changed(UnitId unit) noexcept {
    graph_.for_each(unit, Dependency::TriggeredBy, [&](UnitId trigger) {
        if (!units_.exists(trigger) || !kind_of(units_.unit(trigger).type()).triggers) return;
        run_insistently("telling a unit of what it triggers",
                        [&] { post_(trigger, event::TriggeredChanged{}); });
    });
}

} // namespace sctl
