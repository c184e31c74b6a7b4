#include "unit/dependencies.hpp"

#include <algorithm>
#include <tuple>

#include "base/text.hpp"
#include "unit/unit_kind.hpp"
#include "unit/without_file.hpp"

namespace sctl {
namespace {

void add(LoadedUnit& unit, Dependency key, std::string_view name) {
    if (unit.id.str() != name) unit.unit.dependencies.push_back({key, std::string(name)});
}

void resolve_slice(LoadedUnit& unit, bool user_manager) {
    if (kind_of(unit).runs_commands() && unit.slice.empty())
        unit.slice = default_slice(unit.id, user_manager);
    else if (kind_of(unit).slice_is_in_name)
        unit.slice = parent_slice(unit.id);
    else if (unit.perpetual)
        unit.slice = "-.slice";
}

} // namespace

std::optional<std::string> dependency_name(const LoadedUnit& unit, std::string_view text) {
    auto name = UnitName::parse(text);
    if (name && name->is_template()) {
        auto instance = unit.id.is_instance() ? unit.id.instance() : unit.id.prefix();
        name = name->with_instance(instance);
    }
    return name ? std::optional(name->str()) : std::nullopt;
}

bool add_dependency(LoadedUnit& unit, Dependency key, std::string_view text) {
    auto name = dependency_name(unit, text);
    if (name) add(unit, key, *name);
    return name.has_value();
}

void add_automatic_dependencies(LoadedUnit& unit, bool user_manager) {
    const UnitKind& kind = kind_of(unit);
    if (kind.imply) kind.imply(unit, user_manager);
    resolve_slice(unit, user_manager);
    if (kind.add_defaults && unit.unit.default_dependencies) kind.add_defaults(unit, user_manager);
}

void drop_duplicate_dependencies(std::vector<WrittenDependency>& dependencies) {
    if (dependencies.size() < 2) return;
    auto before = [&](size_t a, size_t b) {
        const auto &x = dependencies[a], &y = dependencies[b];
        return std::tie(x.kind, x.name, a) < std::tie(y.kind, y.name, b);
    };
    std::vector<size_t> order(dependencies.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), before);
    std::vector<bool> doubled(order.size());
    for (size_t i = 1; i < order.size(); ++i)
        doubled[order[i]] = dependencies[order[i]] == dependencies[order[i - 1]];
    size_t kept = 0;
    for (size_t i = 0; i < dependencies.size(); ++i)
        if (!doubled[i]) {
            if (kept != i) dependencies[kept] = std::move(dependencies[i]);
            ++kept;
        }
    dependencies.resize(kept);
}

bool may_wait_for(const LoadedUnit& target, const LoadedUnit& member) {
    auto allows = [](const LoadedUnit& unit) {
        return unit.load_state == LoadState::Loaded && unit.unit.default_dependencies;
    };
    return kind_of(target).after_members && allows(target) && allows(member);
}

} // namespace sctl
