#include "unit/dependencies.hpp"

#include <algorithm>
#include <tuple>

#include "base/text.hpp"
#include "unit/without_file.hpp"

namespace sctl {
namespace {

constexpr std::string_view sysinit = "sysinit.target", basic = "basic.target",
                           shutdown = "shutdown.target";

void add(LoadedUnit& unit, DependencyKey key, std::string_view name) {
    if (unit.id.str() != name) unit.unit.dependencies.push_back({key, std::string(name)});
}

void add_service_defaults(LoadedUnit& unit, bool user_manager) {
    using enum DependencyKey;
    if (user_manager) {
        add(unit, Requires, basic);
    } else {
        add(unit, Requires, sysinit);
        add(unit, After, sysinit);
    }
    add(unit, After, basic);
}

bool writes_to_journal(ExecOutput output) {
    using enum ExecOutput;
    return output == Journal || output == JournalAndConsole || output == Kmsg ||
           output == KmsgAndConsole;
}

// What the service uses must be mounted before it starts.
void add_mount_paths(LoadedUnit& unit, bool user_manager) {
    constexpr std::string_view bases[] = {"/run", "/var/lib", "/var/cache", "/var/log", "/etc"};
    const auto& execution = *unit.service->execution;
    auto& paths = unit.unit.requires_mounts_for;
    if (execution.working_directory.starts_with('/') && !execution.working_directory_missing_ok)
        paths.push_back(execution.working_directory);
    for (size_t type = 0; type < directory_type_count && !user_manager; ++type)
        for (const auto& item : execution.directories[type].items)
            paths.push_back(cat(bases[type], "/", item.path));
    std::ranges::sort(paths);
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
}

void add_what_service_settings_imply(LoadedUnit& unit, bool user_manager) {
    using enum DependencyKey;
    const auto& service = *unit.service;
    if (service.type == ServiceType::Dbus) {
        add(unit, Requires, "dbus.socket");
        add(unit, After, "dbus.socket");
    }
    for (const auto& socket : service.sockets) {
        add(unit, Wants, socket);
        add(unit, After, socket);
    }
    add_mount_paths(unit, user_manager);
    if (user_manager) return;
    if (writes_to_journal(service.execution->std_output) ||
        writes_to_journal(service.execution->std_error))
        add(unit, After, "systemd-journald.socket");
    // /var may lie on a root file system that is made writable late.
    for (auto type : {DirectoryType::State, DirectoryType::Cache, DirectoryType::Logs})
        if (!service.execution->directories[static_cast<size_t>(type)].items.empty())
            return add(unit, After, "systemd-remount-fs.service");
}

void resolve_slice(LoadedUnit& unit, bool user_manager) {
    if (unit.service && unit.slice.empty())
        unit.slice = default_slice(unit.id, user_manager);
    else if (unit.id.type() == UnitType::Slice)
        unit.slice = parent_slice(unit.id);
    else if (unit.perpetual)
        unit.slice = "-.slice";
}

} // namespace

bool add_dependency(LoadedUnit& unit, DependencyKey key, std::string_view text) {
    auto name = UnitName::parse(text);
    if (name && name->is_template()) {
        auto instance = unit.id.is_instance() ? unit.id.instance() : unit.id.prefix();
        name = name->with_instance(instance);
    }
    if (!name) return false;
    add(unit, key, name->str());
    return true;
}

void add_automatic_dependencies(LoadedUnit& unit, bool user_manager) {
    if (unit.service) add_what_service_settings_imply(unit, user_manager);
    resolve_slice(unit, user_manager);
    if (!unit.unit.default_dependencies) return;
    auto type = unit.id.type();
    if (type == UnitType::Service) add_service_defaults(unit, user_manager);
    bool stops = type == UnitType::Service || type == UnitType::Target || type == UnitType::Slice;
    if (stops && unit.id.str() != shutdown) {
        add(unit, DependencyKey::Conflicts, shutdown);
        add(unit, DependencyKey::Before, shutdown);
    }
}

void drop_duplicate_dependencies(std::vector<WrittenDependency>& dependencies) {
    if (dependencies.size() < 2) return;
    auto before = [&](size_t a, size_t b) {
        const auto &x = dependencies[a], &y = dependencies[b];
        return std::tie(x.key, x.name, a) < std::tie(y.key, y.name, b);
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
    return target.id.type() == UnitType::Target && allows(target) && allows(member);
}

} // namespace sctl
