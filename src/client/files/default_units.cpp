#include "client/files/default_units.hpp"

#include <set>

#include "client/calls/unit_list.hpp"
#include "client/files/unit_sources.hpp"
#include "unit/loader.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {
namespace {

bool pulls_in(Dependency key) {
    switch (key) {
        case Dependency::Requires:
        case Dependency::Wants:
        case Dependency::BindsTo:
        case Dependency::Upholds: return true;
        default: return false;
    }
}

// There whatever is started, as mounts, devices and slices are.
bool is_of_the_machine(UnitType type) {
    return kind_of(type).stays_on_isolate;
}

UnitInfo dead(const LoadedUnit& unit) {
    UnitInfo info;
    info.id = unit.id.str();
    info.description = unit.unit.description.empty() ? info.id : unit.unit.description;
    info.load_state = "loaded";
    info.active_state = "inactive";
    info.sub_state = "dead";
    return info;
}

// `top`, and all that it pulls in; nothing where it cannot be loaded.
std::vector<UnitInfo> units_below(const UnitFiles& files, const UnitIndex& index, std::string top) {
    std::vector<UnitInfo> units;
    std::vector<std::string> to_load = {std::move(top)};
    std::set<std::string> seen(to_load.begin(), to_load.end());
    while (!to_load.empty()) {
        auto name = UnitName::parse(to_load.back());
        to_load.pop_back();
        if (!name || is_of_the_machine(name->type())) continue;
        auto unit = load_unit(index, *name, files.place().facts, {}, nullptr);
        seen.insert(unit.id.str());
        if (unit.load_state != LoadState::Loaded) continue;
        units.push_back(dead(unit));
        for (const auto& dependency : unit.unit.dependencies) {
            if (pulls_in(dependency.kind) && seen.insert(dependency.name.str()).second)
                to_load.push_back(dependency.name.str());
        }
    }
    return units;
}

} // namespace

std::vector<UnitInfo> units_of_default_target(const UnitFiles& files) {
    auto index = scan(files);
    auto units = units_below(files, index, "default.target");
    return units.empty() ? units_below(files, index, "multi-user.target") : units;
}

} // namespace sctl
