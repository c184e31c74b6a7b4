#include "unit/condition/condition.hpp"

#include <fnmatch.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/hex.hpp"
#include "base/text.hpp"
#include "unit/condition/machine_conditions.hpp"
#include "unit/syntax/extract_word.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/values/enum_text.hpp"
#include "unit/values/version_compare.hpp"

namespace sctl {
namespace {

bool environment_has(const Facts& facts, std::string_view wanted) {
    return std::any_of(
        facts.environment.begin(), facts.environment.end(), [&](std::string_view entry) {
            return wanted.find('=') != wanted.npos
                       ? entry == wanted
                       : entry.starts_with(wanted) && entry.substr(wanted.size()).starts_with('=');
        });
}

std::string_view environment_value(const Facts& facts, std::string_view name) {
    for (std::string_view entry : facts.environment)
        if (entry.starts_with(name) && entry.substr(name.size()).starts_with('='))
            return entry.substr(name.size() + 1);
    return {};
}

bool virtualization_is(const Facts& facts, std::string_view wanted) {
    if (auto any = parse_boolean(wanted)) return *any == (facts.virtualization != "none");
    if (wanted == "private-users") return facts.private_users;
    if (wanted == "container") return is_container(facts.virtualization);
    if (wanted == "vm")
        return facts.virtualization != "none" && !is_container(facts.virtualization);
    return facts.virtualization == wanted;
}

// A machine id in either of its forms, without dashes.
std::string plain_id(std::string_view text) {
    std::string id;
    for (char c : text)
        if (c != '-') id += static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    bool is_id = id.size() == 32 && id.find_first_not_of(hex_digits) == id.npos;
    return is_id ? id : "";
}

bool host_is(const Facts& facts, const std::string& wanted) {
    if (auto id = plain_id(wanted); !id.empty()) return facts.machine_id == id;
    return fnmatch(wanted.c_str(), facts.hostname.c_str(), FNM_CASEFOLD) == 0;
}

// ">= 5.4", "5.*": all words must fit; the operator's version may be the next word.
bool kernel_is(const Facts& facts, std::string_view wanted) {
    WordReader words(wanted);
    bool first = true;
    while (true) {
        auto word = words.next({.unquote = true});
        if (!word) return false;
        if (!*word) return !first;
        std::string_view version = **word;
        std::string next_version;
        if (auto order = take_order(version)) {
            version = trim(version);
            if (version.empty()) {
                auto next = words.next({.unquote = true});
                if (!next || !*next) return false;
                version = next_version = **next;
            }
            if (!fulfils(compare_versions(facts.kernel_release, version), *order)) return false;
        } else if (!matches_glob(version, facts.kernel_release)) {
            return false;
        }
        first = false;
    }
}

// "ID=debian VERSION_ID>=12": = and != compare texts, the others versions.
bool os_release_is(const Facts& facts, std::string_view wanted) {
    if (!facts.os_release) return false;
    WordReader words(wanted);
    while (true) {
        auto word = words.next({.unquote = true});
        if (!word) return false;
        if (!*word) return true;
        std::string_view text = **word;
        auto name = text.substr(0, text.find_first_of("!<=>"));
        text.remove_prefix(name.size());
        auto order = take_order(text);
        if (name.empty() || !order || text.empty()) return false;
        auto value = facts.os_release->get(name);
        bool holds = *order == Order::Equal     ? value == text
                     : *order == Order::Unequal ? value != text
                                                : fulfils(compare_versions(value, text), *order);
        if (!holds) return false;
    }
}

bool user_is(const ManagerUser& user, std::string_view wanted) {
    if (auto uid = parse_number<uid_t>(wanted)) return user.uid == *uid;
    if (wanted == "@system") return user.uid <= 999;
    return user.name == wanted;
}

bool group_is(const ManagerUser& user, std::string_view wanted) {
    auto gid = parse_number<gid_t>(wanted);
    auto fits = [&](std::string_view name, gid_t number) {
        return gid ? *gid == number : name == wanted;
    };
    return fits(user.group, user.gid) ||
           std::any_of(user.groups.begin(), user.groups.end(),
                       [&](const auto& group) { return fits(group.first, group.second); });
}

// A number with an operator before it; without one ">=" is meant.
bool amount_fits(uint64_t amount, std::string_view wanted,
                 Result<uint64_t> (*parse)(std::string_view)) {
    auto order = take_order(wanted).value_or(Order::GreaterOrEqual);
    auto number = parse(trim(wanted));
    if (!number) return false;
    return fulfils(amount < *number ? -1 : amount > *number, order);
}

uint64_t usable_cpus() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<uint64_t>(CPU_COUNT(&set));
    return static_cast<uint64_t>(std::max(sysconf(_SC_NPROCESSORS_ONLN), 1L));
}

bool credential_is_there(const Facts& facts, const Root& root, const std::string& name) {
    if (name.empty() || name.find('/') != name.npos || name == "." || name == "..") return false;
    for (auto variable : {"CREDENTIALS_DIRECTORY", "ENCRYPTED_CREDENTIALS_DIRECTORY"}) {
        auto directory = environment_value(facts, variable);
        if (!directory.empty() && access(root.at(cat(directory, '/', name)).c_str(), F_OK) == 0)
            return true;
    }
    return false;
}

bool first_boot_is(const Root& root, std::string_view wanted) {
    auto yes = parse_boolean(wanted);
    return yes && *yes == (access(root.at("/run/systemd/first-boot").c_str(), F_OK) == 0);
}

std::string condition_name(const Condition& condition, std::string_view list) {
    return cat(list, to_text(condition.type), "=", condition.negate ? "!" : "",
               condition.parameter);
}

} // namespace

