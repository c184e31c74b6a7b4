// The directives of [Service] that are known and not acted on: sandboxing that needs namespaces or
// seccomp filters, and limits that need a control group. Their properties tell what is written, as
// systemd's do; that it does not hold is said when the unit starts, and in docs/compat.md.
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "unit/directive_rows.hpp"
#include "unit/parse_value.hpp"
#include "unit/time_span.hpp"

namespace sctl {
namespace {

using enum Support;

PropertyValue no(const LoadedUnit&) {
    return false;
}
PropertyValue no_names(const LoadedUnit&) {
    return std::vector<std::string>{};
}
template <int32_t Value>
PropertyValue i(const LoadedUnit&) {
    return int32_t{Value};
}
template <uint32_t Value>
PropertyValue u(const LoadedUnit&) {
    return uint32_t{Value};
}
template <uint64_t Value>
PropertyValue t(const LoadedUnit&) {
    return uint64_t{Value};
}
// A text as a template argument.
template <size_t Size>
struct Text {
    char characters[Size];
    consteval Text(const char (&text)[Size]) { std::copy_n(text, Size, characters); }
};
template <Text Value>
PropertyValue s(const LoadedUnit&) {
    return std::string(Value.characters);
}

const PropertyValue* written(const LoadedUnit& unit, std::string_view property) {
    auto found = std::ranges::find(unit.written_only, property,
                                   &std::pair<std::string_view, PropertyValue>::first);
    return found == unit.written_only.end() ? nullptr : &found->second;
}
void forget_written(LoadedUnit& unit, std::string_view property) {
    std::erase_if(unit.written_only, [&](const auto& each) { return each.first == property; });
}

PropertyValue keyring_mode(const LoadedUnit& unit) {
    bool service = unit.id.empty() || unit.id.type() == UnitType::Service;
    return std::string(service ? "private" : "shared");
}
// A unit that is not loaded shows none.
PropertyValue oom_policy(const LoadedUnit& unit) {
    if (!unit.own) return std::string();
    const auto* delegated = written(unit, "Delegate");
    return std::string(delegated && std::get<bool>(*delegated) ? "continue" : "stop");
}

void read_slice(Setting& setting) {
    auto text = expanded(setting, setting.value);
    if (!text) return;
    auto name = UnitName::parse(*text);
    if (!name || name->is_template())
        return setting.warning(cat("Failed to load slice unit ", *text, ". Ignoring."));
    if (name->type() != UnitType::Slice)
        return setting.warning(cat("Failed to assign slice ", *text, " to unit ",
                                   setting.unit.id.str(), ". Ignoring."));
    setting.unit.slice = *text;
}
// Settings of the old control groups, whose successors have other names.
template <Text Successor, void (*Parse)(Setting&)>
void read_obsolete(Setting& setting) {
    setting.warning(cat("Unit uses ", setting.key, "=; please use ", Successor.characters,
                        " instead. Support for ", setting.key, "= will be removed soon."));
    if constexpr (Parse != nullptr) Parse(setting);
}
template <Text Successor, auto MakeRow>
constexpr Directive obsolete() {
    constexpr auto parse = MakeRow().parse;
    auto row = MakeRow();
    row.parse = read_obsolete<Successor, parse>;
    return row;
}

PropertyValue slice(const LoadedUnit& unit) {
    return unit.slice;
}

constexpr uint64_t max = UINT64_MAX;            // "infinity", or "[not set]" of a weight
constexpr uint64_t all_namespaces = 0x7e020000; // of CLONE_NEW*: none is forbidden

// What is written, else what a unit shows that says nothing.
template <Text Name, PropertyValue (*Default)(const LoadedUnit&)>
PropertyValue written_or(const LoadedUnit& unit) {
    const auto* value = written(unit, Name.characters);
    return value ? *value : Default(unit);
}

template <Text Name>
void read_flag(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, Name.characters);
    bool value = false;
    auto parsed = parse_boolean(setting.value);
    if (!parsed) return read_value(setting, value); // which warns
    show_as(setting.unit, Name.characters, *parsed);
}
template <Text Name>
constexpr Directive flag(Support support) {
    return {"Service", Name.characters,      support, read_flag<Name>, Name.characters,
            "b",       written_or<Name, no>, ""};
}

template <Text Name>
void read_written_text(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, Name.characters);
    if (auto value = expanded(setting, setting.value))
        show_as(setting.unit, Name.characters, std::move(*value));
}
template <Text Name>
constexpr Directive text(Support support) {
    return {"Service", Name.characters,         support, read_written_text<Name>, Name.characters,
            "s",       written_or<Name, s<"">>, ""};
}

