// org.freedesktop.systemd1.Service: what a running service adds to its settings.
#include "base/files.hpp"
#include "bus/property_rows.hpp"
#include "unit/enum_text.hpp"

namespace sctl {
namespace {

using enum Changes;

const ServiceStatus& status_of(const BusObject& o) {
    static const ServiceStatus never_ran;
    return o.unit->service ? o.unit->service->status : never_ran;
}
// Of a unit that is not loaded: the defaults.
const ServiceConfig& config_of(const BusObject& o) {
    static const ServiceConfig defaults;
    return o.unit->loaded.service ? *o.unit->loaded.service : defaults;
}
template <auto Get>
void of_status(const BusObject& o, Writer& out) {
    put(out, Get(status_of(o)));
}

// --- command lines -------------------------------------------------------------------------------

std::vector<std::string_view> flags_of(const ExecCommand& command) {
    using enum ExecCommand::Privilege;
    std::vector<std::string_view> flags;
    if (command.ignore_failure) flags.push_back("ignore-failure");
    if (command.privilege == Full) flags.push_back("privileged");
    if (command.privilege == NoSetuid) flags.push_back("no-setuid");
    if (command.privilege == Ambient) flags.push_back("ambient");
    if (command.no_environment_expansion) flags.push_back("no-env-expand");
    return flags;
}

void write_run(const ExecRecord& run, Writer& out) {
    put(out, run.start.realtime);
    put(out, run.start.monotonic);
    put(out, run.exit.realtime);
    put(out, run.exit.monotonic);
    out.uint32(static_cast<uint32_t>(run.pid)).int32(run.info.code).int32(run.info.status);
}

// Each command with its last run. The Ex form has all flags where the older one has ignore-failure.
template <ServiceExecCommand Which, bool Ex>
void commands(const BusObject& o, Writer& out) {
    out.open_array(Ex ? "(sasasttttuii)" : "(sasbttttuii)");
    const auto& list = config_of(o).commands(Which);
    for (size_t i = 0; i < list.size(); ++i) {
        out.open_struct().string(list[i].path).strings(list[i].arguments);
        if (Ex)
            out.strings(flags_of(list[i]));
        else
            out.boolean(list[i].ignore_failure);
        ExecRecord run;
        if (o.unit->service) {
            auto found = o.unit->service->records.find({Which, i});
            if (found != o.unit->service->records.end()) run = found->second;
        }
        write_run(run, out);
        out.close_struct();
    }
    out.close_array();
}
#define SCTL_COMMANDS(WHICH)                                                                      \
    {"Exec" #WHICH, "a(sasbttttuii)", Invalidated, commands<ServiceExecCommand::WHICH, false>}, { \
        "Exec" #WHICH "Ex", "a(sasasttttuii)", Invalidated,                                       \
            commands<ServiceExecCommand::WHICH, true>                                             \
    }

// --- settings that are no plain values -----------------------------------------------------------

template <ExitStatusSet ServiceConfig::*Set>
void exit_statuses(const BusObject& o, Writer& out) {
    const ExitStatusSet& set = config_of(o).*Set;
    out.open_struct().open_array("i");
    for (uint8_t status : set.statuses) out.int32(status);
    out.close_array().open_array("i");
    for (uint8_t signal : set.signals) out.int32(signal);
    out.close_array().close_struct();
}

void environment_files(const BusObject& o, Writer& out) {
    out.open_array("(sb)");
    for (const auto& file : config_of(o).execution.environment_files) {
        out.open_struct().string(file.path).boolean(file.optional).close_struct();
    }
    out.close_array();
}

void standard_input_data(const BusObject& o, Writer& out) {
    out.open_array("y");
    for (char byte : config_of(o).execution.std_input_data) out.byte(static_cast<uint8_t>(byte));
    out.close_array();
}

template <DirectoryType Type>
void directory_links(const BusObject& o, Writer& out) {
    out.open_array("(sst)");
    for (const auto& item : config_of(o).execution.directories[static_cast<size_t>(Type)].items) {
        for (const auto& link : item.symlinks) {
            out.open_struct().string(item.path).string(link).uint64(0).close_struct();
        }
    }
    out.close_array();
}

// WATCHDOG_USEC= of the service itself goes before the setting.
Span watchdog(const BusObject& o) {
    Span running = status_of(o).watchdog_timeout;
    return running.count() > 0 ? running : config_of(o).watchdog;
}

// --- what runs -----------------------------------------------------------------------------------

uint32_t pid(pid_t pid) {
    return static_cast<uint32_t>(pid);
}

// Of User= and Group=, as they were found for the start; only while it runs.
template <auto Member>
uint32_t identity(const BusObject& o) {
    if (!o.unit->service || o.unit->is_inactive_or_failed()) return UINT32_MAX;
    return ((*o.unit->service).*Member).value_or(UINT32_MAX);
}

std::string control_group(const BusObject& o) {
    if (!o.unit->service || o.unit->is_inactive_or_failed()) return {};
    return o.manager.tracker().control_group(o.unit->service->owner);
}

// A number that the kernel keeps for a control group; not set where there is none.
template <auto FileName>
uint64_t counted_by_kernel(const BusObject& o) {
    auto group = control_group(o);
    if (group.empty()) return UINT64_MAX;
    auto text = read_virtual_file(cat("/sys/fs/cgroup", group, '/', FileName()));
    return text ? parse_number<uint64_t>(trim(*text)).value_or(UINT64_MAX) : UINT64_MAX;
}

constexpr auto exit_record = [](const BusObject& o) { return status_of(o).main_exec; };

constexpr Property rows[] = {
    {"WatchdogUSec", "t", Silently, of_object<watchdog>},
    SCTL_MOMENT("WatchdogTimestamp", Silently,
                [](const BusObject& x) { return status_of(x).watchdog_last; }),
    {"MainPID", "u", Announced, of_status<[](const ServiceStatus& s) { return pid(s.main_pid); }>},
    {"ControlPID", "u", Announced,
     of_status<[](const ServiceStatus& s) { return pid(s.control_pid); }>},
    {"NFileDescriptorStore", "u", Silently},
    {"StatusText", "s", Announced, of_status<[](const ServiceStatus& s) { return s.status_text; }>},
    {"StatusErrno", "i", Announced,
     of_status<[](const ServiceStatus& s) { return s.status_errno; }>},
    {"Result", "s", Announced,
     of_status<[](const ServiceStatus& s) { return to_string(s.result); }>},
    {"ReloadResult", "s", Announced,
     of_status<[](const ServiceStatus& s) { return to_string(s.reload_result); }>},
    {"CleanResult", "s", Announced, of_unit<[](const Unit&) { return "success"; }>},
    {"UID", "u", Announced, of_object<identity<&ServiceRuntime::ran_as_uid>>},
    {"GID", "u", Announced, of_object<identity<&ServiceRuntime::ran_as_gid>>},
    {"NRestarts", "u", Announced,
     of_status<[](const ServiceStatus& s) { return uint32_t{s.n_restarts}; }>},
    SCTL_MOMENT("ExecMainStartTimestamp", Announced,
                [](const BusObject& x) { return exit_record(x).start; }),
    SCTL_MOMENT("ExecMainExitTimestamp", Announced,
                [](const BusObject& x) { return exit_record(x).exit; }),
    {"ExecMainPID", "u", Announced,
     of_status<[](const ServiceStatus& s) { return pid(s.main_exec.pid); }>},
    {"ExecMainCode", "i", Announced,
     of_status<[](const ServiceStatus& s) { return s.main_exec.info.code; }>},
    {"ExecMainStatus", "i", Announced,
     of_status<[](const ServiceStatus& s) { return s.main_exec.info.status; }>},
    SCTL_COMMANDS(Condition),
    SCTL_COMMANDS(StartPre),
    SCTL_COMMANDS(Start),
    SCTL_COMMANDS(StartPost),
    SCTL_COMMANDS(Reload),
    SCTL_COMMANDS(Stop),
    SCTL_COMMANDS(StopPost),
    {"ControlGroup", "s", Silently, of_object<control_group>},
    {"ControlGroupId", "t", Silently},
    {"MemoryCurrent", "t", Silently, of_object<counted_by_kernel<[] { return "memory.current"; }>>},
    {"MemoryAvailable", "t", Silently, not_set},
    {"CPUUsageNSec", "t", Silently, not_set},
    {"EffectiveCPUs", "ay", Silently},
    {"EffectiveMemoryNodes", "ay", Silently},
    {"TasksCurrent", "t", Silently, of_object<counted_by_kernel<[] { return "pids.current"; }>>},
    {"IPIngressBytes", "t", Silently, not_set},
    {"IPIngressPackets", "t", Silently, not_set},
    {"IPEgressBytes", "t", Silently, not_set},
    {"IPEgressPackets", "t", Silently, not_set},
    {"IOReadBytes", "t", Silently, not_set},
    {"IOReadOperations", "t", Silently, not_set},
    {"IOWriteBytes", "t", Silently, not_set},
    {"IOWriteOperations", "t", Silently, not_set},
    {"DelegateControllers", "as", Silently},
    {"AllowedCPUs", "ay", Silently},
    {"StartupAllowedCPUs", "ay", Silently},
    {"AllowedMemoryNodes", "ay", Silently},
    {"StartupAllowedMemoryNodes", "ay", Silently},
    {"IODeviceWeight", "a(st)", Silently},
    {"IOReadBandwidthMax", "a(st)", Silently},
    {"IOWriteBandwidthMax", "a(st)", Silently},
    {"IOReadIOPSMax", "a(st)", Silently},
    {"IOWriteIOPSMax", "a(st)", Silently},
    {"IODeviceLatencyTargetUSec", "a(st)", Silently},
    {"BlockIODeviceWeight", "a(st)", Silently},
    {"BlockIOReadBandwidth", "a(st)", Silently},
    {"BlockIOWriteBandwidth", "a(st)", Silently},
    {"DeviceAllow", "a(ss)", Silently},
    {"IPAddressAllow", "a(iayu)", Silently},
    {"IPAddressDeny", "a(iayu)", Silently},
    {"BPFProgram", "a(ss)", Silently},
    {"SocketBindAllow", "a(iiqq)", Silently},
    {"SocketBindDeny", "a(iiqq)", Silently},
    {"RestrictNetworkInterfaces", "(bas)", Silently},
    {"EnvironmentFiles", "a(sb)", Never, environment_files},
    {"RootImageOptions", "a(ss)", Never},
    {"RootHash", "ay", Never},
    {"RootHashPath", "s", Never},
    {"RootHashSignature", "ay", Never},
    {"RootHashSignaturePath", "s", Never},
    {"ExtensionImages", "a(sba(ss))", Never},
    {"MountImages", "a(ssba(ss))", Never},
    {"CPUAffinity", "ay", Never},
    {"CPUAffinityFromNUMA", "b", Never},
    {"NUMAMask", "ay", Never},
    {"StandardInputData", "ay", Never, standard_input_data},
    {"TTYRows", "q", Never, always<uint16_t{UINT16_MAX}>},
    {"TTYColumns", "q", Never, always<uint16_t{UINT16_MAX}>},
    {"SyslogPriority", "i", Never, of_object<[](const BusObject& o) {
         return int32_t{3 * 8} + config_of(o).execution.syslog_level;
     }>},
    {"LogExtraFields", "aay", Never},
    {"CapabilityBoundingSet", "t", Never, not_set},
    {"SetCredential", "a(say)", Never},
    {"SetCredentialEncrypted", "a(say)", Never},
    {"LoadCredential", "a(ss)", Never},
    {"LoadCredentialEncrypted", "a(ss)", Never},
    {"SameProcessGroup", "b", Never},
    {"SELinuxContext", "(bs)", Never},
    {"AppArmorProfile", "(bs)", Never},
    {"SmackProcessLabel", "(bs)", Never},
    {"SystemCallFilter", "(bas)", Never},
    {"SystemCallLog", "(bas)", Never},
    {"RestrictAddressFamilies", "(bas)", Never},
    {"RestrictFileSystems", "(bas)", Never},
    {"RuntimeDirectorySymlink", "a(sst)", Never, directory_links<DirectoryType::Runtime>},
    {"StateDirectorySymlink", "a(sst)", Never, directory_links<DirectoryType::State>},
    {"CacheDirectorySymlink", "a(sst)", Never, directory_links<DirectoryType::Cache>},
    {"LogsDirectorySymlink", "a(sst)", Never, directory_links<DirectoryType::Logs>},
    {"BindPaths", "a(ssbt)", Never},
    {"BindReadOnlyPaths", "a(ssbt)", Never},
    {"TemporaryFileSystem", "a(ss)", Never},
    {"SuccessExitStatus", "(aiai)", Never, exit_statuses<&ServiceConfig::success_exit_status>},
    {"RestartPreventExitStatus", "(aiai)", Never,
     exit_statuses<&ServiceConfig::restart_prevent_exit_status>},
    {"RestartForceExitStatus", "(aiai)", Never,
     exit_statuses<&ServiceConfig::restart_force_exit_status>},
};

} // namespace

std::span<const Property> service_properties() {
    return rows;
}

} // namespace sctl