bool is_container(std::string_view virtualization) {
    constexpr std::string_view kinds[] = {
        "systemd-nspawn", "lxc-libvirt", "lxc", "openvz", "docker",
        "podman",         "rkt",         "wsl", "proot",  "pouch",
        "container-other"};
    return std::find(std::begin(kinds), std::end(kinds), virtualization) != std::end(kinds);
}

bool condition_holds(const Condition& condition, const Facts& facts, const Root& root) {
    using enum ConditionType;
    const auto& wanted = condition.parameter;
    if (auto holds = path_condition_holds(condition.type, wanted, root)) return *holds;
    switch (condition.type) {
        case Architecture: return wanted == "native" || wanted == facts.architecture;
        case Firmware: return firmware_is(wanted, root);
        case Virtualization: return virtualization_is(facts, wanted);
        case Host: return host_is(facts, wanted);
        case KernelCommandLine:
            return kernel_command_line_has(wanted, is_container(facts.virtualization), root);
        case KernelVersion: return kernel_is(facts, wanted);
        case Credential: return credential_is_there(facts, root, wanted);
        case Environment: return environment_has(facts, wanted);
        case Security: return security_is(wanted, is_container(facts.virtualization), root);
        case Capability: return has_capability(wanted, root);
        case ACPower: {
            auto yes = parse_boolean(wanted);
            return yes && *yes == on_ac_power(root);
        }
        case FirstBoot: return first_boot_is(root, wanted);
        case User: return user_is(facts.user, wanted);
        case Group: return group_is(facts.user, wanted);
        case ControlGroupController: return has_cgroup_controllers(wanted, root);
        case Memory:
            return amount_fits(usable_memory(root), wanted,
                               [](std::string_view text) { return parse_size(text); });
        case CPUs:
            return amount_fits(usable_cpus(), wanted, [](std::string_view text) {
                return parse_unsigned(text, UINT32_MAX);
            });
        case CPUFeature: return has_cpu_feature(wanted, root);
        case OSRelease: return os_release_is(facts, wanted);
        case MemoryPressure: return pressure_is_below("memory", "full", wanted, root);
        case CPUPressure: return pressure_is_below("cpu", "some", wanted, root);
        case IOPressure: return pressure_is_below("io", "full", wanted, root);
        default: return false; // the path conditions are answered above
    }
}

ConditionVerdict check_all(std::span<const Condition> conditions, const Facts& facts,
                           const Root& root, std::string_view list) {
    ConditionVerdict verdict;
    verdict.results.resize(conditions.size());
    bool any_trigger = false, triggered = false;
    for (size_t i = 0; i < conditions.size(); ++i) {
        const auto& condition = conditions[i];
        bool holds = condition_holds(condition, facts, root) != condition.negate;
        verdict.results[i] = holds ? ConditionResult::Succeeded : ConditionResult::Failed;
        if (condition.trigger) {
            any_trigger = true;
            triggered = triggered || holds;
        } else if (!holds) {
            verdict.met = false;
            verdict.reason =
                cat("of an unmet condition check (", condition_name(condition, list), ")");
            return verdict;
        }
    }
    if (any_trigger && !triggered) {
        verdict.met = false;
        verdict.reason = "no trigger condition checks were met";
    }
    return verdict;
}

} // namespace sctl
