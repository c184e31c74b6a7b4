#include "unit/path/path_kind.hpp"

#include "base/text.hpp"
#include "unit/dependencies.hpp"
#include "unit/path/path_config.hpp"

namespace sctl {

const PathConfig* path_config(const LoadedUnit& unit) {
    return own_config<PathConfig>(unit);
}

void begin_path(LoadedUnit& unit, const UnitDefaults&) {
    unit.own = std::make_unique<PathConfig>();
}

void resolve_path(LoadedUnit& unit, const UnitDefaults&) {
    auto& path = static_cast<PathConfig&>(*unit.own);
    if (path.trigger_limit_interval == infinity) path.trigger_limit_interval = 2s;
    if (path.trigger_limit_burst == UINT32_MAX) path.trigger_limit_burst = 200;
}

void imply_of_path(LoadedUnit& unit, bool user_manager) {
    add_default_trigger(unit);
    if (user_manager) return;
    for (const auto& place : path_config(unit)->places)
        unit.unit.requires_mounts_for.push_back(place.path);
}

void add_path_defaults(LoadedUnit& unit, bool user_manager) {
    add_early_defaults(unit, "paths.target", user_manager);
}

bool check_path(const LoadedUnit& unit, const WarningSink& warn) {
    if (!path_config(unit)->places.empty()) return true;
    warn(cat(unit.id.str(), ": Path unit lacks path setting. Refusing."));
    return false;
}

} // namespace sctl
