#include "unit/dependencies.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "unit/settings/directives.hpp"
#include "unit/unit_kind.hpp"
#include "unit/without_file.hpp"

namespace sctl {
namespace {

void resolve_slice(LoadedUnit& unit, bool user_manager) {
    if (kind_of(unit).slice_is_in_name)
        unit.slice = parent_slice(unit.id);
    else if (unit.perpetual)
        unit.slice = "-.slice";
    else if (kind_of(unit).runs_commands() && unit.slice.empty())
        unit.slice = default_slice(unit.id, user_manager);
}

bool writes_to_journal(ExecOutput output) {
    using enum ExecOutput;
    return output == Journal || output == JournalAndConsole || output == Kmsg ||
           output == KmsgAndConsole;
}

// The directories of PrivateTmp= come after what makes them, as they would if they were private.
void add_private_tmp(LoadedUnit& unit) {
    using enum Dependency;
    if (!asks_for(unit, "PrivateTmp")) return;
    add_dependency(unit, Wants, UnitName::of_ours("tmp.mount"));
    add_dependency(unit, After, UnitName::of_ours("tmp.mount"));
    add_dependency(unit, After, UnitName::of_ours("systemd-tmpfiles-setup.service"));
    unit.unit.requires_mounts_for.emplace_back("/var/tmp");
}

// What the service uses must be mounted before it starts.
void add_mount_paths(LoadedUnit& unit, bool user_manager) {
    constexpr std::string_view bases[] = {"/run", "/var/lib", "/var/cache", "/var/log", "/etc"};
    const auto& execution = *unit.exec;
    auto& paths = unit.unit.requires_mounts_for;
    if (execution.working_directory.starts_with('/') && !execution.working_directory_missing_ok)
        paths.push_back(execution.working_directory);
    for (size_t type = 0; type < directory_type_count && !user_manager; ++type)
        for (const auto& item : execution.directories[type].items)
            paths.push_back(cat(bases[type], "/", item.path));
    std::ranges::sort(paths);
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
}

} // namespace

bool asks_for(const LoadedUnit& unit, std::string_view absent_directive) {
    return std::ranges::any_of(unit.absent_directives,
                               [&](const Directive* row) { return row->name == absent_directive; });
}

std::optional<UnitName> dependency_name(const LoadedUnit& unit, std::string_view text) {
    auto name = UnitName::parse(text);
    if (name && name->is_template()) {
        auto instance = unit.id.is_instance() ? unit.id.instance() : unit.id.prefix();
        name = name->with_instance(instance);
    }
    return name ? std::optional(std::move(*name)) : std::nullopt;
}

bool add_dependency(LoadedUnit& unit, Dependency key, std::string_view text) {
    auto name = dependency_name(unit, text);
    if (!name) return false;
    add_dependency(unit, key, std::move(*name));
    return true;
}

void add_dependency(LoadedUnit& unit, Dependency key, UnitName name) {
    if (unit.id != name) unit.unit.dependencies.push_back({key, std::move(name)});
}

bool add_trigger(LoadedUnit& unit, std::string_view name) {
    return add_dependency(unit, Dependency::Before, name) &&
           add_dependency(unit, Dependency::Triggers, name);
}

bool has_trigger(const LoadedUnit& unit) {
    const auto& all = unit.unit.dependencies;
    return std::ranges::find(all, Dependency::Triggers, &WrittenDependency::kind) != all.end();
}

void add_default_trigger(LoadedUnit& unit) {
    if (!has_trigger(unit)) add_trigger(unit, cat(unit.id.stem(), ".service"));
}

void add_early_defaults(LoadedUnit& unit, std::string_view group, bool user_manager) {
    add_dependency(unit, Dependency::Before, UnitName::of_ours(group));
    if (user_manager) return;
    add_dependency(unit, Dependency::Requires, UnitName::of_ours("sysinit.target"));
    add_dependency(unit, Dependency::After, UnitName::of_ours("sysinit.target"));
}

void add_automatic_dependencies(LoadedUnit& unit, bool user_manager) {
    const UnitKind& kind = kind_of(unit);
    if (kind.imply) kind.imply(unit, user_manager);
    resolve_slice(unit, user_manager);
    if (kind.add_defaults && unit.unit.default_dependencies) kind.add_defaults(unit, user_manager);
}

void add_exec_dependencies(LoadedUnit& unit, bool user_manager) {
    using enum Dependency;
    if (!user_manager) add_private_tmp(unit);
    add_mount_paths(unit, user_manager);
    if (user_manager) return;
    if (writes_to_journal(unit.exec->std_output) || writes_to_journal(unit.exec->std_error))
        add_dependency(unit, After, UnitName::of_ours("systemd-journald.socket"));
    // /var may lie on a root file system that is made writable late.
    for (auto type : {DirectoryType::State, DirectoryType::Cache, DirectoryType::Logs})
        if (!unit.exec->directories[static_cast<size_t>(type)].items.empty())
            return void(
                add_dependency(unit, After, UnitName::of_ours("systemd-remount-fs.service")));
}

void drop_duplicate_dependencies(std::vector<WrittenDependency>& dependencies) {
    if (dependencies.size() < 2) return;
    std::vector<const WrittenDependency*> order;
    order.reserve(dependencies.size());
    for (const auto& dependency : dependencies) order.push_back(&dependency);
    // Of the same, the first comes first. Most differ in their kind, for which no text is compared.
    std::ranges::sort(order, [](const WrittenDependency* x, const WrittenDependency* y) {
        if (x->kind != y->kind) return x->kind < y->kind;
        int difference = x->name.str().compare(y->name.str());
        return difference != 0 ? difference < 0 : x < y;
    });
    auto same = [](const WrittenDependency* x, const WrittenDependency* y) { return *x == *y; };
    auto doubled = std::unique(order.begin(), order.end(), same);
    if (doubled == order.end()) return;
    order.erase(doubled, order.end());
    std::ranges::sort(order); // as they were written
    std::vector<WrittenDependency> kept;
    kept.reserve(order.size());
    for (const auto* dependency : order) kept.push_back(*dependency);
    dependencies = std::move(kept);
}

bool may_wait_for(const LoadedUnit& target, const LoadedUnit& member) {
    auto allows = [](const LoadedUnit& unit) {
        return unit.load_state == LoadState::Loaded && unit.unit.default_dependencies;
    };
    return kind_of(target).after_members && allows(target) && allows(member);
}

} // namespace sctl