// Words, of which later lines add more.
template <Text Name>
void read_list(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, Name.characters);
    std::vector<std::string> list;
    if (const auto* before = written(setting.unit, Name.characters))
        list = std::get<std::vector<std::string>>(*before);
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {.unquote = true})) {
        if (auto value = expanded(setting, *word)) list.push_back(std::move(*value));
    }
    show_as(setting.unit, Name.characters, std::move(list));
}
template <Text Name>
constexpr Directive list(Support support) {
    return {"Service",
            Name.characters,
            support,
            read_list<Name>,
            Name.characters,
            "as",
            written_or<Name, no_names>,
            ""};
}

// One of the words, which "yes" and "no" may be among.
template <Text Name, Text Words>
void read_word(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, Name.characters);
    auto words = split(Words.characters, " ");
    std::string value(setting.value);
    bool known = std::ranges::find(words, value) != words.end();
    if (auto flag = parse_boolean(value); flag && !known) {
        value = *flag ? "yes" : "no";
        known = std::ranges::find(words, value) != words.end();
    }
    if (!known)
        return setting.warning(
            cat("Failed to parse ", setting.key, "= value, ignoring: ", setting.value));
    show_as(setting.unit, Name.characters, std::move(value));
}
template <Text Name, Text Words, PropertyValue (*Default)(const LoadedUnit&)>
constexpr Directive word(Support support, std::string_view neutral = "") {
    return {"Service", Name.characters,           support, read_word<Name, Words>, Name.characters,
            "s",       written_or<Name, Default>, neutral};
}

template <Text Name, uint64_t Least, uint64_t Most>
void read_weight(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, Name.characters);
    auto value = parse_integer<uint64_t>(setting.value, Least, Most);
    if (value)
        show_as(setting.unit, Name.characters, *value);
    else
        setting.warning(
            cat("Invalid weight '", setting.value, "', ignoring: ", strerror(value.error().code)));
}
template <Text Name, uint64_t Least = 1, uint64_t Most = 10000>
constexpr Directive weight() {
    return {"Service",
            Name.characters,
            Accepted,
            read_weight<Name, Least, Most>,
            Name.characters,
            "t",
            written_or<Name, t<max>>,
            ""};
}

// Bytes, or a share of the machine's memory.
template <Text Name>
void read_memory(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, Name.characters);
    if (setting.value == "infinity") return show_as(setting.unit, Name.characters, max);
    if (auto share = parse_permyriad(setting.value)) {
        auto pages = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES));
        auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
        constexpr uint64_t whole = 10000;
        return show_as(setting.unit, Name.characters,
                       pages * static_cast<uint64_t>(*share) / whole * page);
    }
    auto bytes = parse_size(setting.value);
    if (bytes)
        show_as(setting.unit, Name.characters, *bytes);
    else
        setting.warning(cat("Invalid memory limit '", setting.value,
                            "', ignoring: ", strerror(bytes.error().code)));
}
template <Text Name>
constexpr Directive ceiling() {
    return {"Service", Name.characters,          Absent,    read_memory<Name>, Name.characters,
            "t",       written_or<Name, t<max>>, "infinity"};
}
template <Text Name>
constexpr Directive floor_of() {
    return {"Service", Name.characters,        Accepted, read_memory<Name>, Name.characters,
            "t",       written_or<Name, t<0>>, ""};
}

