#include "unit/condition/machine_conditions.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cstdlib>
#include <optional>
#include <vector>

#include "base/text.hpp"
#include "unit/syntax/extract_word.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/values/capability.hpp"
#include "unit/values/cgroup_controllers.hpp"
#include "unit/values/version_compare.hpp"

namespace sctl {
namespace {

std::string text_of(const Root& root, std::string_view path) {
    return read_virtual_file(root.at(path)).value_or("");
}
std::string word_of(const Root& root, std::string_view path) {
    return std::string(trim(text_of(root, path)));
}
bool is_there(const Root& root, std::string_view path) {
    return access(root.at(path).c_str(), F_OK) == 0;
}

std::vector<std::string> names_in(const Root& root, std::string_view directory) {
    namespace fs = boost::filesystem;
    std::vector<std::string> names;
    boost::system::error_code failed;
    for (fs::directory_iterator at(root.at(directory), failed), end; !failed && at != end;
         at.increment(failed))
        names.push_back(at->path().filename().string());
    return names;
}

// "name(argument)": the argument.
std::optional<std::string_view> argument_of(std::string_view text, std::string_view name) {
    if (!text.starts_with(name) || !text.ends_with(')')) return std::nullopt;
    text.remove_prefix(name.size());
    if (!text.starts_with('(')) return std::nullopt;
    return text.substr(1, text.size() - 2);
}

// "board_name = "X"": a field of the machine's firmware and what it is compared with.
bool smbios_field_is(std::string_view expression, const Root& root) {
    auto field = trim_end(expression.substr(0, expression.find_first_of("!<=>")));
    auto rest = expression.substr(std::min(expression.find_first_of("!<=>"), expression.size()));
    auto order = take_order(rest);
    if (!order || field.empty() || field.find('/') != field.npos) return false;
    auto path = cat("/sys/class/dmi/id/", field);
    if (!is_there(root, path)) return false;
    auto wanted = trim(trim(rest), "\"");
    auto value = word_of(root, path);
    if (*order == Order::Equal) return matches_glob(wanted, value);
    if (*order == Order::Unequal) return !matches_glob(wanted, value);
    return fulfils(compare_versions(value, wanted), *order);
}

// The word after `key` in lines of "Key:  word ..." .
std::string_view field_of(std::string_view text, std::string_view key) {
    for (auto line : split(text, "\n"))
        if (line.starts_with(key)) return trim(line.substr(key.size()), " \t:");
    return {};
}

} // namespace

bool firmware_is(std::string_view wanted, const Root& root) {
    if (wanted == "device-tree") return is_there(root, "/sys/firmware/devicetree/");
    if (wanted == "uefi") return is_there(root, "/sys/firmware/efi/");
    if (auto compatible = argument_of(wanted, "device-tree-compatible")) {
        auto known = text_of(root, "/proc/device-tree/compatible");
        auto names = split(known, std::string_view("\0", 1));
        return std::find(names.begin(), names.end(), *compatible) != names.end();
    }
    if (auto field = argument_of(wanted, "smbios-field")) return smbios_field_is(*field, root);
    return false;
}

bool kernel_command_line_has(std::string_view wanted, bool container, const Root& root) {
    auto line = text_of(root, container ? "/proc/1/cmdline" : "/proc/cmdline");
    if (container) std::replace(line.begin(), line.end(), '\0', ' ');
    WordReader words(line);
    while (true) {
        auto word = words.next({.unquote = true, .relaxed = true});
        if (!word || !*word) return false;
        std::string_view text = **word;
        bool any_value = wanted.find('=') == wanted.npos;
        if (text == wanted || (any_value && text.starts_with(wanted) && text[wanted.size()] == '='))
            return true;
    }
}

bool security_is(std::string_view wanted, bool container, const Root& root) {
    if (wanted == "selinux") return is_there(root, "/sys/fs/selinux/enforce");
    if (wanted == "smack") return is_there(root, "/sys/fs/smackfs/");
    if (wanted == "apparmor")
        return text_of(root, "/sys/module/apparmor/parameters/enabled").starts_with('Y');
    if (wanted == "ima") return is_there(root, "/sys/kernel/security/ima/");
    if (wanted == "tomoyo") return is_there(root, "/sys/kernel/security/tomoyo/version");
    if (wanted == "tpm2") return !names_in(root, "/sys/class/tpmrm").empty();
    // A container has no audit of its own, nor a say in how the machine was booted.
    if (wanted == "audit") return !container && is_there(root, "/proc/self/loginuid");
    if (wanted == "uefi-secureboot") {
        auto variable = text_of(
            root, "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
        return !container && variable.size() == 5 &&
               variable[4] == 1; // four bytes of attributes come first
    }
    return false;
}

bool has_capability(std::string_view wanted, const Root& root) {
    auto number = capability_number(wanted);
    auto status = text_of(root, "/proc/self/status");
    auto bounding = parse_number<uint64_t>(field_of(status, "CapBnd"), 16);
    return number && bounding && (*bounding >> *number & 1);
}

bool on_ac_power(const Root& root) {
    bool online = false, offline = false;
    constexpr std::string_view directory = "/sys/class/power_supply";
    for (const auto& name : names_in(root, directory)) {
        auto device = cat(directory, '/', name);
        if (word_of(root, cat(device, "/type")) != "Mains") continue;
        auto state = word_of(root, cat(device, "/online"));
        if (state == "0")
            offline = true;
        else if (!state.empty())
            online = true;
    }
    return online || !offline;
}

bool has_cgroup_controllers(std::string_view wanted, const Root& root) {
    constexpr std::string_view unified_controllers = "/sys/fs/cgroup/cgroup.controllers";
    bool unified = is_there(root, unified_controllers);
    if (wanted == "v2") return unified;
    if (wanted == "v1") return !unified;
    std::vector<std::string> present;
    if (unified) {
        auto names = text_of(root, unified_controllers);
        for (auto name : split(names)) present.emplace_back(name);
        present.insert(present.end(), {"cpuacct", "bpf-firewall", "bpf-devices", "bpf-foreign",
                                       "bpf-socket-bind", "bpf-restrict-network-interfaces"});
    } else {
        auto table = text_of(root, "/proc/cgroups");
        for (auto line : split(table, "\n")) // name, hierarchy, groups, enabled
            if (auto cells = split(line); cells.size() == 4 && cells[3] == "1")
                present.emplace_back(cells[0]);
    }
    for (auto name : split(wanted))
        if (is_cgroup_controller(name) &&
            std::find(present.begin(), present.end(), name) == present.end())
            return false;
    return true;
}

uint64_t usable_memory(const Root& root) {
    auto meminfo = text_of(root, "/proc/meminfo");
    auto total = split(field_of(meminfo, "MemTotal"));
    uint64_t bytes = total.empty() ? 0 : parse_number<uint64_t>(total[0]).value_or(0) * 1024;
    for (auto path : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
        if (auto limit = parse_number<uint64_t>(word_of(root, path)))
            bytes = std::min(bytes, *limit);
    return bytes;
}

bool has_cpu_feature(std::string_view wanted, const Root& root) {
    auto cpus = text_of(root, "/proc/cpuinfo");
    auto flags = split(field_of(cpus, "flags"));
    return std::find(flags.begin(), flags.end(), wanted) != flags.end();
}

bool pressure_is_below(std::string_view resource, std::string_view line, std::string_view wanted,
                       const Root& root) {
    // There are no slices here, so none of them is under pressure.
    if (wanted.find(':') != wanted.npos) return true;
    auto slash = wanted.find('/');
    auto limit = parse_permyriad(trim(wanted.substr(0, slash)));
    if (!limit) return false;
    auto window = slash == wanted.npos ? std::string_view("5min") : trim(wanted.substr(slash + 1));
    auto column = window == "10s"    ? "avg10="
                  : window == "1min" ? "avg60="
                  : window == "5min" ? "avg300="
                                     : "";
    if (!*column) return false;
    auto pressure = text_of(root, cat("/proc/pressure/", resource));
    if (pressure.empty()) return true;
    for (auto word : split(field_of(pressure, line)))
        if (word.starts_with(column))
            return strtod(std::string(word.substr(std::string_view(column).size())).c_str(),
                          nullptr) *
                       100 <=
                   *limit;
    return true;
}

} // namespace sctl
