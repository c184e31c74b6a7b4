#include "unit/mount/mount_kind.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "unit/dependencies.hpp"
#include "unit/mount/mount_config.hpp"

namespace sctl {
namespace {

using enum Dependency;

MountConfig& settings_of(LoadedUnit& unit) {
    return static_cast<MountConfig&>(*unit.own);
}

// `path` or below it.
bool lies_in(std::string_view path, std::string_view directory) {
    if (!path.starts_with(directory)) return false;
    return path.size() == directory.size() || path[directory.size()] == '/';
}

template <class List>
bool stands_in(std::string_view path, const List& list) {
    return std::ranges::find(list, path) != std::ranges::end(list);
}

// As it is mounted, where it is: who mounted it may have done otherwise than the file says.
std::string_view mounted_type(const MountConfig& config) {
    return config.seen ? config.seen->type : config.type;
}
std::string_view mounted_options(const MountConfig& config) {
    return config.seen ? config.seen->options : config.options;
}

bool is_network_mount(std::string_view type, std::string_view options) {
    constexpr std::string_view types[] = {"afs",       "ceph",  "cifs",  "smb3",   "smbfs", "sshfs",
                                          "ncpfs",     "ncp",   "nfs",   "nfs4",   "gfs",   "gfs2",
                                          "glusterfs", "pvfs2", "ocfs2", "lustre", "davfs"};
    if (type.starts_with("fuse.")) type.remove_prefix(5);
    return has_mount_option(options, "_netdev") || stands_in(type, types);
}

// Not ours to mount and to unmount: what everything stands on, and what was there before us, which
// goes with the container.
bool is_left_alone(const LoadedUnit& unit) {
    constexpr std::string_view whole[] = {"/", "/usr", "/etc"};
    constexpr std::string_view trees[] = {"/run/initramfs", "/run/nextroot", "/proc", "/sys",
                                          "/dev"};
    const auto& config = *mount_config(unit);
    if (config.seen && config.seen->is_early && unit.fragment_path.empty()) return true;
    return stands_in(config.where, whole) ||
           std::ranges::any_of(trees, [&](auto tree) { return lies_in(config.where, tree); }) ||
           has_mount_option(mounted_options(config), "x-initrd.mount");
}

void add_network_order(LoadedUnit& unit) {
    add_dependency(unit, After, UnitName::of_ours("network.target"));
    add_dependency(unit, Wants, UnitName::of_ours("network-online.target"));
    add_dependency(unit, After, UnitName::of_ours("network-online.target"));
}

} // namespace

const MountConfig* mount_config(const LoadedUnit& unit) {
    return own_config<MountConfig>(unit);
}

bool has_mount_option(std::string_view options, std::string_view name) {
    auto all = split(options, ",");
    return std::ranges::find(all, name) != all.end();
}

bool is_bind_mount(const MountConfig& config) {
    return has_mount_option(config.options, "bind") || has_mount_option(config.options, "rbind") ||
           config.type == "bind" || config.type == "rbind";
}

std::string options_for_mount(const MountConfig& config) {
    constexpr std::string_view of_units[] = {"nofail", "noauto", "auto"};
    std::string out;
    for (auto option : split(config.options, ","))
        if (!stands_in(option, of_units)) out += cat(out.empty() ? "" : ",", option);
    return out;
}

bool is_api_mount_point(std::string_view path) {
    constexpr std::string_view points[] = {"/proc",
                                           "/sys",
                                           "/dev",
                                           "/run",
                                           "/dev/shm",
                                           "/dev/pts",
                                           "/dev/console",
                                           "/proc/kmsg",
                                           "/proc/sys",
                                           "/proc/sys/kernel/random/boot_id",
                                           "/sys/kernel/security",
                                           "/sys/fs/smackfs",
                                           "/sys/fs/selinux",
                                           "/sys/fs/pstore",
                                           "/sys/firmware/efi/efivars",
                                           "/sys/fs/bpf"};
    constexpr std::string_view trees[] = {"/sys/fs/cgroup", "/run/host", "/run/credentials"};
    return stands_in(path, points) ||
           std::ranges::any_of(trees, [&](auto tree) { return lies_in(path, tree); });
}

void begin_mount(LoadedUnit& unit, const UnitDefaults& defaults) {
    auto mount = std::make_unique<MountConfig>();
    mount->timeout = defaults.timeout_start;
    unit.own = std::move(mount);
}

bool look_for_mount(LoadedUnit& unit, const Facts& facts) {
    auto path = unit_name_to_path(unit.id);
    if (!path || !facts.mount_at) return false;
    auto& seen = settings_of(unit).seen = facts.mount_at(*path);
    return seen.has_value();
}

void resolve_mount(LoadedUnit& unit, const UnitDefaults&) {
    auto& config = settings_of(unit);
    if (config.where.empty()) {
        if (auto path = unit_name_to_path(unit.id)) config.where = std::move(*path);
    }
    if (unit.unit.description.empty()) unit.unit.description = config.where;
    if (config.seen && !unit.perpetual) unit.unit.source_path = "/proc/self/mountinfo";
}

void imply_of_mount(LoadedUnit& unit, bool user_manager) {
    const auto& config = *mount_config(unit);
    auto& paths = unit.unit.requires_mounts_for;
    auto slash = config.where.rfind('/');
    if (config.where != "/" && slash != std::string::npos)
        paths.push_back(slash == 0 ? "/" : config.where.substr(0, slash));
    bool is_of_file = config.what.starts_with('/') &&
                      (is_bind_mount(config) || has_mount_option(config.options, "loop") ||
                       !is_network_mount(config.type, config.options));
    if (is_of_file) paths.push_back(config.what);
    if (!unit.perpetual) add_exec_dependencies(unit, user_manager);
}

void add_mount_defaults(LoadedUnit& unit, bool user_manager) {
    if (user_manager || is_left_alone(unit)) return;
    const auto& config = *mount_config(unit);
    auto type = mounted_type(config), options = mounted_options(config);
    bool is_remote = is_network_mount(type, options);
    add_dependency(unit, After,
                   UnitName::of_ours(is_remote ? "remote-fs-pre.target" : "local-fs-pre.target"));
    if (!has_mount_option(config.options, "nofail"))
        add_dependency(unit, Before,
                       UnitName::of_ours(is_remote ? "remote-fs.target" : "local-fs.target"));
    if (is_remote) add_network_order(unit);
    add_dependency(unit, Before, UnitName::of_ours("umount.target"));
    add_dependency(unit, Conflicts, UnitName::of_ours("umount.target"));
    // It is to be unmounted before swap space, which it may need, goes.
    if (type == "tmpfs") add_dependency(unit, After, UnitName::of_ours("swap.target"));
}

bool check_mount(const LoadedUnit& unit, const WarningSink& warn) {
    const auto& config = *mount_config(unit);
    auto refuse = [&](auto... text) {
        warn(cat(unit.id.str(), ": ", text..., " Refusing."));
        return false;
    };
    auto name = unit_name_from_path(config.where, UnitType::Mount);
    if (!name || std::ranges::find(unit.names, *name) == unit.names.end())
        return refuse("Where= setting doesn't match unit name.");
    if (is_api_mount_point(config.where))
        return refuse("Cannot create mount unit for API file system ", config.where, ".");
    if (config.what.empty() && !unit.fragment_path.empty() && !unit.perpetual)
        return refuse("What= setting is missing.");
    if (asks_for(unit, "PAMName") && unit.kill->kill_mode != KillConfig::Mode::ControlGroup)
        return refuse("Unit has PAM enabled. Kill mode must be set to control-group'.");
    return true;
}

} // namespace sctl
