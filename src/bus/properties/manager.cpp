// org.freedesktop.systemd1.Manager.
#include <array>

#include "base/version.hpp"
#include "bus/properties/property_rows.hpp"
#include "os/machine.hpp"
#include "unit/enum_text.hpp"
#include "unit/resource_limit.hpp"

namespace sctl {
namespace {

using enum Changes;

// Clients read the number it begins with; all that stands behind it is for people.
std::string version(const BusObject&) {
    return cat(systemd_version, " (sctl ", program_version, ")");
}
constexpr std::string_view features =
    "-PAM -AUDIT -SELINUX -APPARMOR -IMA -SMACK -SECCOMP -GCRYPT -GNUTLS -OPENSSL -ACL -BLKID "
    "-CURL "
    "-ELFUTILS -FIDO2 -IDN2 -IDN -IPTC -KMOD -LIBCRYPTSETUP -LIBFDISK -PCRE2 -PWQUALITY -P11KIT "
    "-QRENCODE "
    "-TPM2 -BZIP2 -LZ4 -XZ -ZLIB -ZSTD -BPF_FRAMEWORK -XKBCOMMON -UTMP -SYSVINIT "
    "default-hierarchy=unified";

// systemd knows container managers by name; of a plain machine it says nothing.
std::string virtualization(const BusObject& o) {
    auto found = detect_virtualization(o.manager.options().root());
    return found.kind == Virtualization::Kind::None ? std::string() : found.id;
}

std::string_view level_name(const BusObject&) {
    constexpr std::array<std::string_view, 8> names = {"emerg",   "alert",  "crit", "err",
                                                       "warning", "notice", "info", "debug"};
    return names[static_cast<size_t>(log_level())];
}

uint32_t count_names(const BusObject& o) {
    size_t count = 0;
    for (const auto& unit : o.manager.units()) {
        if (unit) count += unit->loaded.names.size();
    }
    return static_cast<uint32_t>(count);
}

// As systemd: how much of all that was queued so far has been done.
double progress(const BusObject& o) {
    uint32_t all = o.record.installed_jobs;
    if (o.record.finished.set() || all == 0) return 1.0;
    return 1.0 - static_cast<double>(o.manager.jobs().size()) / all;
}

// A default that a unit without settings has: the value of that property of an empty service.
template <auto Name>
void default_of(const BusObject& o, Writer& out) {
    static const LoadedUnit empty;
    const Property* property = find_property(interface_name::service, Name());
    if (!property) property = find_property(interface_name::unit, Name());
    (void)o;
    std::visit([&](const auto& value) { put(out, value); }, property->directive->get(empty));
}
#define SCTL_DEFAULT(NAME, SIGNATURE, OF)                               \
    {                                                                   \
        "Default" NAME, SIGNATURE, Never, default_of<[] { return OF; }> \
    }
#define SCTL_DEFAULT_LIMIT(RESOURCE)                       \
    SCTL_DEFAULT("Limit" RESOURCE, "t", "Limit" RESOURCE), \
        SCTL_DEFAULT("Limit" RESOURCE "Soft", "t", "Limit" RESOURCE "Soft")
// A moment of a boot phase that containers do not have.
#define SCTL_NEVER(NAME)             \
    {NAME, "t", Never}, {            \
        NAME "Monotonic", "t", Never \
    }

#define SCTL_BOOT_TIME(NAME, MEMBER) \
    SCTL_MOMENT(NAME, Never, [](const BusObject& x) { return x.manager.boot_times().MEMBER; })

constexpr Property manager_rows[] = {
    {"Version", "s", Never, of_object<version>},
    {"Features", "s", Never, [](const BusObject&, Writer& out) { out.string(features); }},
    {"Virtualization", "s", Never, of_object<virtualization>},
    {"Architecture", "s", Never,
     of_object<[](const BusObject& o) { return o.manager.facts().architecture; }>},
    {"Tainted", "s", Never, of_object<[](const BusObject& o) {
         return join(find_taints(o.manager.options().root()), ":");
     }>},
    SCTL_NEVER("FirmwareTimestamp"),
    SCTL_NEVER("LoaderTimestamp"),
    SCTL_NEVER("KernelTimestamp"),
    SCTL_NEVER("InitRDTimestamp"),
    SCTL_MOMENT("UserspaceTimestamp", Never, [](const BusObject& x) { return x.record.started; }),
    SCTL_MOMENT("FinishTimestamp", Never, [](const BusObject& x) { return x.record.finished; }),
    SCTL_NEVER("SecurityStartTimestamp"),
    SCTL_NEVER("SecurityFinishTimestamp"),
    SCTL_BOOT_TIME("GeneratorsStartTimestamp", generators_start),
    SCTL_BOOT_TIME("GeneratorsFinishTimestamp", generators_finish),
    SCTL_BOOT_TIME("UnitsLoadStartTimestamp", units_load_start),
    SCTL_BOOT_TIME("UnitsLoadFinishTimestamp", units_load_finish),
    SCTL_NEVER("UnitsLoadTimestamp"),
    SCTL_NEVER("InitRDSecurityStartTimestamp"),
    SCTL_NEVER("InitRDSecurityFinishTimestamp"),
    SCTL_NEVER("InitRDGeneratorsStartTimestamp"),
    SCTL_NEVER("InitRDGeneratorsFinishTimestamp"),
    SCTL_NEVER("InitRDUnitsLoadStartTimestamp"),
    SCTL_NEVER("InitRDUnitsLoadFinishTimestamp"),
    {"LogLevel", "s", Silently, of_object<level_name>},
    {"LogTarget", "s", Silently, [](const BusObject&, Writer& out) { out.string("console"); }},
    {"NNames", "u", Silently, of_object<count_names>},
    {"NFailedUnits", "u", Announced,
     of_object<[](const BusObject& o) { return static_cast<uint32_t>(o.manager.failed_count()); }>},
    {"NJobs", "u", Silently,
     of_object<[](const BusObject& o) { return static_cast<uint32_t>(o.manager.jobs().size()); }>},
    {"NInstalledJobs", "u", Silently,
     of_object<[](const BusObject& o) { return o.record.installed_jobs; }>},
    {"NFailedJobs", "u", Silently,
     of_object<[](const BusObject& o) { return o.record.failed_jobs; }>},
    {"Progress", "d", Silently, of_object<progress>},
    {"Environment", "as", Silently, of_manager<[](Manager& m) { return m.environment(); }>},
    {"ConfirmSpawn", "b", Never},
    {"ShowStatus", "b", Silently, of_manager<[](Manager& m) { return m.show_status(); }>},
    {"UnitPath", "as", Never,
     of_manager<[](Manager& m) { return m.index().search_path().directories; }>},
    // What a unit that does not set it gets; one without a file shows otherwise.
    {"DefaultStandardOutput", "s", Never,
     [](const BusObject&, Writer& out) { out.string(to_text(ExecConfig{}.std_output)); }},
    SCTL_DEFAULT("StandardError", "s", "StandardError"),
    {"WatchdogDevice", "s", Never},
    {"WatchdogLastPingTimestamp", "t", Silently, not_set},
    {"WatchdogLastPingTimestampMonotonic", "t", Silently, not_set},
    {"RuntimeWatchdogUSec", "t", Silently},
    {"RuntimeWatchdogPreUSec", "t", Silently},
    {"RuntimeWatchdogPreGovernor", "s", Silently},
    {"RebootWatchdogUSec", "t", Silently},
    {"KExecWatchdogUSec", "t", Silently},
    {"ServiceWatchdogs", "b", Silently,
     of_manager<[](Manager& m) { return m.service_watchdogs(); }>},
    {"ControlGroup", "s", Silently},
    {"SystemState", "s", Silently, of_manager<[](Manager& m) { return to_string(m.state()); }>},
    {"ExitCode", "y", Silently,
     of_manager<[](Manager& m) { return static_cast<uint8_t>(m.exit_status()); }>},
    {"DefaultTimerAccuracyUSec", "t", Never, always<uint64_t{60'000'000}>},
    SCTL_DEFAULT("TimeoutStartUSec", "t", "TimeoutStartUSec"),
    SCTL_DEFAULT("TimeoutStopUSec", "t", "TimeoutStopUSec"),
    {"DefaultTimeoutAbortUSec", "t", Silently, default_of<[] { return "TimeoutAbortUSec"; }>},
    {"DefaultDeviceTimeoutUSec", "t", Never, always<uint64_t{90'000'000}>},
    SCTL_DEFAULT("RestartUSec", "t", "RestartUSec"),
    SCTL_DEFAULT("StartLimitIntervalUSec", "t", "StartLimitIntervalUSec"),
    SCTL_DEFAULT("StartLimitBurst", "u", "StartLimitBurst"),
    {"DefaultCPUAccounting", "b", Never},
    {"DefaultBlockIOAccounting", "b", Never},
    {"DefaultMemoryAccounting", "b", Never},
    {"DefaultTasksAccounting", "b", Never},
    SCTL_DEFAULT_LIMIT("CPU"),
    SCTL_DEFAULT_LIMIT("FSIZE"),
    SCTL_DEFAULT_LIMIT("DATA"),
    SCTL_DEFAULT_LIMIT("STACK"),
    SCTL_DEFAULT_LIMIT("CORE"),
    SCTL_DEFAULT_LIMIT("RSS"),
    {"DefaultLimitNOFILE", "t", Never,
     of_object<[](const BusObject&) { return default_file_limit().hard; }>},
    {"DefaultLimitNOFILESoft", "t", Never,
     of_object<[](const BusObject&) { return default_file_limit().soft; }>},
    SCTL_DEFAULT_LIMIT("AS"),
    SCTL_DEFAULT_LIMIT("NPROC"),
    SCTL_DEFAULT_LIMIT("MEMLOCK"),
    SCTL_DEFAULT_LIMIT("LOCKS"),
    SCTL_DEFAULT_LIMIT("SIGPENDING"),
    SCTL_DEFAULT_LIMIT("MSGQUEUE"),
    SCTL_DEFAULT_LIMIT("NICE"),
    SCTL_DEFAULT_LIMIT("RTPRIO"),
    SCTL_DEFAULT_LIMIT("RTTIME"),
    {"DefaultTasksMax", "t", Silently, not_set},
    {"TimerSlackNSec", "t", Never, always<uint64_t{50'000}>},
    {"DefaultOOMPolicy", "s", Never, [](const BusObject&, Writer& out) { out.string("stop"); }},
    SCTL_DEFAULT("OOMScoreAdjust", "i", "OOMScoreAdjust"),
    {"CtrlAltDelBurstAction", "s", Never,
     [](const BusObject&, Writer& out) { out.string("none"); }},
};

constexpr Property log_control_rows[] = {
    {"LogLevel", "s", Silently, of_object<level_name>},
    {"LogTarget", "s", Silently, [](const BusObject&, Writer& out) { out.string("console"); }},
    {"SyslogIdentifier", "s", Silently,
     [](const BusObject&, Writer& out) { out.string("systemd"); }},
};

} // namespace

std::span<const Property> log_control_properties() {
    return log_control_rows;
}

std::span<const Property> manager_properties() {
    return manager_rows;
}

} // namespace sctl
