// The virtualization part of machine.hpp.
#ifdef __x86_64__
#include <cpuid.h>
#endif
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/text.hpp"
#include "os/machine.hpp"

namespace sctl {
namespace {

struct Signature {
    std::string_view text, id;
};

// What a container manager may call itself in $container; any other is "container-other".
constexpr std::string_view container_ids[] = {
    "lxc", "lxc-libvirt", "systemd-nspawn", "docker", "podman", "rkt", "wsl", "proot", "pouch"};

constexpr const char* dmi_files[] = {
    "/sys/class/dmi/id/product_name",    "/sys/class/dmi/id/sys_vendor",
    "/sys/class/dmi/id/board_vendor",    "/sys/class/dmi/id/bios_vendor",
    "/sys/class/dmi/id/product_version",
};
constexpr Signature dmi_signatures[] = {
    {"KVM", "kvm"},           {"OpenStack", "kvm"},       {"KubeVirt", "kvm"},
    {"Amazon EC2", "amazon"}, {"QEMU", "qemu"},           {"VMware", "vmware"},
    {"VMW", "vmware"},        {"innotek GmbH", "oracle"}, {"VirtualBox", "oracle"},
    {"Xen", "xen"},           {"Bochs", "bochs"},         {"Parallels", "parallels"},
    {"BHYVE", "bhyve"},       {"Hyper-V", "microsoft"},   {"Apple Virtualization", "apple"},
};
constexpr Signature cpu_signatures[] = {
    {"XenVMMXenVMM", "xen"},   {"KVMKVMKVM", "kvm"},       {"Linux KVM Hv", "kvm"},
    {"TCGTCGTCGTCG", "qemu"},  {"VMwareVMware", "vmware"}, {"Microsoft Hv", "microsoft"},
    {"bhyve bhyve ", "bhyve"}, {"QNXQVMBSQG", "qnx"},      {"ACRNACRNACRN", "acrn"},
    {"SRESRESRESRE", "sre"},
};

bool exists(const Root& root, const char* path) {
    return access(root.at(path).c_str(), F_OK) == 0;
}

Virtualization container(std::string_view id) {
    for (auto known : container_ids) {
        if (known == id) return {Virtualization::Kind::Container, std::string(id)};
    }
    return {Virtualization::Kind::Container, "container-other"};
}

bool is_pid1(const Root& root) {
    return getpid() == 1 && root.is_machine();
}

// Nothing where there is no such file, or nothing in it.
std::optional<std::string> name_in_file(const Root& root, const char* path) {
    auto text = read_file(root.at(path));
    if (!text || trim(*text).empty()) return std::nullopt;
    return std::string(trim(*text));
}

// PID 1's $container; nothing where we may not look.
std::optional<std::string> container_variable(const Root& root) {
    auto text = read_virtual_file(root.at("/proc/1/environ"));
    if (!text) return std::nullopt;
    for (auto assignment : split(*text, std::string_view("\0", 1))) {
        constexpr std::string_view name = "container=";
        if (assignment.starts_with(name) && assignment.size() > name.size())
            return std::string(assignment.substr(name.size()));
    }
    return std::nullopt;
}

Virtualization container_by_files(const Root& root) {
    if (exists(root, "/run/.containerenv")) return container("podman");
    if (exists(root, "/.dockerenv")) return container("docker");
    return {};
}

std::optional<std::string> hypervisor_of_cpu() {
#ifdef __x86_64__
    unsigned a = 0, b = 0, c = 0, d = 0;
    constexpr unsigned hypervisor_bit = 1u << 31, signature_leaf = 0x40000000;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & hypervisor_bit)) return std::nullopt;
    __cpuid(signature_leaf, a, b, c, d);
    unsigned words[] = {b, c, d};
    char text[sizeof words + 1]{};
    memcpy(text, words, sizeof words);
    for (const auto& signature : cpu_signatures) {
        if (signature.text == text) return std::string(signature.id);
    }
    return "vm-other";
#else
    return std::nullopt;
#endif
}

std::optional<std::string> hypervisor_of_dmi(const Root& root) {
    for (const char* file : dmi_files) {
        auto text = read_virtual_file(root.at(file));
        if (!text) continue;
        for (const auto& signature : dmi_signatures) {
            if (text->starts_with(signature.text)) return std::string(signature.id);
        }
    }
    return std::nullopt;
}

} // namespace

// What a manager on the host has left in /run/host counts most; then PID 1's own variable, which
// only PID 1 has for certain: others read what it has written down, and may have to look for
// themselves.
Virtualization detect_container(const Root& root) {
    if (exists(root, "/proc/vz") && !exists(root, "/proc/bc"))
        return {Virtualization::Kind::Container, "openvz"};
    utsname kernel{};
    uname(&kernel);
    std::string_view release = kernel.release;
    bool is_wsl = release.find("Microsoft") != release.npos || release.find("WSL") != release.npos;
    if (is_wsl) return container("wsl");
    auto name = name_in_file(root, "/run/host/container-manager");
    if (!name && is_pid1(root)) {
        const char* own = getenv("container");
        if (own && !*own) return {}; // says that there is no container
        if (own) name = own;
    } else {
        if (!name) name = name_in_file(root, "/run/systemd/container");
        if (!name) name = container_variable(root);
    }
    if (!name) return container_by_files(root);
    if (*name != "oci") return container(*name);
    // Images may be built with it; it names a kind of containers, not a manager.
    auto by_files = container_by_files(root);
    return by_files.kind == Virtualization::Kind::None ? container(*name) : by_files;
}

// The firmware first: it tells clouds from the hypervisor that they use; but the CPU knows Xen and
// plain KVM below another's firmware.
Virtualization detect_machine(const Root& root) {
    auto cpu = hypervisor_of_cpu();
    auto firmware = hypervisor_of_dmi(root);
    bool firmware_decides =
        firmware && (*firmware == "oracle" || *firmware == "xen" || *firmware == "amazon" ||
                     *firmware == "parallels" || *firmware == "vmware");
    if (firmware_decides) return {Virtualization::Kind::Machine, *firmware};
    if (cpu && *cpu != "vm-other") return {Virtualization::Kind::Machine, *cpu};
    if (firmware) return {Virtualization::Kind::Machine, *firmware};
    auto xen = read_virtual_file(root.at("/sys/hypervisor/type"));
    if (xen && trim(*xen) == "xen") return {Virtualization::Kind::Machine, "xen"};
    if (cpu) return {Virtualization::Kind::Machine, *cpu};
    return {};
}

Virtualization detect_virtualization(const Root& root) {
    auto inner = detect_container(root);
    return inner.kind == Virtualization::Kind::None ? detect_machine(root) : inner;
}

// One range over all ids is the machine's own namespace (user_namespaces(7)).
bool in_user_namespace(const Root& root) {
    auto map = read_virtual_file(root.at("/proc/self/uid_map"));
    if (!map) return false;
    auto fields = split(*map);
    return fields.size() != 3 || fields[0] != "0" || fields[1] != "0" || fields[2] != "4294967295";
}

} // namespace sctl
