// systemd.exec(5): who runs, where, with what environment. What goes to and comes from the process
// is in directives_stdio.cpp; limits and directories have files of their own.
#include <linux/securebits.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "unit/settings/directive_rows.hpp"
#include "unit/syntax/environment.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/values/capability.hpp"
#include "unit/values/inherited.hpp"

namespace sctl {
namespace {

using enum Support;

// "Relaxed" names (systemd.io/USER_NAMES): nearly any text that cannot be mistaken for a number or
// break a passwd line.
bool is_user_name(std::string_view name) {
    if (name.empty() || name == "." || name == ".." || !is_valid_utf8(name)) return false;
    if (name.find_first_of(":/") != name.npos || name.front() == ' ' || name.back() == ' ')
        return false;
    if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }))
        return false;
    if (auto number = parse_number<uint32_t>(name)) {
        // "00" is neither a number nor a name.
        bool is_padded = name.size() > 1 && name.front() == '0';
        return !is_padded && *number != UINT32_MAX && *number != 0xffff;
    }
    auto digits = name.front() == '-' ? name.substr(1) : name;
    return digits.find_first_not_of("0123456789") != digits.npos;
}

void read_service_user(Setting& setting, std::string& out) {
    read_user(setting, out);
    if (out == "nobody") setting.warning("Special user nobody configured, this is not safe!");
}

void read_groups(Setting& setting, std::vector<std::string>& out) {
    if (setting.value.empty()) return out.clear();
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {})) {
        auto name = expanded(setting, *word, "", OnError::Refuse);
        if (!name) return;
        if (!is_user_name(*name))
            return refuse(setting, cat("Invalid user/group name or numeric ID: ", *name));
        out.push_back(std::move(*name));
    }
}

void read_working_directory(Setting& setting, std::string& out) {
    auto& missing_ok = setting.unit.exec.edit().working_directory_missing_ok;
    auto text = setting.value;
    bool optional = text.starts_with('-');
    if (optional) text.remove_prefix(1);
    auto on_error = optional ? OnError::Ignore : OnError::Refuse;
    std::string directory;
    if (text == "~") {
        directory = "~";
    } else if (!setting.value.empty()) {
        auto path = expand_specifiers(text, setting.specifiers);
        if (!path) {
            auto why = cat("Failed to resolve unit specifiers in working directory path '", text,
                           "'", optional ? ", ignoring: " : ": ", strerror(path.error().code));
            return optional ? setting.warning(why) : refuse(setting, why);
        }
        auto checked = checked_path(setting, *path, PathKind::Absolute, on_error);
        if (!checked) return;
        directory = std::move(*checked);
    }
    out = std::move(directory);
    missing_ok = optional;
}
PropertyValue working_directory(const LoadedUnit& unit) {
    const auto& execution = exec_of(unit);
    return cat(execution.working_directory_missing_ok ? "!" : "", execution.working_directory);
}

void read_environment(Setting& setting, std::vector<std::string>& out) {
    read_assignments(setting, out, [&](std::string_view word) {
        return expand_specifiers(word, setting.specifiers);
    });
}

void read_environment_file(Setting& setting, std::vector<EnvironmentFile>& out) {
    if (setting.value.empty()) return out.clear();
    auto text = expanded(setting, setting.value);
    if (!text) return;
    bool optional = text->starts_with('-');
    if (auto path = checked_path(setting, std::string_view(*text).substr(optional)))
        out.push_back({std::move(*path), optional});
}

PropertyValue environment_files(const LoadedUnit& unit) {
    OptionalPaths files;
    for (const auto& file : exec_of(unit).environment_files)
        files.emplace_back(file.path, file.optional);
    return files;
}

void read_pass_environment(Setting& setting, std::vector<std::string>& out) {
    if (setting.value.empty()) return out.clear();
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {.unquote = true},
                                 cat("Trailing garbage in ", setting.key, ", ignoring: "))) {
        auto name = expand_specifiers(*word, setting.specifiers);
        if (!name)
            setting.warning(cat("Failed to resolve specifiers in ", *word,
                                ", ignoring: ", strerror(name.error().code)));
        else if (!environment_name_is_valid(*name))
            setting.warning(
                cat("Invalid environment name for ", setting.key, ", ignoring: ", *name));
        else
            out.push_back(std::move(*name));
    }
}

