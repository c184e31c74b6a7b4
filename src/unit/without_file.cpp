#include "unit/without_file.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {
namespace {

constexpr std::string_view root_slice = "-.slice", system_slice = "system.slice";

constexpr PerpetualUnit perpetual[] = {
    {root_slice, "Root Slice", "man:systemd.special(7)"},
    {system_slice, "System Slice", "man:systemd.special(7)"},
    {"init.scope", "System and Service Manager", "man:systemd(1)"},
    {"-.mount", "Root Mount", ""},
};

} // namespace

std::span<const PerpetualUnit> perpetual_units() {
    return perpetual;
}

std::string parent_slice(const UnitName& slice) {
    if (slice.str() == root_slice) return {};
    auto stem = std::string_view(slice.str()).substr(0, slice.str().rfind('.'));
    auto dash = stem.rfind('-');
    return dash == stem.npos ? std::string(root_slice) : cat(stem.substr(0, dash), ".slice");
}

std::string default_slice(const UnitName& unit, bool user_manager) {
    std::string_view top = user_manager ? "app" : "system";
    if (!unit.is_instance()) return cat(top, ".slice");
    return cat(top, "-", unit_name_escape(unit.prefix()), ".slice");
}

bool add_what_the_name_says(LoadedUnit& unit) {
    const UnitKind& kind = kind_of(unit);
    const std::string& name = unit.id.str();
    auto row = std::ranges::find(perpetual, name, &PerpetualUnit::name);
    bool known = row != std::end(perpetual);
    unit.unit.ignore_on_isolate = kind.stays_on_isolate;
    if (known) {
        unit.perpetual = true;
        unit.unit.default_dependencies = false;
        unit.unit.description = row->description;
        if (!row->documentation.empty())
            unit.unit.documentation = {std::string(row->documentation)};
    } else if (kind.describe) {
        kind.describe(unit);
    }
    return known || kind.needs_no_file;
}

} // namespace sctl
