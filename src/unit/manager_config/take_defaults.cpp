#include "unit/manager_config/take_defaults.hpp"

#include <algorithm>

#include "unit/settings/directives.hpp"
#include "unit/settings/written_rows.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {
namespace {

void begin_execution(LoadedUnit& unit, const UnitDefaults& defaults) {
    ExecConfig& execution = unit.exec.edit();
    execution.oom_score_adjust = defaults.oom_score_adjust;
    execution.std_output = defaults.std_output;
    execution.std_error = defaults.std_error;
}

bool has_directive(const LoadedUnit& unit, const Directive& directive) {
    const UnitKind& kind = kind_of(unit);
    if (directive.section == Section::Own) return unit.own && directive.kind == kind.type;
    // A slice is no group of processes, whose number would be limited.
    return kind.has(UnitPart::Resources) &&
           !(kind.slice_is_in_name && directive.property == "TasksMax");
}

bool is_delegated(const LoadedUnit& unit) {
    const auto* delegated = written_value(unit, "Delegate");
    return delegated && std::get<bool>(*delegated);
}

void fill_in_shown(LoadedUnit& unit, const UnitDefaults& defaults) {
    for (const auto& [property, value] : defaults.shown) {
        const Directive& directive = *directive_of(property);
        if (!has_directive(unit, directive) || written_value(unit, property)) continue;
        if (property == "OOMPolicy" && is_delegated(unit)) continue;
        show_as(unit, property, value);
    }
}

} // namespace

void begin_settings(LoadedUnit& unit, const UnitDefaults& defaults) {
    unit.unit.start_limit_interval = defaults.start_limit_interval;
    unit.unit.start_limit_burst = defaults.start_limit_burst;
    const UnitKind& kind = kind_of(unit);
    bool is_usual = defaults == UnitDefaults();
    if (kind.has(UnitPart::Exec) && !is_usual) begin_execution(unit, defaults);
    if (kind.begin) kind.begin(unit, defaults);
    if (!unit.own && !is_usual) unit.stand_in = std::make_unique<OwnConfig>();
}

void fill_in_settings(LoadedUnit& unit, const UnitDefaults& defaults) {
    fill_in_shown(unit, defaults);
    if (!kind_of(unit).has(UnitPart::Exec) || defaults.limits.empty()) return;
    auto& limits = unit.exec.edit().limits;
    for (const ResourceLimit& limit : defaults.limits) {
        bool is_set = std::ranges::any_of(
            limits, [&](const ResourceLimit& set) { return set.resource == limit.resource; });
        if (!is_set) limits.push_back(limit);
    }
}

void stand_in_settings(LoadedUnit& unit, const UnitDefaults& defaults) {
    if (defaults == UnitDefaults()) return;
    begin_settings(unit, defaults);
    if (unit.own) unit.stand_in = std::move(unit.own);
    fill_in_shown(unit, defaults);
}

LoadedUnit nothing_written(const UnitDefaults& defaults) {
    LoadedUnit unit;
    begin_settings(unit, defaults);
    fill_in_settings(unit, defaults);
    return unit;
}

} // namespace sctl
