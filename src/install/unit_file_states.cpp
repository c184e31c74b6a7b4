#include "install/unit_file_states.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/resolve_path.hpp"
#include "base/text.hpp"
#include "install/install_unit.hpp"
#include "unit/search/directory_listing.hpp"

namespace sctl {
namespace {

// Whether [Install] of `unit` would make a link of this name.
bool is_known_name(const InstallPlace& place, const InstallUnit& unit, const std::string& name) {
    if (name == unit.name.str()) return true;
    for (const auto& text : unit.config.alias) {
        auto alias = expand_install_name(place, unit, text);
        if (alias && *alias == name) return true;
    }
    if (!unit.name.is_template() || unit.config.default_instance.empty()) return false;
    auto instance = unit.name.with_instance(unit.config.default_instance);
    return instance && instance->str() == name;
}

} // namespace

UnitFileStates::UnitFileStates(const InstallPlace& place) : place_(place) {
    std::set<std::pair<dev_t, ino_t>> seen;
    for (const auto& path : place.paths.directories) {
        auto& directory = directories_.emplace_back();
        directory.path = path;
        struct stat info {};
        auto resolved = resolve_path(place.root, path);
        if (!resolved || stat(place.root.at(*resolved).c_str(), &info) < 0) continue;
        // /lib and /usr/lib are often the same: the first stands for both.
        if (seen.emplace(info.st_dev, info.st_ino).second) read_directory(directory);
    }
}

void UnitFileStates::read_directory(Directory& directory) {
    auto items = list_directory(machine_path(place_.root, directory.path));
    if (!items) return;
    for (const auto& item : *items) {
        using enum DirectoryItem::Kind;
        auto path = cat(directory.path, "/", item.name);
        if (item.kind == Directory &&
            (item.name.ends_with(".wants") || item.name.ends_with(".requires"))) {
            auto wanted = list_directory(machine_path(place_.root, path));
            if (!wanted) continue;
            for (const auto& link : *wanted) {
                if (link.kind == Link) directory.dependencies.insert(link.name);
            }
        } else if (item.kind == File || item.kind == Link) {
            if (UnitName::parse(item.name)) directory.units.push_back(item.name);
        }
        if (item.kind == Link) {
            auto target = read_link(machine_path(place_.root, path));
            if (target) directory.links.emplace(item.name, std::move(*target));
        }
        directory.names.insert(item.name);
    }
}

Result<UnitFileState> UnitFileStates::state(std::string_view name) const {
    using enum UnitFileState;
    auto may_exist = [this](std::string_view path, std::string_view leaf) {
        auto directory = std::ranges::find(directories_, path, &Directory::path);
        return directory == directories_.end() || directory->names.contains(leaf);
    };
    if (!UnitName::parse(name)) return errno_error(name, EINVAL);
    InstallContext context(place_, may_exist);
    auto unit = context.add(name);
    if (unit) unit = context.find(**unit, {.load = true, .follow_config_links = true});
    if (!unit) return unit.error();
    auto directory = directory_of((*unit)->path);
    if ((*unit)->mode == InstallUnit::Mode::Masked)
        return is_runtime_directory(place_.paths, directory) ? MaskedRuntime : Masked;
    // An instance has its template's file without being an alias of it.
    if (base_name((*unit)->path) != name && !(*unit)->name.is_instance()) return Alias;
    if (is_generator_directory(place_.paths, directory)) return Generated;
    if (directory == place_.paths.transient) return Transient;
    return state_of(**unit);
}

Result<UnitFileState> UnitFileStates::state_of(const InstallUnit& unit) const {
    using enum UnitFileState;
    UnitFileState state{};
    if (find_links(unit, true, state)) return state;
    // In use under a name that its [Install] does not know.
    if (find_links(unit, false, state)) return Indirect;
    if (unit.has_rules()) return Disabled;
    return unit.config.also.empty() ? Static : Indirect;
}

// Whether there is a link to the unit, and what that makes it. With `known_names` only links count
// whose names [Install] would give.
bool UnitFileStates::find_links(const InstallUnit& unit, bool known_names,
                                UnitFileState& state) const {
    using enum UnitFileState;
    const auto& name = unit.name.str();
    bool in_runtime = false, elsewhere = false, linked = false, linked_runtime = false;
    bool below_file = false; // a link of the unit's own name means nothing below its file
    auto counts = [&](const std::string& link) {
        return !known_names || is_known_name(place_, unit, link);
    };
    auto is_dependency = [&](const std::set<std::string, std::less<>>& links) {
        if (!unit.name.is_template()) return links.contains(name);
        auto before = std::string_view(name).substr(0, name.find('@') + 1);
        return std::ranges::any_of(links, [&](const std::string& link) {
            if (!link.starts_with(before)) return false;
            auto other = UnitName::parse(link);
            return other && other->template_name() == unit.name && counts(link);
        });
    };
    for (const auto& directory : directories_) {
        bool same_name = false;
        auto is_link = [&](const std::pair<const std::string, std::string>& link) {
            bool from = !below_file && link.first == name;
            bool to = base_name(link.second) == name;
            if (from && to) same_name = true;
            return from != to && counts(link.first);
        };
        bool found = is_dependency(directory.dependencies) ||
                     std::ranges::count_if(directory.links, is_link) > 0;
        bool runtime = is_runtime_directory(place_.paths, directory.path);
        bool config =
            directory.path == place_.paths.persistent_config ||
            (place_.scope != InstallScope::System && directory.path == "/etc/systemd/user");
        if (found && config) {
            state = Enabled;
            return true;
        }
        if (found)
            (runtime ? in_runtime : elsewhere) = true;
        else if (same_name && config)
            linked = true;
        else if (same_name && runtime)
            linked_runtime = true;
        if (directory_of(unit.path) == directory.path) below_file = true;
    }
    // What a package instantiates is so for good; a mere name of its own it may have for other
    // reasons.
    if (in_runtime)
        state = EnabledRuntime;
    else if (elsewhere && unit.name.is_instance())
        state = Static;
    else if (linked)
        state = Linked;
    else if (linked_runtime)
        state = LinkedRuntime;
    else
        return false;
    return true;
}

std::map<std::string, std::string> UnitFileStates::paths() const {
    std::map<std::string, std::string> paths;
    for (const auto& directory : directories_) {
        for (const auto& name : directory.units)
            paths.try_emplace(name, cat(directory.path, "/", name));
    }
    for (const auto& unit : place_.embedded) {
        std::string name(unit.name);
        paths.try_emplace(name, embedded_path(place_, name));
    }
    return paths;
}

std::vector<std::string> UnitFileStates::names() const {
    std::vector<std::string> names;
    for (const auto& [name, path] : paths()) names.push_back(name);
    return names;
}

std::vector<ListedUnitFile> UnitFileStates::all() const {
    std::vector<ListedUnitFile> list;
    for (const auto& [name, path] : paths()) {
        auto found = state(name);
        list.push_back({name, place_.root.at(path), found ? *found : UnitFileState::Bad});
    }
    return list;
}

Result<UnitFileState> unit_file_state(const InstallPlace& place, std::string_view name) {
    return UnitFileStates(place).state(name);
}

} // namespace sctl
