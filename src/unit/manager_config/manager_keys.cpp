#include "unit/manager_config/manager_keys.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/files.hpp"
#include "base/text.hpp"
#include "unit/syntax/escape.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/syntax/specifiers.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/values/enum_text.hpp"

namespace sctl {
namespace {

using enum Support;
using C = ManagerConfig;
using U = UnitDefaults;

template <class T>
[[nodiscard]] T& part(ManagerConfig& config) {
    if constexpr (std::is_same_v<T, UnitDefaults>)
        return config.units;
    else
        return config;
}
template <class T, class M>
[[nodiscard]] T owner_of_member(M T::*);

// A key whose value is a member of the config; by default the member's type decides how it is read.
constexpr auto by_type_of_member = [](const SettingText& setting, auto& out) {
    read_value(setting, out);
};
template <auto Member, auto Reader = by_type_of_member>
[[nodiscard]] constexpr ManagerKey key(std::string_view name, Support support = Same) {
    using Owner = decltype(owner_of_member(Member));
    return {name, support,
            [](ManagerSetting& setting) { Reader(setting, part<Owner>(setting.config).*Member); }};
}

// --- what we do not act on, and what is still wrong with it --------------------------------------

void read_unmet(ManagerSetting& setting) {
    const ManagerKey& row = setting.row;
    if (!row.check(setting) || row.support == Accepted) return;
    bool asks = !setting.value.empty() && parse_boolean(setting.value).value_or(true);
    setting.config.note_wish(row.name, asks, row.support == Protection);
}
[[nodiscard]] constexpr ManagerKey unmet(std::string_view name, Support support,
                                         bool (*check)(const ManagerSetting&)) {
    return {name, support, read_unmet, check};
}

// Warns of a value that is none.
bool check(const ManagerSetting& setting, bool is_good, std::string_view complaint) {
    if (!is_good) setting.warning(cat(complaint, setting.value));
    return is_good;
}

bool is_flag(const ManagerSetting& setting) {
    return check(setting, parse_boolean(setting.value).has_value(),
                 "Failed to parse boolean value, ignoring: ");
}
template <size_t Size>
bool is_among(std::string_view text, const std::string_view (&words)[Size]) {
    return std::ranges::find(words, text) != std::end(words);
}

bool is_console(const ManagerSetting& setting) {
    if (parse_boolean(setting.value)) return true;
    auto number = parse_integer<int>(setting.value);
    return check(setting, number.has_value(), "Failed to parse CrashChangeVT= setting, ignoring: ");
}
bool is_watchdog_time(const ManagerSetting& setting) {
    bool is_word = setting.value == "off" || setting.value == "default";
    return check(setting, is_word || parse_span(setting.value).has_value(),
                 "Failed to parse sec value, ignoring: ");
}
bool is_device(const ManagerSetting& setting) {
    if (setting.value.empty()) return true;
    bool is_absolute = setting.value.starts_with('/');
    return check(setting, is_absolute && is_normalized_absolute(setting.value),
                 cat(setting.key, "= path is not ", is_absolute ? "normalized" : "absolute",
                     ", ignoring: "));
}
void read_smack_label(ManagerSetting& setting) {
    bool asks = !setting.value.empty() && setting.value != "/"; // which asks for none
    setting.config.note_wish(setting.row.name, asks, true);
}
bool has_safe_text(const ManagerSetting& setting) {
    bool good = std::ranges::none_of(setting.value, [](unsigned char c) {
        return c < ' ' || c == '"' || c == '\'' || c == '\\' || c == 0x7f;
    });
    if (!good)
        setting.warning(cat("Specified string contains unsafe characters, ignoring: ",
                            c_escape(setting.value)));
    return good;
}
bool is_limit(const ManagerSetting& setting) {
    std::vector<ResourceLimit> limits;
    read_limit(setting, limits);
    return !limits.empty();
}
bool was_removed(const ManagerSetting& setting) {
    setting.warning(
        cat("Support for option ", setting.key, "= has been removed and it is ignored"));
    return false;
}

void read_own_numa_policy(ManagerSetting& setting) {
    constexpr std::string_view policies[] = {"default", "preferred", "bind", "interleave", "local"};
    bool is_usual = setting.value.empty() || setting.value == "default";
    if (check(setting, is_usual || is_among(setting.value, policies),
              "Invalid NUMA policy type, ignoring: "))
        setting.config.note_wish(setting.row.name, !is_usual);
}
bool is_numa_mask(const ManagerSetting& setting) {
    CpuSet nodes;
    return check(setting,
                 setting.value.empty() || setting.value == "all" || read_cpus(setting, nodes),
                 "Failed to parse NUMA node mask, ignoring: ");
}
bool is_architectures(const ManagerSetting& setting) {
    std::vector<std::string> architectures;
    read_architectures(setting, architectures);
    return setting.value.empty() || !architectures.empty();
}

// --- the log -------------------------------------------------------------------------------------

// What systemd says of these, quotes and all.
bool check_log_setting(const ManagerSetting& setting, bool is_good, std::string_view what) {
    if (!is_good)
        setting.warning(cat("Invalid ", what, "'", setting.value, "': ", strerror(EINVAL)));
    return is_good;
}
void read_log_target(ManagerSetting& setting) {
    if (check_log_setting(setting, is_log_target(setting.value), "target"))
        setting.config.note_wish(setting.row.name, !is_our_log_target(setting.value));
}
bool is_log_location(const ManagerSetting& setting) {
    return check_log_setting(setting, parse_boolean(setting.value).has_value(), "location");
}
void read_log_flag(const ManagerSetting& setting, bool& out) {
    auto flag = parse_boolean(setting.value);
    bool is_time = setting.row.name == "LogTime";
    if (check_log_setting(setting, flag.has_value(), is_time ? "time" : "color")) out = *flag;
}
void read_own_log_level(const ManagerSetting& setting, std::optional<int>& out) {
    auto level = parse_log_level(setting.value);
    if (check_log_setting(setting, level.has_value(), "log level")) out = *level;
}
void read_show_status(const ManagerSetting& setting, std::optional<bool>& out) {
    auto shows = parse_show_status(setting.value);
    if (check(setting, shows.has_value(), "Failed to parse show status setting, ignoring: "))
        out = *shows;
}
void read_status_unit_format(const ManagerSetting& setting, StatusUnitFormat& out) {
    auto format = parse_status_unit_format(setting.value);
    if (check(setting, format.has_value(), "Failed to parse status unit format, ignoring: "))
        out = *format;
}

// --- the manager's own process -------------------------------------------------------------------

void read_affinity(const ManagerSetting& setting, CpuSet& out) {
    if (setting.value.empty()) return out.clear();
    read_cpus(setting, out);
}
void read_bounding_set(const ManagerSetting& setting, uint64_t& out) {
    read_capabilities(setting, UINT64_MAX, out);
}
void read_own_timer_slack(const ManagerSetting& setting, std::optional<uint64_t>& out) {
    auto slack = parse_nanoseconds(setting.value);
    if (check(setting, slack.has_value(), "Failed to parse nsec value, ignoring: ")) out = *slack;
}
// systemd-system.conf(5), "Specifiers".
void read_configured_environment(const ManagerSetting& setting, std::vector<std::string>& out) {
    read_assignments(setting, out, [&](std::string_view word) {
        return expand_machine_specifiers(word, setting.facts, "aAbBHlqmMovwWTV");
    });
}

// --- of units ------------------------------------------------------------------------------------

template <auto Member>
void read_output_of(ManagerSetting& setting) {
    auto value = setting.value;
    auto output = from_text<ExecOutput>(value);
    if (value == "syslog" || value == "syslog+console") {
        output = value == "syslog" ? ExecOutput::Journal : ExecOutput::JournalAndConsole;
        setting.warning(cat("Standard output type ", value,
                            " is obsolete, automatically updating to ", to_text(*output),
                            ". Please update your configuration."));
    } else if (!check(setting, output.has_value(), "Failed to parse output type, ignoring: ")) {
        return;
    } else if (*output >= ExecOutput::Socket) {
        setting.warning(
            cat("Standard output types socket, fd:, file:, append:, truncate: are not supported "
                "as defaults, ignoring: ",
                value));
        return;
    }
    bool is_had = can_be_default(*output);
    setting.config.note_wish(setting.row.name, !is_had);
    if (is_had) setting.config.units.*Member = *output;
}

void read_default_oom_score_adjust(const ManagerSetting& setting, std::optional<int>& out) {
    if (setting.value.empty()) return out.reset();
    auto value = parse_oom_score_adjust(setting.value);
    if (value)
        out = *value;
    else
        setting.warning(cat("Failed to parse the OOM score adjust value '", setting.value,
                            "', ignoring: ", strerror(value.error().code)));
}

// What units show of a directive that is not acted on: "DefaultTasksMax" is that of TasksMax=.
void show_default(ManagerSetting& setting, std::optional<PropertyValue> value) {
    auto property = setting.row.name.substr(strlen("Default"));
    auto& shown = setting.config.units.shown;
    std::erase_if(shown, [&](const auto& each) { return each.first == property; });
    if (value) shown.emplace_back(property, *std::move(value));
}
void read_accounting(ManagerSetting& setting) {
    bool value = false;
    if (!is_flag(setting)) return;
    read_value(setting, value);
    show_default(setting, value);
}
// Nothing configured: whatever the kernel does anyway.
void read_cpu_accounting(ManagerSetting& setting) {
    if (setting.value.empty()) return show_default(setting, std::nullopt);
    auto value = parse_boolean(setting.value);
    if (check(setting, value.has_value(),
              "Failed to parse boolean value for DefaultCPUAccounting=, ignoring: "))
        show_default(setting, *value);
}
void read_default_tasks_max(ManagerSetting& setting) {
    if (setting.value.empty()) return show_default(setting, std::nullopt);
    if (auto value = read_tasks_max(setting)) show_default(setting, *value);
}
void read_oom_policy(ManagerSetting& setting) {
    constexpr std::string_view policies[] = {"continue", "stop", "kill"};
    if (check(setting, is_among(setting.value, policies), "Failed to parse OOM policy, ignoring: "))
        show_default(setting, std::string(setting.value));
}

constexpr ManagerKey default_limit(std::string_view name) {
    return key<&U::limits, read_limit>(name);
}

constexpr ManagerKey keys[] = {
    key<&C::log_level, read_own_log_level>("LogLevel"),
    {"LogTarget", Different, read_log_target},
    key<&C::log_color, read_log_flag>("LogColor"),
    unmet("LogLocation", Absent, is_log_location),
    key<&C::log_time, read_log_flag>("LogTime"),
    unmet("DumpCore", Accepted, is_flag),
    unmet("CrashChVT", Accepted, is_console),
    unmet("CrashChangeVT", Accepted, is_console),
    unmet("CrashShell", Absent, is_flag),
    unmet("CrashReboot", Absent, is_flag),
    key<&C::show_status, read_show_status>("ShowStatus", Different),
    key<&C::status_unit_format, read_status_unit_format>("StatusUnitFormat"),
    key<&C::cpu_affinity, read_affinity>("CPUAffinity"),
    {"NUMAPolicy", Absent, read_own_numa_policy},
    unmet("NUMAMask", Absent, is_numa_mask),
    unmet("JoinControllers", Accepted, was_removed),
    unmet("RuntimeWatchdogSec", Accepted, is_watchdog_time),
    unmet("RuntimeWatchdogPreSec", Accepted, is_watchdog_time),
    unmet("RebootWatchdogSec", Accepted, is_watchdog_time),
    unmet("ShutdownWatchdogSec", Accepted, is_watchdog_time),
    unmet("KExecWatchdogSec", Accepted, is_watchdog_time),
    unmet("WatchdogDevice", Accepted, is_device),
    unmet("RuntimeWatchdogPreGovernor", Accepted, has_safe_text),
    key<&C::capability_bounding_set, read_bounding_set>("CapabilityBoundingSet", Different),
    key<&C::no_new_privileges>("NoNewPrivileges"),
    unmet("SystemCallArchitectures", Protection, is_architectures),
    key<&C::timer_slack, read_own_timer_slack>("TimerSlackNSec"),
    key<&U::timer_accuracy>("DefaultTimerAccuracySec"),
    {"DefaultStandardOutput", Different, read_output_of<&U::std_output>},
    {"DefaultStandardError", Different, read_output_of<&U::std_error>},
    key<&U::timeout_start>("DefaultTimeoutStartSec"),
    key<&U::timeout_stop>("DefaultTimeoutStopSec"),
    key<&U::timeout_abort, read_timeout_abort>("DefaultTimeoutAbortSec"),
    key<&U::device_timeout>("DefaultDeviceTimeoutSec", Accepted),
    key<&U::restart_sec>("DefaultRestartSec"),
    key<&U::start_limit_interval>("DefaultStartLimitInterval"),
    key<&U::start_limit_interval>("DefaultStartLimitIntervalSec"),
    key<&U::start_limit_burst>("DefaultStartLimitBurst"),
    key<&C::environment, read_configured_environment>("DefaultEnvironment"),
    key<&C::manager_environment, read_configured_environment>("ManagerEnvironment"),
    default_limit("DefaultLimitCPU"),
    default_limit("DefaultLimitFSIZE"),
    default_limit("DefaultLimitDATA"),
    default_limit("DefaultLimitSTACK"),
    default_limit("DefaultLimitCORE"),
    default_limit("DefaultLimitRSS"),
    default_limit("DefaultLimitNOFILE"),
    default_limit("DefaultLimitAS"),
    default_limit("DefaultLimitNPROC"),
    default_limit("DefaultLimitMEMLOCK"),
    unmet("DefaultLimitLOCKS", Accepted, is_limit),
    default_limit("DefaultLimitSIGPENDING"),
    default_limit("DefaultLimitMSGQUEUE"),
    default_limit("DefaultLimitNICE"),
    default_limit("DefaultLimitRTPRIO"),
    default_limit("DefaultLimitRTTIME"),
    {"DefaultCPUAccounting", Accepted, read_cpu_accounting},
    {"DefaultIOAccounting", Accepted, read_accounting},
    {"DefaultIPAccounting", Accepted, read_accounting},
    {"DefaultBlockIOAccounting", Accepted, read_accounting},
    {"DefaultMemoryAccounting", Accepted, read_accounting},
    {"DefaultTasksAccounting", Accepted, read_accounting},
    {"DefaultTasksMax", Accepted, read_default_tasks_max},
    key<&C::ctrl_alt_del_burst_action, read_emergency_action>("CtrlAltDelBurstAction", Accepted),
    {"DefaultOOMPolicy", Accepted, read_oom_policy},
    key<&U::oom_score_adjust, read_default_oom_score_adjust>("DefaultOOMScoreAdjust"),
    {"DefaultSmackProcessLabel", Protection, read_smack_label},
};

} // namespace

const PropertyValue* UnitDefaults::shown_value(std::string_view property) const {
    auto found =
        std::ranges::find(shown, property, &std::pair<std::string_view, PropertyValue>::first);
    return found == shown.end() ? nullptr : &found->second;
}

std::span<const ManagerKey> manager_keys() {
    return keys;
}

const ManagerKey* find_manager_key(std::string_view name) {
    auto found = std::ranges::find(keys, name, &ManagerKey::name);
    return found == std::end(keys) ? nullptr : found;
}

Result<bool> parse_show_status(std::string_view text) {
    if (auto flag = parse_boolean(text)) return flag;
    // Between the two: lines for what fails alone, as our lines off are.
    if (text == "error" || text == "auto") return false;
    return Error{EINVAL, cat("No such way to show the status: ", text), {}};
}

Result<StatusUnitFormat> parse_status_unit_format(std::string_view text) {
    constexpr std::string_view words[] = {"name", "description", "combined"};
    auto found = std::ranges::find(words, text);
    if (found == std::end(words)) return Error{EINVAL, cat("No such format: ", text), {}};
    return static_cast<StatusUnitFormat>(found - words);
}

bool is_log_target(std::string_view word) {
    constexpr std::string_view targets[] = {
        "console", "console-prefixed", "kmsg", "journal", "journal-or-kmsg",
        "syslog",  "syslog-or-kmsg",   "auto", "null"};
    return is_among(word, targets);
}

bool is_our_log_target(std::string_view word) {
    return word == "console" || word == "auto";
}

bool can_be_default(ExecOutput output) {
    return output != ExecOutput::Tty;
}

void ManagerConfig::note_wish(std::string_view name, bool is_unmet, bool protects) {
    std::erase_if(unmet, [&](const UnmetWish& wish) { return wish.name == name; });
    if (is_unmet) unmet.push_back({name, protects});
}

std::string unmet_wishes(const ManagerConfig& config) {
    std::string absent, protection;
    for (const UnmetWish& wish : config.unmet) {
        auto& list = wish.protects ? protection : absent;
        list += cat(list.empty() ? "" : ", ", wish.name, "=");
    }
    std::string text;
    if (!absent.empty())
        text = cat("These settings of the manager have no effect here: ", absent, ".");
    if (!protection.empty())
        text += cat(text.empty() ? "" : " ", "Services run without the protection of ", protection,
                    ".");
    return text;
}

} // namespace sctl
