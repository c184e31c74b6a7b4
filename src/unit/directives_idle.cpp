// The directives of [Service] that are known and not acted on: sandboxing that needs namespaces or
// seccomp filters, and limits that need a control group. Their properties tell what holds here.
// How each counts is said in docs/compat.md.
#include <algorithm>

#include "unit/directive_rows.hpp"

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

PropertyValue keyring_mode(const LoadedUnit& unit) {
    bool service = unit.id.empty() || unit.id.type() == UnitType::Service;
    return std::string(service ? "private" : "shared");
}
// A unit that is not loaded shows none.
PropertyValue oom_policy(const LoadedUnit& unit) {
    return std::string(unit.service ? "stop" : "");
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
PropertyValue slice(const LoadedUnit& unit) {
    return unit.slice;
}

constexpr uint64_t max = UINT64_MAX;            // "infinity", or "[not set]" of a weight
constexpr uint64_t all_namespaces = 0x7e020000; // of CLONE_NEW*: none is forbidden

constexpr Directive flag(std::string_view name, Support support) {
    return idle_row(name, support, name, "b", no);
}
constexpr Directive text(std::string_view name, Support support) {
    return idle_row(name, support, name, "s", s<"">);
}
constexpr Directive list(std::string_view name, Support support) {
    return idle_row(name, support, name, "as", no_names);
}
constexpr Directive weight(std::string_view name) {
    return idle_row(name, Accepted, name, "t", t<max>);
}
constexpr Directive ceiling(std::string_view name) {
    return idle_row(name, Absent, name, "t", t<max>, "infinity");
}
constexpr Directive floor_of(std::string_view name) {
    return idle_row(name, Accepted, name, "t", t<0>);
}

constexpr Directive idle_directives[] = {
    // The file system as the service sees it.
    text("RootImage", Protection),
    idle_row("RootImageOptions", Absent),
    idle_row("RootHash", Protection),
    idle_row("RootHashSignature", Protection),
    text("RootVerity", Protection),
    list("ExtensionDirectories", Absent),
    idle_row("ExtensionImages", Absent),
    idle_row("MountImages", Absent),
    list("ReadWritePaths", Accepted),
    list("ReadOnlyPaths", Protection),
    list("InaccessiblePaths", Protection),
    list("ExecPaths", Accepted),
    list("NoExecPaths", Protection),
    idle_row("ReadWriteDirectories", Accepted),
    idle_row("ReadOnlyDirectories", Protection),
    idle_row("InaccessibleDirectories", Protection),
    idle_row("BindPaths", Absent),
    idle_row("BindReadOnlyPaths", Absent),
    idle_row("TemporaryFileSystem", Protection),
    flag("PrivateTmp", Protection),
    flag("PrivateMounts", Protection),
    idle_row("ProtectSystem", Protection, "ProtectSystem", "s", s<"no">),
    idle_row("ProtectHome", Protection, "ProtectHome", "s", s<"no">),
    idle_row("MountFlags", Accepted, "MountFlags", "t", t<0>),
    flag("MountAPIVFS", Accepted),

    // What the service may do.
    flag("RemoveIPC", Absent),
    idle_row("KeyringMode", Accepted, "KeyringMode", "s", keyring_mode),
    idle_row("ProtectProc", Protection, "ProtectProc", "s", s<"default">, "default"),
    idle_row("ProcSubset", Protection, "ProcSubset", "s", s<"all">, "all"),
    idle_row("SystemCallFilter", Protection),
    list("SystemCallArchitectures", Protection),
    idle_row("SystemCallErrorNumber", Accepted, "SystemCallErrorNumber", "i", i<2147483646>),
    idle_row("SystemCallLog", Absent),
    flag("MemoryDenyWriteExecute", Protection),
    idle_row("RestrictNamespaces", Protection, "RestrictNamespaces", "t", t<all_namespaces>),
    flag("RestrictRealtime", Protection),
    flag("RestrictSUIDSGID", Protection),
    idle_row("RestrictAddressFamilies", Protection),
    idle_row("RestrictFileSystems", Protection),
    flag("LockPersonality", Protection),
    flag("PrivateDevices", Protection),
    flag("PrivateNetwork", Protection),
    flag("PrivateUsers", Protection),
    flag("PrivateIPC", Protection),
    text("NetworkNamespacePath", Protection),
    text("IPCNamespacePath", Protection),
    flag("ProtectKernelTunables", Protection),
    flag("ProtectKernelModules", Protection),
    flag("ProtectKernelLogs", Protection),
    flag("ProtectClock", Protection),
    flag("ProtectControlGroups", Protection),
    flag("ProtectHostname", Protection),
    idle_row("SELinuxContext", Protection),
    idle_row("AppArmorProfile", Protection),
    idle_row("SmackProcessLabel", Protection),

    // How it runs.
    text("Personality", Absent),
    text("PAMName", Absent),
    text("UtmpIdentifier", Accepted),
    idle_row("UtmpMode", Accepted, "UtmpMode", "s", s<"init">),
    idle_row("CoredumpFilter", Absent, "CoredumpFilter", "t", t<0x33>, "default"),
    idle_row("NUMAPolicy", Absent, "NUMAPolicy", "i", i<-1>, "default"),
    idle_row("NUMAMask", Absent),
    idle_row("TimerSlackNSec", Accepted, "TimerSlackNSec", "t", t<50000>),
    text("USBFunctionDescriptors", Absent),
    text("USBFunctionStrings", Absent),
    idle_row("OOMPolicy", Accepted, "OOMPolicy", "s", oom_policy),

    // Terminals and logs.
    flag("TTYReset", Absent),
    flag("TTYVHangup", Absent),
    flag("TTYVTDisallocate", Accepted),
    idle_row("TTYRows", Absent),
    idle_row("TTYColumns", Absent),
    idle_row("SyslogFacility", Accepted, "SyslogFacility", "i", i<3>),
    idle_row("LogLevelMax", Absent, "LogLevelMax", "i", i<-1>, "debug"),
    idle_row("LogRateLimitIntervalSec", Accepted, "LogRateLimitIntervalUSec", "t", t<0>),
    idle_row("LogRateLimitBurst", Accepted, "LogRateLimitBurst", "u", u<0>),
    idle_row("LogExtraFields", Accepted),
    text("LogNamespace", Absent),

    // systemd.resource-control(5).
    {"Service", "Slice", Accepted, read_slice, "Slice", "s", slice, ""},
    flag("Delegate", Accepted),
    list("DisableControllers", Accepted),
    flag("CPUAccounting", Accepted),
    weight("CPUWeight"),
    weight("StartupCPUWeight"),
    weight("CPUShares"),
    weight("StartupCPUShares"),
    idle_row("CPUQuota", Absent, "CPUQuotaPerSecUSec", "t", t<max>),
    idle_row("CPUQuotaPeriodSec", Accepted, "CPUQuotaPeriodUSec", "t", t<max>),
    idle_row("AllowedCPUs", Absent),
    idle_row("StartupAllowedCPUs", Absent),
    idle_row("AllowedMemoryNodes", Absent),
    idle_row("StartupAllowedMemoryNodes", Absent),
    flag("MemoryAccounting", Accepted),
    floor_of("MemoryMin"),
    floor_of("MemoryLow"),
    floor_of("DefaultMemoryMin"),
    floor_of("DefaultMemoryLow"),
    ceiling("MemoryHigh"),
    ceiling("MemoryMax"),
    ceiling("MemorySwapMax"),
    ceiling("MemoryLimit"),
    flag("TasksAccounting", Accepted),
    ceiling("TasksMax"),
    flag("IOAccounting", Accepted),
    weight("IOWeight"),
    weight("StartupIOWeight"),
    idle_row("IODeviceWeight", Accepted),
    idle_row("IOReadBandwidthMax", Absent),
    idle_row("IOWriteBandwidthMax", Absent),
    idle_row("IOReadIOPSMax", Absent),
    idle_row("IOWriteIOPSMax", Absent),
    idle_row("IODeviceLatencyTargetSec", Accepted),
    flag("BlockIOAccounting", Accepted),
    weight("BlockIOWeight"),
    weight("StartupBlockIOWeight"),
    idle_row("BlockIODeviceWeight", Accepted),
    idle_row("BlockIOReadBandwidth", Absent),
    idle_row("BlockIOWriteBandwidth", Absent),
    idle_row("DevicePolicy", Protection, "DevicePolicy", "s", s<"auto">, "auto"),
    idle_row("DeviceAllow", Protection),
    flag("IPAccounting", Accepted),
    idle_row("IPAddressAllow", Accepted),
    idle_row("IPAddressDeny", Protection),
    list("IPIngressFilterPath", Protection),
    list("IPEgressFilterPath", Protection),
    idle_row("SocketBindAllow", Accepted),
    idle_row("SocketBindDeny", Protection),
    idle_row("RestrictNetworkInterfaces", Protection),
    idle_row("BPFProgram", Absent),
    idle_row("ManagedOOMSwap", Accepted, "ManagedOOMSwap", "s", s<"auto">),
    idle_row("ManagedOOMMemoryPressure", Accepted, "ManagedOOMMemoryPressure", "s", s<"auto">),
    idle_row("ManagedOOMMemoryPressureLimit", Accepted, "ManagedOOMMemoryPressureLimit", "u", u<0>),
    idle_row("ManagedOOMPreference", Accepted, "ManagedOOMPreference", "s", s<"none">),
};

} // namespace

std::span<const Directive> idle_rows() {
    return idle_directives;
}

} // namespace sctl
