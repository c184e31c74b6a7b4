#include "unit/without_file.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace sctl {
namespace {

constexpr std::string_view root_slice = "-.slice", system_slice = "system.slice";

constexpr PerpetualUnit perpetual[] = {
    {root_slice, "Root Slice", "man:systemd.special(7)"},
    {system_slice, "System Slice", "man:systemd.special(7)"},
    {"init.scope", "System and Service Manager", "man:systemd(1)"},
    {"-.mount", "Root Mount", ""},
};

std::string path_of(const UnitName& name) {
    auto path = unit_name_to_path(name);
    return path ? *path : name.str();
}

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
    auto type = unit.id.type();
    const std::string& name = unit.id.str();
    auto row = std::ranges::find(perpetual, name, &PerpetualUnit::name);
    bool known = row != std::end(perpetual);
    bool stays = type != UnitType::Service && type != UnitType::Target &&
                 type != UnitType::Socket && type != UnitType::Timer && type != UnitType::Path;
    unit.unit.ignore_on_isolate = stays;
    if (known) {
        unit.perpetual = true;
        unit.unit.default_dependencies = false;
        unit.unit.description = row->description;
        if (!row->documentation.empty())
            unit.unit.documentation = {std::string(row->documentation)};
    } else if (type == UnitType::Slice) {
        unit.unit.description = cat("Slice ", path_of(unit.id));
    } else if (type == UnitType::Device) {
        unit.unit.description = path_of(unit.id);
        unit.unit.job_running_timeout = 90s;
    }
    return known || type == UnitType::Slice || type == UnitType::Device;
}

} // namespace sctl