void read_unset_environment(Setting& setting, std::vector<std::string>& out) {
    if (setting.value.empty()) return out.clear();
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {.unquote = true, .unescape = true},
                                 cat("Trailing garbage in ", setting.key, ", ignoring: "))) {
        auto name = expanded(setting, *word, "");
        if (!name) continue;
        if (environment_name_is_valid(*name) || environment_assignment_is_valid(*name))
            out.push_back(std::move(*name));
        else
            setting.warning(
                cat("Invalid environment name or assignment ", setting.key, ", ignoring: ", *name));
    }
}

// A bounded number; `what` and `short_name` are how the warnings call it.
void read_bounded(Setting& setting, std::optional<int>& out, Result<int> (*parse)(std::string_view),
                  std::string_view what, std::string_view short_name) {
    if (setting.value.empty()) return out.reset();
    auto value = parse(setting.value);
    if (value)
        out = *value;
    else if (value.error().code == ERANGE)
        setting.warning(cat(short_name, " out of range, ignoring: ", setting.value));
    else
        setting.warning(cat("Failed to parse ", what, " '", setting.value,
                            "', ignoring: ", strerror(value.error().code)));
}
void read_nice(Setting& setting, std::optional<int>& out) {
    read_bounded(setting, out, parse_nice, "nice priority", "Nice priority");
}
void read_oom_score_adjust(Setting& setting, std::optional<int>& out) {
    read_bounded(setting, out, parse_oom_score_adjust, "the OOM score adjust value",
                 "OOM score adjust value");
}

void read_scheduling_policy(Setting& setting, std::optional<int>& out) {
    if (setting.value.empty()) {
        out.reset();
        setting.unit.exec.edit().cpu_scheduling_priority = 0;
        return;
    }
    auto policy = parse_cpu_scheduling_policy(setting.value);
    if (!policy)
        return setting.warning(
            cat("Failed to parse CPU scheduling policy, ignoring: ", setting.value));
    out = *policy;
    auto& priority = setting.unit.exec.edit().cpu_scheduling_priority;
    priority = std::clamp(priority, sched_get_priority_min(*out), sched_get_priority_max(*out));
}
void read_scheduling_priority(Setting& setting, int& out) {
    auto value = parse_integer<int>(setting.value);
    if (!value)
        return setting.warning(
            cat("Failed to parse CPU scheduling priority, ignoring: ", setting.value));
    if (*value < 0 || *value > sched_get_priority_max(SCHED_FIFO))
        return setting.warning(
            cat("CPU scheduling priority is out of range, ignoring: ", setting.value));
    out = *value;
    // As in systemd a priority asks for a policy: the usual one, where none is named.
    auto& policy = setting.unit.exec.edit().cpu_scheduling_policy;
    if (!policy) policy = SCHED_OTHER;
}
PropertyValue scheduling_priority(const LoadedUnit& unit) {
    const auto& execution = exec_of(unit);
    return int32_t{execution.cpu_scheduling_policy ? execution.cpu_scheduling_priority
                                                   : inherited_cpu_scheduling_priority()};
}

void read_io_class(Setting& setting, std::optional<int>& out) {
    if (setting.value.empty()) return out.reset();
    auto io_class = parse_io_scheduling_class(setting.value);
    if (!io_class)
        return setting.warning(
            cat("Failed to parse IO scheduling class, ignoring: ", setting.value));
    int data = out.value_or(default_io_priority) & ((1 << io_class_shift) - 1);
    constexpr int none = 0; // the kernel's word for its default, which it takes with no data
    out = *io_class == none ? default_io_priority : *io_class << io_class_shift | data;
}
void read_io_priority(Setting& setting, std::optional<int>& out) {
    if (setting.value.empty()) return out.reset();
    auto data = parse_io_priority(setting.value);
    if (!data)
        return setting.warning(cat("Failed to parse IO priority, ignoring: ", setting.value));
    out = (out.value_or(default_io_priority) >> io_class_shift) << io_class_shift | *data;
}
// What the unit says, or else what its processes inherit.
template <auto Member, int (*Inherited)()>
int effective(const LoadedUnit& unit) {
    const std::optional<int>& said = exec_of(unit).*Member;
    return said ? *said : Inherited();
}
template <auto Member, int (*Inherited)()>
PropertyValue effective_number(const LoadedUnit& unit) {
    return int32_t{effective<Member, Inherited>(unit)};
}
constexpr auto effective_io_priority = effective<&ExecConfig::io_priority, inherited_io_priority>;
PropertyValue io_class(const LoadedUnit& unit) {
    return int32_t{effective_io_priority(unit) >> io_class_shift};
}
PropertyValue io_priority(const LoadedUnit& unit) {
    return int32_t{effective_io_priority(unit) & ((1 << io_class_shift) - 1)};
}