// A number; "infinity" is the greatest. A share of what the machine allows is not worked out.
void read_tasks(Setting& setting) {
    constexpr std::string_view name = "TasksMax";
    if (setting.value.empty() || setting.value == "infinity" || setting.value.ends_with('%'))
        return forget_written(setting.unit, name);
    auto value = parse_integer<uint64_t>(setting.value, 1, max - 1);
    if (value)
        show_as(setting.unit, name, *value);
    else
        setting.warning(cat("Invalid maximum tasks value '", setting.value,
                            "', ignoring: ", strerror(value.error().code)));
}

template <Text Property>
void read_span(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, Property.characters);
    Span value{};
    auto parsed = parse_span(setting.value);
    if (!parsed) return read_value(setting, value); // which warns
    show_as(setting.unit, Property.characters, to_usec(*parsed));
}

void read_cpu_quota(Setting& setting) {
    constexpr std::string_view name = "CPUQuotaPerSecUSec";
    if (setting.value.empty()) return forget_written(setting.unit, name);
    auto share = parse_permyriad(setting.value, true);
    if (!share || *share == 0)
        return setting.warning(cat("Invalid CPU quota '", setting.value, "', ignoring."));
    constexpr uint64_t usec_of_permyriad = 100;
    show_as(setting.unit, name, static_cast<uint64_t>(*share) * usec_of_permyriad);
}

// Whether, or which controllers; D-Bus has the latter apart.
void read_delegate(Setting& setting) {
    forget_written(setting.unit, "DelegateControllers");
    if (setting.value.empty()) return show_as(setting.unit, "Delegate", true);
    auto flag = parse_boolean(setting.value);
    show_as(setting.unit, "Delegate", !flag || *flag);
    std::vector<std::string> controllers;
    if (!flag)
        for (auto each : split(setting.value)) controllers.emplace_back(each);
    else if (*flag)
        controllers = {"cpu", "cpuset", "io", "memory", "pids"};
    if (!controllers.empty()) show_as(setting.unit, "DelegateControllers", std::move(controllers));
}

void read_facility(Setting& setting) {
    auto facility = parse_log_facility(setting.value);
    if (!facility)
        return setting.warning(cat("Failed to parse log facility, ignoring: ", setting.value));
    show_as(setting.unit, "SyslogFacility", int32_t{*facility >> 3});
}
void read_log_level_max(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, "LogLevelMax");
    auto level = parse_log_level(setting.value);
    if (!level) return setting.warning(cat("Failed to parse log level, ignoring: ", setting.value));
    show_as(setting.unit, "LogLevelMax", int32_t{*level});
}

constexpr Directive value_row(std::string_view name, Support support, void (*parse)(Setting&),
                              std::string_view property, std::string_view signature,
                              PropertyValue (*get)(const LoadedUnit&),
                              std::string_view neutral = "") {
    return {"Service", name, support, parse, property, signature, get, neutral};
}

