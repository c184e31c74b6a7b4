// Of units that start processes: how these are executed, and how they are ended.
#include "bus/properties/property_rows.hpp"
#include "unit/enum_text.hpp"

namespace sctl {
namespace {

using enum Changes;

void environment_files(const BusObject& o, Writer& out) {
    out.open_array("(sb)");
    for (const auto& file : o.unit->loaded.exec->environment_files) {
        out.open_struct().string(file.path).boolean(file.optional).close_struct();
    }
    out.close_array();
}

void standard_input_data(const BusObject& o, Writer& out) {
    out.open_array("y");
    for (char byte : o.unit->loaded.exec->std_input_data) out.byte(static_cast<uint8_t>(byte));
    out.close_array();
}

int32_t syslog_facility(const BusObject& o) {
    for (const auto& [property, value] : o.unit->loaded.written_only) {
        if (property == "SyslogFacility") return std::get<int32_t>(value);
    }
    return 3;
}

template <bool Encrypted>
void set_credentials(const BusObject& o, Writer& out) {
    out.open_array("(say)");
    for (const auto& credential : o.unit->loaded.exec->set_credentials) {
        if (credential.encrypted != Encrypted) continue;
        out.open_struct().string(credential.id).open_array("y");
        for (char byte : credential.text) out.byte(static_cast<uint8_t>(byte));
        out.close_array().close_struct();
    }
    out.close_array();
}

template <bool Encrypted>
void load_credentials(const BusObject& o, Writer& out) {
    out.open_array("(ss)");
    for (const auto& credential : o.unit->loaded.exec->load_credentials) {
        if (credential.encrypted != Encrypted) continue;
        out.open_struct().string(credential.id).string(credential.text).close_struct();
    }
    out.close_array();
}

// A bit for each CPU, the lowest first.
void cpu_affinity(const BusObject& o, Writer& out) {
    const CpuSet& cpus = o.unit->loaded.exec->cpu_affinity;
    constexpr size_t word = 8; // systemd's mask is made of words of 64 bits
    std::vector<uint8_t> mask(cpus.empty() ? 0 : (cpus.back() / 64 + 1) * word);
    for (uint16_t cpu : cpus) mask[cpu / 8] |= static_cast<uint8_t>(1 << cpu % 8);
    out.open_array("y");
    for (uint8_t byte : mask) out.byte(byte);
    out.close_array();
}

template <DirectoryType Type>
void directory_links(const BusObject& o, Writer& out) {
    out.open_array("(sst)");
    for (const auto& item : o.unit->loaded.exec->directories[static_cast<size_t>(Type)].items) {
        for (const auto& link : item.symlinks) {
            out.open_struct().string(item.path).string(link).uint64(0).close_struct();
        }
    }
    out.close_array();
}

// Of a service it is resolved when it is loaded.
void standard_output(const BusObject& o, Writer& out) {
    if (o.unit->loaded.own)
        out.string(to_text(o.unit->loaded.exec->std_output));
    else if (o.unit->type() == UnitType::Service)
        out.string("inherit");
    else
        out.string(o.unit->loaded.perpetual ? "null" : "journal");
}

constexpr Property exec_rows[] = {
    setting("Environment"),
    {"EnvironmentFiles", "a(sb)", Never, environment_files},
    setting("PassEnvironment"),
    setting("UnsetEnvironment"),
    setting("UMask"),
    setting("LimitCPU"),
    setting("LimitCPUSoft"),
    setting("LimitFSIZE"),
    setting("LimitFSIZESoft"),
    setting("LimitDATA"),
    setting("LimitDATASoft"),
    setting("LimitSTACK"),
    setting("LimitSTACKSoft"),
    setting("LimitCORE"),
    setting("LimitCORESoft"),
    setting("LimitRSS"),
    setting("LimitRSSSoft"),
    setting("LimitNOFILE"),
    setting("LimitNOFILESoft"),
    setting("LimitAS"),
    setting("LimitASSoft"),
    setting("LimitNPROC"),
    setting("LimitNPROCSoft"),
    setting("LimitMEMLOCK"),
    setting("LimitMEMLOCKSoft"),
    setting("LimitLOCKS"),
    setting("LimitLOCKSSoft"),
    setting("LimitSIGPENDING"),
    setting("LimitSIGPENDINGSoft"),
    setting("LimitMSGQUEUE"),
    setting("LimitMSGQUEUESoft"),
    setting("LimitNICE"),
    setting("LimitNICESoft"),
    setting("LimitRTPRIO"),
    setting("LimitRTPRIOSoft"),
    setting("LimitRTTIME"),
    setting("LimitRTTIMESoft"),
    setting("WorkingDirectory"),
    setting("RootDirectory"),
    setting("RootImage"),
    {"RootImageOptions", "a(ss)", Never},
    {"RootHash", "ay", Never},
    {"RootHashPath", "s", Never},
    {"RootHashSignature", "ay", Never},
    {"RootHashSignaturePath", "s", Never},
    setting("RootVerity"),
    setting("ExtensionDirectories"),
    {"ExtensionImages", "a(sba(ss))", Never},
    {"MountImages", "a(ssba(ss))", Never},
    setting("OOMScoreAdjust"),
    setting("CoredumpFilter"),
    setting("Nice"),
    setting("IOSchedulingClass"),
    setting("IOSchedulingPriority"),
    setting("CPUSchedulingPolicy"),
    setting("CPUSchedulingPriority"),
    {"CPUAffinity", "ay", Never, cpu_affinity},
    {"CPUAffinityFromNUMA", "b", Never,
     of_object<[](const BusObject& o) { return o.unit->loaded.exec->cpu_affinity_from_numa; }>},
    setting("NUMAPolicy"),
    {"NUMAMask", "ay", Never},
    setting("TimerSlackNSec"),
    setting("CPUSchedulingResetOnFork"),
    setting("NonBlocking"),
    setting("StandardInput"),
    setting("StandardInputFileDescriptorName"),
    {"StandardInputData", "ay", Never, standard_input_data},
    {"StandardOutput", "s", Never, standard_output},
    setting("StandardOutputFileDescriptorName"),
    setting("StandardError"),
    setting("StandardErrorFileDescriptorName"),
    setting("TTYPath"),
    setting("TTYReset"),
    setting("TTYVHangup"),
    setting("TTYVTDisallocate"),
    {"TTYRows", "q", Never, always<uint16_t{UINT16_MAX}>},
    {"TTYColumns", "q", Never, always<uint16_t{UINT16_MAX}>},
    {"SyslogPriority", "i", Never, of_object<[](const BusObject& o) {
         return syslog_facility(o) * 8 + o.unit->loaded.exec->syslog_level;
     }>},
    setting("SyslogIdentifier"),
    setting("SyslogLevelPrefix"),
    setting("SyslogLevel"),
    setting("SyslogFacility"),
    setting("LogLevelMax"),
    setting("LogRateLimitIntervalUSec"),
    setting("LogRateLimitBurst"),
    {"LogExtraFields", "aay", Never},
    setting("LogNamespace"),
    setting("SecureBits"),
    setting("CapabilityBoundingSet"),
    setting("AmbientCapabilities"),
    setting("User"),
    setting("Group"),
    setting("DynamicUser"),
    setting("RemoveIPC"),
    {"SetCredential", "a(say)", Never, set_credentials<false>},
    {"SetCredentialEncrypted", "a(say)", Never, set_credentials<true>},
    {"LoadCredential", "a(ss)", Never, load_credentials<false>},
    {"LoadCredentialEncrypted", "a(ss)", Never, load_credentials<true>},
    setting("SupplementaryGroups"),
    setting("PAMName"),
    setting("ReadWritePaths"),
    setting("ReadOnlyPaths"),
    setting("InaccessiblePaths"),
    setting("ExecPaths"),
    setting("NoExecPaths"),
    setting("ExecSearchPath"),
    setting("MountFlags"),
    setting("PrivateTmp"),
    setting("PrivateDevices"),
    setting("ProtectClock"),
    setting("ProtectKernelTunables"),
    setting("ProtectKernelModules"),
    setting("ProtectKernelLogs"),
    setting("ProtectControlGroups"),
    setting("PrivateNetwork"),
    setting("PrivateUsers"),
    setting("PrivateMounts"),
    setting("PrivateIPC"),
    setting("ProtectHome"),
    setting("ProtectSystem"),
    {"SameProcessGroup", "b", Never,
     of_unit<[](const Unit& u) { return u.type() == UnitType::Mount; }>},
    setting("UtmpIdentifier"),
    setting("UtmpMode"),
    {"SELinuxContext", "(bs)", Never},
    {"AppArmorProfile", "(bs)", Never},
    {"SmackProcessLabel", "(bs)", Never},
    setting("IgnoreSIGPIPE"),
    setting("NoNewPrivileges"),
    {"SystemCallFilter", "(bas)", Never},
    setting("SystemCallArchitectures"),
    setting("SystemCallErrorNumber"),
    {"SystemCallLog", "(bas)", Never},
    setting("Personality"),
    setting("LockPersonality"),
    {"RestrictAddressFamilies", "(bas)", Never},
    {"RuntimeDirectorySymlink", "a(sst)", Never, directory_links<DirectoryType::Runtime>},
    setting("RuntimeDirectoryPreserve"),
    setting("RuntimeDirectoryMode"),
    setting("RuntimeDirectory"),
    {"StateDirectorySymlink", "a(sst)", Never, directory_links<DirectoryType::State>},
    setting("StateDirectoryMode"),
    setting("StateDirectory"),
    {"CacheDirectorySymlink", "a(sst)", Never, directory_links<DirectoryType::Cache>},
    setting("CacheDirectoryMode"),
    setting("CacheDirectory"),
    {"LogsDirectorySymlink", "a(sst)", Never, directory_links<DirectoryType::Logs>},
    setting("LogsDirectoryMode"),
    setting("LogsDirectory"),
    setting("ConfigurationDirectoryMode"),
    setting("ConfigurationDirectory"),
    setting("TimeoutCleanUSec"),
    setting("MemoryDenyWriteExecute"),
    setting("RestrictRealtime"),
    setting("RestrictSUIDSGID"),
    setting("RestrictNamespaces"),
    {"RestrictFileSystems", "(bas)", Never},
    {"BindPaths", "a(ssbt)", Never},
    {"BindReadOnlyPaths", "a(ssbt)", Never},
    {"TemporaryFileSystem", "a(ss)", Never},
    setting("MountAPIVFS"),
    setting("KeyringMode"),
    setting("ProtectProc"),
    setting("ProcSubset"),
    setting("ProtectHostname"),
    setting("NetworkNamespacePath"),
    setting("IPCNamespacePath"),
};

constexpr Property kill_rows[] = {
    setting("KillMode"),        setting("KillSignal"),  setting("RestartKillSignal"),
    setting("FinalKillSignal"), setting("SendSIGKILL"), setting("SendSIGHUP"),
    setting("WatchdogSignal"),
};

} // namespace

std::span<const Property> exec_properties() {
    return exec_rows;
}
std::span<const Property> kill_properties() {
    return kill_rows;
}

} // namespace sctl