// --- capabilities --------------------------------------------------------------------------------

template <uint64_t Initial>
void read_capability_set(Setting& setting, uint64_t& out) {
    read_capabilities(setting, Initial, out);
}

void read_secure_bits(Setting& setting, int& out) {
    struct {
        std::string_view word;
        int bit;
    } constexpr bits[] = {{"keep-caps", SECBIT_KEEP_CAPS},
                          {"keep-caps-locked", SECBIT_KEEP_CAPS_LOCKED},
                          {"no-setuid-fixup", SECBIT_NO_SETUID_FIXUP},
                          {"no-setuid-fixup-locked", SECBIT_NO_SETUID_FIXUP_LOCKED},
                          {"noroot", SECBIT_NOROOT},
                          {"noroot-locked", SECBIT_NOROOT_LOCKED}};
    if (setting.value.empty()) {
        out = 0;
        return;
    }
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {.unquote = true}, "Invalid syntax, ignoring: ")) {
        for (const auto& known : bits) {
            if (known.word == *word) out |= known.bit;
        }
    }
}
PropertyValue bounding_set(const LoadedUnit& unit) {
    return uint64_t{exec_of(unit).capability_bounding_set};
}
PropertyValue ambient_set(const LoadedUnit& unit) {
    return uint64_t{exec_of(unit).ambient_capabilities};
}

// --- where it runs -------------------------------------------------------------------------------

void read_search_path(Setting& setting, std::vector<std::string>& out) {
    if (setting.value.empty()) return out.clear();
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {.separators = ":"})) {
        auto text = expanded(setting, *word);
        if (!text) continue;
        if (auto path = checked_path(setting, *text)) out.push_back(std::move(*path));
    }
}

void read_root_directory(Setting& setting, std::string& out) {
    read_path(setting, out);
    if (out == "/") out.clear();
}

void read_cpu_affinity(Setting& setting, CpuSet& out) {
    bool& from_numa = setting.unit.exec.edit().cpu_affinity_from_numa;
    bool is_numa = setting.value == "numa";
    if (!setting.value.empty() && !is_numa) {
        if (read_cpus(setting, out)) from_numa = false;
        return;
    }
    from_numa = is_numa;
    out.clear();
}

// A bit for each CPU, the lowest first.
PropertyValue cpu_affinity(const LoadedUnit& unit) {
    const CpuSet& cpus = exec_of(unit).cpu_affinity;
    constexpr size_t word = 8; // systemd's mask is made of words of 64 bits
    Bytes mask(cpus.empty() ? 0 : (cpus.back() / 64 + 1) * word);
    for (uint16_t cpu : cpus) mask[cpu / 8] |= static_cast<uint8_t>(1 << cpu % 8);
    return mask;
}
PropertyValue cpu_affinity_from_numa(const LoadedUnit& unit) {
    return exec_of(unit).cpu_affinity_from_numa;
}

