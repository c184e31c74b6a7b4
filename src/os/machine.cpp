#include "os/machine.hpp"

#include <linux/magic.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/text.hpp"
#include "os/users.hpp"
#include "unit/syntax/environment.hpp"

namespace sctl {
namespace {

struct ArchitectureName {
    std::string_view machine, name; // uname's, systemd's
};
constexpr ArchitectureName architecture_names[] = {
    {"x86_64", "x86-64"},
    {"i386", "x86"},
    {"i486", "x86"},
    {"i586", "x86"},
    {"i686", "x86"},
    {"aarch64", "arm64"},
    {"aarch64_be", "arm64-be"},
    {"ppc64", "ppc64"},
    {"ppc64le", "ppc64-le"},
    {"ppc", "ppc"},
    {"ppcle", "ppc-le"},
    {"s390x", "s390x"},
    {"s390", "s390"},
    {"riscv64", "riscv64"},
    {"riscv32", "riscv32"},
    {"mips64", "mips64"},
    {"mips", "mips"},
    {"loongarch64", "loongarch64"},
    {"ia64", "ia64"},
};

std::string architecture_of(std::string_view machine) {
    for (const auto& row : architecture_names) {
        if (row.machine == machine) return std::string(row.name);
    }
    if (machine.starts_with("arm")) return machine.ends_with("b") ? "arm-be" : "arm";
    return std::string(machine);
}

OsRelease assignments_of(const std::string& text) {
    OsRelease release;
    auto assignments = parse_environment_file(text);
    if (!assignments) return release;
    for (const auto& assignment : *assignments) {
        auto equals = assignment.find('=');
        if (equals == std::string::npos) continue;
        release.fields.emplace_back(assignment.substr(0, equals), assignment.substr(equals + 1));
    }
    return release;
}

std::optional<OsRelease> read_os_release(const Root& root) {
    for (const char* path : {"/etc/os-release", "/usr/lib/os-release"}) {
        auto text = read_file(root.at(path));
        if (text) return assignments_of(*text);
    }
    return std::nullopt;
}

ManagerUser manager_user(const Root& root) {
    ManagerUser manager;
    manager.uid = geteuid();
    manager.gid = getegid();
    manager.name = std::to_string(manager.uid);
    manager.group = std::to_string(manager.gid);
    if (auto group = find_group(root, manager.group)) manager.group = group->name;
    if (auto user = find_user(root, manager.name)) {
        manager.name = user->name;
        if (!user->home.empty()) manager.home = user->home;
        if (!user->shell.empty()) manager.shell = user->shell;
    }
    return manager;
}

} // namespace

std::optional<std::string> parse_machine_id(std::string_view text) {
    std::string id(trim(text));
    std::erase(id, '-');
    auto is_digit = [](unsigned char c) { return std::isxdigit(c) != 0; };
    bool valid = id.size() == 32 && std::all_of(id.begin(), id.end(), is_digit) &&
                 id.find_first_not_of('0') != std::string::npos;
    if (!valid) return std::nullopt;
    std::ranges::transform(id, id.begin(), [](unsigned char c) { return std::tolower(c); });
    return id;
}

std::optional<std::string> read_machine_id(const std::string& path) {
    auto text = read_virtual_file(path, 4096);
    return text ? parse_machine_id(*text) : std::nullopt;
}

Facts collect_facts(const Root& root) {
    Facts facts;
    utsname kernel{};
    uname(&kernel);
    facts.hostname = kernel.nodename;
    if (facts.hostname.empty() || facts.hostname == "(none)") facts.hostname = "localhost";
    facts.kernel_release = kernel.release;
    facts.architecture = architecture_of(kernel.machine);
    if (auto info = read_file(root.at("/etc/machine-info")))
        facts.pretty_hostname = assignments_of(*info).get("PRETTY_HOSTNAME");
    facts.machine_id = read_machine_id(root.at("/etc/machine-id"));
    if (!facts.machine_id) facts.machine_id = read_machine_id(root.at("/run/machine-id"));
    facts.boot_id = read_machine_id("/proc/sys/kernel/random/boot_id");
    facts.os_release = read_os_release(root);
    facts.user = manager_user(root);
    facts.virtualization = detect_virtualization(Root()).id;
    facts.private_users = in_user_namespace(Root());
    for (char** variable = environ; variable && *variable; ++variable)
        facts.environment.emplace_back(*variable);
    return facts;
}

std::vector<std::string> find_taints(const Root& root) {
    std::vector<std::string> taints;
    if (access("/proc/cgroups", F_OK) != 0) taints.emplace_back("cgroups-missing");
    // Version 1 hierarchies lie side by side in a tmpfs; version 2 is the mount itself.
    struct statfs groups;
    if (statfs("/sys/fs/cgroup", &groups) == 0 && groups.f_type == TMPFS_MAGIC)
        taints.emplace_back("cgroupsv1");
    char target[16];
    auto length = readlink(root.at("/var/run").c_str(), target, sizeof target);
    auto run = std::string_view(target, length > 0 ? static_cast<size_t>(length) : 0);
    if (run != "../run" && run != "/run") taints.emplace_back("var-run-bad");
    for (std::string_view which : {"overflowuid", "overflowgid"}) {
        auto id = read_virtual_file(cat("/proc/sys/kernel/", which));
        if (id && trim(*id) != "65534") taints.push_back(cat(which, "-not-65534"));
    }
    return taints;
}

} // namespace sctl
