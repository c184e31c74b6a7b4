// Directives of systemd.exec(5) that are known and not acted on: sandboxing that needs namespaces
// or seccomp filters, terminals, journald's own. Their properties tell what is written, as
// systemd's do; that it does not hold is said when the unit starts, and in docs/compat.md.
#include "unit/parse_value.hpp"
#include "unit/written_rows.hpp"

namespace sctl {
namespace {

using enum Support;

constexpr uint64_t all_namespaces = 0x7e020000; // of CLONE_NEW*: none is forbidden

PropertyValue keyring_mode(const LoadedUnit& unit) {
    bool service = unit.id.empty() || unit.id.type() == UnitType::Service;
    return std::string(service ? "private" : "shared");
}

void read_log_facility(Setting& setting) {
    auto facility = parse_log_facility(setting.value);
    if (!facility)
        return setting.warning(cat("Failed to parse log facility, ignoring: ", setting.value));
    keep(setting, int32_t{*facility >> 3});
}
void read_log_level_max(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    auto level = parse_log_level(setting.value);
    if (!level) return setting.warning(cat("Failed to parse log level, ignoring: ", setting.value));
    keep(setting, int32_t{*level});
}

constexpr Directive absent_exec_directives[] = {
    // The file system as the unit sees it.
    text_row("RootImage", Protection),
    untold_row("RootImageOptions", Absent, "a(ss)", ValueFormat::ImageOptions),
    untold_row("RootHash", Protection, "ay"),
    untold_row("RootHashSignature", Protection, "ay"),
    text_row("RootVerity", Protection),
    words_row("ExtensionDirectories", Absent),
    untold_row("ExtensionImages", Absent, "a(sba(ss))"),
    untold_row("MountImages", Absent, "a(ssba(ss))"),
    words_row("ReadWritePaths", Accepted),
    words_row("ReadOnlyPaths", Protection),
    words_row("InaccessiblePaths", Protection),
    words_row("ExecPaths", Accepted),
    words_row("NoExecPaths", Protection),
    {"ReadWriteDirectories", Accepted},
    {"ReadOnlyDirectories", Protection},
    {"InaccessibleDirectories", Protection},
    untold_row("BindPaths", Absent, "a(ssbt)"),
    untold_row("BindReadOnlyPaths", Absent, "a(ssbt)"),
    untold_row("TemporaryFileSystem", Protection, "a(ss)", ValueFormat::JoinedPairs),
    flag_row("PrivateTmp", Protection),
    flag_row("PrivateMounts", Protection),
    choice_row<"no yes full strict">("ProtectSystem", Protection, fixed_text<"no">),
    choice_row<"no yes read-only tmpfs">("ProtectHome", Protection, fixed_text<"no">),
    formatted({"MountFlags", Accepted, nullptr, "MountFlags", "t", fixed<uint64_t{0}>},
              ValueFormat::MountFlags),
    flag_row("MountAPIVFS", Accepted),

    // What its processes may do.
    flag_row("RemoveIPC", Absent),
    choice_row<"inherit private shared">("KeyringMode", Accepted, keyring_mode),
    choice_row<"default noaccess invisible ptraceable">("ProtectProc", Protection,
                                                        fixed_text<"default">, "default"),
    choice_row<"all pid">("ProcSubset", Protection, fixed_text<"all">, "all"),
    untold_row("SystemCallFilter", Protection, "(bas)"),
    words_row("SystemCallArchitectures", Protection),
    {"SystemCallErrorNumber", Accepted, nullptr, "SystemCallErrorNumber", "i",
     fixed<int32_t{2147483646}>},
    untold_row("SystemCallLog", Absent, "(bas)"),
    flag_row("MemoryDenyWriteExecute", Protection),
    formatted({"RestrictNamespaces", Protection, nullptr, "RestrictNamespaces", "t",
               fixed<all_namespaces>},
              ValueFormat::Namespaces),
    flag_row("RestrictRealtime", Protection),
    flag_row("RestrictSUIDSGID", Protection),
    untold_row("RestrictAddressFamilies", Protection, "(bas)"),
    untold_row("RestrictFileSystems", Protection, "(bas)"),
    flag_row("LockPersonality", Protection),
    flag_row("PrivateDevices", Protection),
    flag_row("PrivateNetwork", Protection),
    flag_row("PrivateUsers", Protection),
    flag_row("PrivateIPC", Protection),
    text_row("NetworkNamespacePath", Protection),
    text_row("IPCNamespacePath", Protection),
    flag_row("ProtectKernelTunables", Protection),
    flag_row("ProtectKernelModules", Protection),
    flag_row("ProtectKernelLogs", Protection),
    flag_row("ProtectClock", Protection),
    flag_row("ProtectControlGroups", Protection),
    flag_row("ProtectHostname", Protection),
    untold_row("SELinuxContext", Protection, "(bs)"),
    untold_row("AppArmorProfile", Protection, "(bs)"),
    untold_row("SmackProcessLabel", Protection, "(bs)"),

    // How they run.
    text_row("Personality", Absent),
    text_row("PAMName", Absent),
    text_row("UtmpIdentifier", Accepted),
    choice_row<"init login user">("UtmpMode", Accepted, fixed_text<"init">),
    formatted({"CoredumpFilter", Absent, nullptr, "CoredumpFilter", "t", fixed<uint64_t{0x33}>,
               "default"},
              ValueFormat::Hexadecimal),
    formatted({"NUMAPolicy", Absent, nullptr, "NUMAPolicy", "i", fixed<int32_t{-1}>, "default"},
              ValueFormat::NumaPolicy),
    untold_row("NUMAMask", Absent, "ay", ValueFormat::NumberSet),
    {"TimerSlackNSec", Accepted, nullptr, "TimerSlackNSec", "t", fixed<uint64_t{50000}>},

    // Terminals and logs.
    flag_row("TTYReset", Absent),
    flag_row("TTYVHangup", Absent),
    flag_row("TTYVTDisallocate", Accepted),
    {"TTYRows", Absent},
    {"TTYColumns", Absent},
    {"SyslogFacility", Accepted, read_log_facility, "SyslogFacility", "i", fixed<int32_t{3}>},
    {"LogLevelMax", Absent, read_log_level_max, "LogLevelMax", "i", fixed<int32_t{-1}>, "debug"},
    {"LogRateLimitIntervalSec", Accepted, keep_span, "LogRateLimitIntervalUSec", "t",
     fixed<uint64_t{0}>},
    {"LogRateLimitBurst", Accepted, nullptr, "LogRateLimitBurst", "u", fixed<uint32_t{0}>},
    untold_row("LogExtraFields", Accepted, "aay"),
    text_row("LogNamespace", Absent),

    // Since systemd 253.
    {"RootEphemeral", Accepted},
    {"RootImagePolicy", Accepted},
    {"MountImagePolicy", Accepted},
    {"ExtensionImagePolicy", Accepted},
    {"DelegateNamespaces", Accepted},
    {"BPFDelegateCommands", Accepted},
    {"BPFDelegateMaps", Accepted},
    {"BPFDelegatePrograms", Accepted},
    {"BPFDelegateAttachments", Accepted},
    {"UserNamespacePath", Protection},
    {"PrivatePIDs", Protection},
    {"PrivateBPF", Protection},
};

} // namespace

std::span<const Directive> absent_exec_rows() {
    return absent_exec_directives;
}

} // namespace sctl