constexpr Directive idle_directives[] = {
    // The file system as the service sees it.
    text<"RootImage">(Protection),
    idle_row("RootImageOptions", Absent),
    idle_row("RootHash", Protection),
    idle_row("RootHashSignature", Protection),
    text<"RootVerity">(Protection),
    list<"ExtensionDirectories">(Absent),
    idle_row("ExtensionImages", Absent),
    idle_row("MountImages", Absent),
    list<"ReadWritePaths">(Accepted),
    list<"ReadOnlyPaths">(Protection),
    list<"InaccessiblePaths">(Protection),
    list<"ExecPaths">(Accepted),
    list<"NoExecPaths">(Protection),
    idle_row("ReadWriteDirectories", Accepted),
    idle_row("ReadOnlyDirectories", Protection),
    idle_row("InaccessibleDirectories", Protection),
    idle_row("BindPaths", Absent),
    idle_row("BindReadOnlyPaths", Absent),
    idle_row("TemporaryFileSystem", Protection),
    flag<"PrivateTmp">(Protection),
    flag<"PrivateMounts">(Protection),
    word<"ProtectSystem", "no yes full strict", s<"no">>(Protection),
    word<"ProtectHome", "no yes read-only tmpfs", s<"no">>(Protection),
    idle_row("MountFlags", Accepted, "MountFlags", "t", t<0>),
    flag<"MountAPIVFS">(Accepted),

    // What the service may do.
    flag<"RemoveIPC">(Absent),
    word<"KeyringMode", "inherit private shared", keyring_mode>(Accepted),
    word<"ProtectProc", "default noaccess invisible ptraceable", s<"default">>(Protection,
                                                                               "default"),
    word<"ProcSubset", "all pid", s<"all">>(Protection, "all"),
    idle_row("SystemCallFilter", Protection),
    list<"SystemCallArchitectures">(Protection),
    idle_row("SystemCallErrorNumber", Accepted, "SystemCallErrorNumber", "i", i<2147483646>),
    idle_row("SystemCallLog", Absent),
    flag<"MemoryDenyWriteExecute">(Protection),
    idle_row("RestrictNamespaces", Protection, "RestrictNamespaces", "t", t<all_namespaces>),
    flag<"RestrictRealtime">(Protection),
    flag<"RestrictSUIDSGID">(Protection),
    idle_row("RestrictAddressFamilies", Protection),
    idle_row("RestrictFileSystems", Protection),
    flag<"LockPersonality">(Protection),
    flag<"PrivateDevices">(Protection),
    flag<"PrivateNetwork">(Protection),
    flag<"PrivateUsers">(Protection),
    flag<"PrivateIPC">(Protection),
    text<"NetworkNamespacePath">(Protection),
    text<"IPCNamespacePath">(Protection),
    flag<"ProtectKernelTunables">(Protection),
    flag<"ProtectKernelModules">(Protection),
    flag<"ProtectKernelLogs">(Protection),
    flag<"ProtectClock">(Protection),
    flag<"ProtectControlGroups">(Protection),
    flag<"ProtectHostname">(Protection),
    idle_row("SELinuxContext", Protection),
    idle_row("AppArmorProfile", Protection),
    idle_row("SmackProcessLabel", Protection),

    // How it runs.
    text<"Personality">(Absent),
    text<"PAMName">(Absent),
    text<"UtmpIdentifier">(Accepted),
    word<"UtmpMode", "init login user", s<"init">>(Accepted),
    idle_row("CoredumpFilter", Absent, "CoredumpFilter", "t", t<0x33>, "default"),
    idle_row("NUMAPolicy", Absent, "NUMAPolicy", "i", i<-1>, "default"),
    idle_row("NUMAMask", Absent),
    idle_row("TimerSlackNSec", Accepted, "TimerSlackNSec", "t", t<50000>),
    text<"USBFunctionDescriptors">(Absent),
    text<"USBFunctionStrings">(Absent),
    word<"OOMPolicy", "continue stop kill", oom_policy>(Accepted),

    // Terminals and logs.
    flag<"TTYReset">(Absent),
    flag<"TTYVHangup">(Absent),
    flag<"TTYVTDisallocate">(Accepted),
    idle_row("TTYRows", Absent),
    idle_row("TTYColumns", Absent),
    value_row("SyslogFacility", Accepted, read_facility, "SyslogFacility", "i",
              written_or<"SyslogFacility", i<3>>),
    value_row("LogLevelMax", Absent, read_log_level_max, "LogLevelMax", "i",
              written_or<"LogLevelMax", i<-1>>, "debug"),
    value_row("LogRateLimitIntervalSec", Accepted, read_span<"LogRateLimitIntervalUSec">,
              "LogRateLimitIntervalUSec", "t", written_or<"LogRateLimitIntervalUSec", t<0>>),
    idle_row("LogRateLimitBurst", Accepted, "LogRateLimitBurst", "u", u<0>),
    idle_row("LogExtraFields", Accepted),
    text<"LogNamespace">(Absent),

    // systemd.resource-control(5).
    {"Service", "Slice", Accepted, read_slice, "Slice", "s", slice, ""},
    value_row("Delegate", Accepted, read_delegate, "Delegate", "b", written_or<"Delegate", no>),
    list<"DisableControllers">(Accepted),
    flag<"CPUAccounting">(Accepted),
    weight<"CPUWeight">(),
    weight<"StartupCPUWeight">(),
    obsolete<"CPUWeight=", weight<"CPUShares", 2, 262144>>(),
    obsolete<"CPUWeight=", weight<"StartupCPUShares", 2, 262144>>(),
    value_row("CPUQuota", Absent, read_cpu_quota, "CPUQuotaPerSecUSec", "t",
              written_or<"CPUQuotaPerSecUSec", t<max>>),
    value_row("CPUQuotaPeriodSec", Accepted, read_span<"CPUQuotaPeriodUSec">, "CPUQuotaPeriodUSec",
              "t", written_or<"CPUQuotaPeriodUSec", t<max>>),
    idle_row("AllowedCPUs", Absent),
    idle_row("StartupAllowedCPUs", Absent),
    idle_row("AllowedMemoryNodes", Absent),
    idle_row("StartupAllowedMemoryNodes", Absent),
    flag<"MemoryAccounting">(Accepted),
    floor_of<"MemoryMin">(),
    floor_of<"MemoryLow">(),
    floor_of<"DefaultMemoryMin">(),
    floor_of<"DefaultMemoryLow">(),
    ceiling<"MemoryHigh">(),
    ceiling<"MemoryMax">(),
    ceiling<"MemorySwapMax">(),
    obsolete<"MemoryMax=", ceiling<"MemoryLimit">>(),
    flag<"TasksAccounting">(Accepted),
    value_row("TasksMax", Absent, read_tasks, "TasksMax", "t", written_or<"TasksMax", t<max>>,
              "infinity"),
    flag<"IOAccounting">(Accepted),
    weight<"IOWeight">(),
    weight<"StartupIOWeight">(),
    idle_row("IODeviceWeight", Accepted),
    idle_row("IOReadBandwidthMax", Absent),
    idle_row("IOWriteBandwidthMax", Absent),
    idle_row("IOReadIOPSMax", Absent),
    idle_row("IOWriteIOPSMax", Absent),
    idle_row("IODeviceLatencyTargetSec", Accepted),
    flag<"BlockIOAccounting">(Accepted),
    weight<"BlockIOWeight", 10, 1000>(),
    weight<"StartupBlockIOWeight", 10, 1000>(),
    obsolete<"IO*= settings", [] { return idle_row("BlockIODeviceWeight", Accepted); }>(),
    obsolete<"IO*= settings", [] { return idle_row("BlockIOReadBandwidth", Absent); }>(),
    obsolete<"IO*= settings", [] { return idle_row("BlockIOWriteBandwidth", Absent); }>(),
    word<"DevicePolicy", "auto closed strict", s<"auto">>(Protection, "auto"),
    idle_row("DeviceAllow", Protection),
    flag<"IPAccounting">(Accepted),
    idle_row("IPAddressAllow", Accepted),
    idle_row("IPAddressDeny", Protection),
    list<"IPIngressFilterPath">(Protection),
    list<"IPEgressFilterPath">(Protection),
    idle_row("SocketBindAllow", Accepted),
    idle_row("SocketBindDeny", Protection),
    idle_row("RestrictNetworkInterfaces", Protection),
    idle_row("BPFProgram", Absent),
    word<"ManagedOOMSwap", "auto kill", s<"auto">>(Accepted),
    word<"ManagedOOMMemoryPressure", "auto kill", s<"auto">>(Accepted),
    idle_row("ManagedOOMMemoryPressureLimit", Accepted, "ManagedOOMMemoryPressureLimit", "u", u<0>),
    word<"ManagedOOMPreference", "none avoid omit", s<"none">>(Accepted),
};

} // namespace

void show_as(LoadedUnit& unit, std::string_view property, PropertyValue value) {
    forget_written(unit, property);
    unit.written_only.emplace_back(property, std::move(value));
}

std::span<const Directive> idle_rows() {
    return idle_directives;
}

} // namespace sctl
