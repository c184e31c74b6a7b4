// org.freedesktop.systemd1.Manager.
#include <array>

#include "base/version.hpp"
#include "bus/properties/property_rows.hpp"
#include "os/machine.hpp"
#include "unit/values/enum_text.hpp"
#include "unit/values/inherited.hpp"

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

// The value of a setting in a unit that says nothing; named after the setting's property.
constexpr Property default_of(std::string_view name, Changes changes = Never) {
    return {.name = name, .signature = {}, .changes = changes, .of_empty = true};
}

template <auto Get>
void of_config(const BusObject& object, Writer& out) {
    put(out, Get(object.manager.config()));
}

// A phase of the boot that containers do not have.
constexpr Property never(std::string_view name) {
    return moment(name, Never, [](const BusObject&) { return Moment{}; });
}

template <auto Phase>
constexpr Property boot_time(std::string_view name) {
    return moment(name, Never, [](const BusObject& o) { return o.manager.boot_times().*Phase; });
}

constexpr Property manager_rows[] = {
    {"Version", "s", Never, of_object<version>},
    {"Features", "s", Never, [](const BusObject&, Writer& out) { out.string(features); }},
    {"Virtualization", "s", Never, of_object<virtualization>},
    {"Architecture", "s", Never,
     of_object<[](const BusObject& o) { return o.manager.facts().architecture; }>},
    {"Tainted", "s", Never, of_object<[](const BusObject& o) {
         return join(find_taints(o.manager.options().root()), ":");
     }>},
    never("FirmwareTimestamp"),
    never("LoaderTimestamp"),
    never("KernelTimestamp"),
    never("InitRDTimestamp"),
    moment("UserspaceTimestamp", Never, [](const BusObject& o) { return o.record.started; }),
    moment("FinishTimestamp", Never, [](const BusObject& o) { return o.record.finished; }),
    never("SecurityStartTimestamp"),
    never("SecurityFinishTimestamp"),
    boot_time<&BootTimes::generators_start>("GeneratorsStartTimestamp"),
    boot_time<&BootTimes::generators_finish>("GeneratorsFinishTimestamp"),
    boot_time<&BootTimes::units_load_start>("UnitsLoadStartTimestamp"),
    boot_time<&BootTimes::units_load_finish>("UnitsLoadFinishTimestamp"),
    never("UnitsLoadTimestamp"),
    never("InitRDSecurityStartTimestamp"),
    never("InitRDSecurityFinishTimestamp"),
    never("InitRDGeneratorsStartTimestamp"),
    never("InitRDGeneratorsFinishTimestamp"),
    never("InitRDUnitsLoadStartTimestamp"),
    never("InitRDUnitsLoadFinishTimestamp"),
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
    {"DefaultStandardOutput", "s", Never,
     of_config<[](const ManagerConfig& c) { return to_text(c.units.std_output); }>},
    {"DefaultStandardError", "s", Never,
     of_config<[](const ManagerConfig& c) { return to_text(c.units.std_error); }>},
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
    {"DefaultTimerAccuracyUSec", "t", Never,
     of_config<[](const ManagerConfig& c) { return c.units.timer_accuracy; }>},
    default_of("DefaultTimeoutStartUSec"),
    default_of("DefaultTimeoutStopUSec"),
    default_of("DefaultTimeoutAbortUSec", Silently),
    {"DefaultDeviceTimeoutUSec", "t", Never,
     of_config<[](const ManagerConfig& c) { return c.units.device_timeout; }>},
    default_of("DefaultRestartUSec"),
    default_of("DefaultStartLimitIntervalUSec"),
    default_of("DefaultStartLimitBurst"),
    default_of("DefaultCPUAccounting"),
    default_of("DefaultBlockIOAccounting"),
    default_of("DefaultMemoryAccounting"),
    default_of("DefaultTasksAccounting"),
    default_of("DefaultLimitCPU"),
    default_of("DefaultLimitCPUSoft"),
    default_of("DefaultLimitFSIZE"),
    default_of("DefaultLimitFSIZESoft"),
    default_of("DefaultLimitDATA"),
    default_of("DefaultLimitDATASoft"),
    default_of("DefaultLimitSTACK"),
    default_of("DefaultLimitSTACKSoft"),
    default_of("DefaultLimitCORE"),
    default_of("DefaultLimitCORESoft"),
    default_of("DefaultLimitRSS"),
    default_of("DefaultLimitRSSSoft"),
    default_of("DefaultLimitNOFILE"),
    default_of("DefaultLimitNOFILESoft"),
    default_of("DefaultLimitAS"),
    default_of("DefaultLimitASSoft"),
    default_of("DefaultLimitNPROC"),
    default_of("DefaultLimitNPROCSoft"),
    default_of("DefaultLimitMEMLOCK"),
    default_of("DefaultLimitMEMLOCKSoft"),
    default_of("DefaultLimitLOCKS"),
    default_of("DefaultLimitLOCKSSoft"),
    default_of("DefaultLimitSIGPENDING"),
    default_of("DefaultLimitSIGPENDINGSoft"),
    default_of("DefaultLimitMSGQUEUE"),
    default_of("DefaultLimitMSGQUEUESoft"),
    default_of("DefaultLimitNICE"),
    default_of("DefaultLimitNICESoft"),
    default_of("DefaultLimitRTPRIO"),
    default_of("DefaultLimitRTPRIOSoft"),
    default_of("DefaultLimitRTTIME"),
    default_of("DefaultLimitRTTIMESoft"),
    default_of("DefaultTasksMax", Silently),
    {"TimerSlackNSec", "t", Never,
     of_object<[](const BusObject&) { return inherited_timer_slack(); }>},
    default_of("DefaultOOMPolicy"),
    default_of("DefaultOOMScoreAdjust"),
    {"CtrlAltDelBurstAction", "s", Never,
     of_config<[](const ManagerConfig& c) { return to_text(c.ctrl_alt_del_burst_action); }>},
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