constexpr Directive exec_directives[] = {
    row<&ExecConfig::user, read_service_user>("User", Same, "User", "s"),
    row<&ExecConfig::group, read_user>("Group", Same, "Group", "s"),
    row<&ExecConfig::dynamic_user>("DynamicUser", Different, "DynamicUser", "b"),
    row<&ExecConfig::supplementary_groups, read_groups>("SupplementaryGroups", Same,
                                                        "SupplementaryGroups", "as"),
    row<&ExecConfig::working_directory, read_working_directory, working_directory>(
        "WorkingDirectory", Same, "WorkingDirectory", "s"),
    row<&ExecConfig::environment, read_environment>("Environment", Same, "Environment", "as"),
    row<&ExecConfig::environment_files, read_environment_file, environment_files>(
        "EnvironmentFile", Same, "EnvironmentFiles", "a(sb)"),
    row<&ExecConfig::pass_environment, read_pass_environment>("PassEnvironment", Same,
                                                              "PassEnvironment", "as"),
    row<&ExecConfig::unset_environment, read_unset_environment>("UnsetEnvironment", Same,
                                                                "UnsetEnvironment", "as"),
    row<&ExecConfig::umask, read_mode>("UMask", Same, "UMask", "u"),
    row<&ExecConfig::nice, read_nice, effective_number<&ExecConfig::nice, inherited_nice>>(
        "Nice", Same, "Nice", "i"),
    row<&ExecConfig::oom_score_adjust, read_oom_score_adjust,
        effective_number<&ExecConfig::oom_score_adjust, inherited_oom_score_adjust>>(
        "OOMScoreAdjust", Same, "OOMScoreAdjust", "i"),
    row<&ExecConfig::cpu_scheduling_policy, read_scheduling_policy,
        effective_number<&ExecConfig::cpu_scheduling_policy, inherited_cpu_scheduling_policy>>(
        "CPUSchedulingPolicy", Same, "CPUSchedulingPolicy", "i"),
    row<&ExecConfig::cpu_scheduling_priority, read_scheduling_priority, scheduling_priority>(
        "CPUSchedulingPriority", Same, "CPUSchedulingPriority", "i"),
    row<&ExecConfig::cpu_scheduling_reset_on_fork>("CPUSchedulingResetOnFork", Same,
                                                   "CPUSchedulingResetOnFork", "b"),
    row<&ExecConfig::io_priority, read_io_class, io_class>("IOSchedulingClass", Same,
                                                           "IOSchedulingClass", "i"),
    row<&ExecConfig::io_priority, read_io_priority, io_priority>("IOSchedulingPriority", Same,
                                                                 "IOSchedulingPriority", "i"),
    row<&ExecConfig::ignore_sigpipe>("IgnoreSIGPIPE", Same, "IgnoreSIGPIPE", "b"),
    row<&ExecConfig::no_new_privileges>("NoNewPrivileges", Same, "NoNewPrivileges", "b"),
    formatted(
        row<&ExecConfig::capability_bounding_set, read_capability_set<UINT64_MAX>, bounding_set>(
            "CapabilityBoundingSet", Different, "CapabilityBoundingSet", "t"),
        ValueFormat::Capabilities),
    formatted(row<&ExecConfig::ambient_capabilities, read_capability_set<0>, ambient_set>(
                  "AmbientCapabilities", Same, "AmbientCapabilities", "t"),
              ValueFormat::Capabilities),
    row<&ExecConfig::secure_bits, read_secure_bits>("SecureBits", Same, "SecureBits", "i"),
    row<&ExecConfig::exec_search_path, read_search_path>("ExecSearchPath", Same, "ExecSearchPath",
                                                         "as"),
    formatted(row<&ExecConfig::cpu_affinity, read_cpu_affinity, cpu_affinity>(
                  "CPUAffinity", Different, "CPUAffinity", "ay"),
              ValueFormat::NumberSet),
    {"", Different, nullptr, "CPUAffinityFromNUMA", "b", cpu_affinity_from_numa},
    row<&ExecConfig::root_directory, read_root_directory>("RootDirectory", Different,
                                                          "RootDirectory", "s"),
    // Since systemd 253.
    {"SetLoginEnvironment", Accepted},
    {"ImportCredential", Accepted},
    {"MemoryKSM", Accepted},
    {"LogFilterPatterns", Accepted},
};

} // namespace

void read_user(Setting& setting, std::string& out) {
    if (setting.value.empty()) return out.clear();
    auto name = expanded(setting, setting.value, "", OnError::Refuse);
    if (!name) return;
    if (is_user_name(*name))
        out = std::move(*name);
    else
        refuse(setting, cat("Invalid user/group name or numeric ID: ", *name));
}

std::span<const Directive> exec_rows() {
    return in_section<exec_directives, Section::Exec>;
}

} // namespace sctl
