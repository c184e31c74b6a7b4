// systemd.resource-control(5): all of it needs a control group, and none of it is acted on but
// Slice=. What is written is shown, as systemd does; that a limit does not hold is said when the
// unit starts, and in docs/compat.md.
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "unit/parse_value.hpp"
#include "unit/unit_kind.hpp"
#include "unit/written_rows.hpp"

namespace sctl {
namespace {

using enum Support;

constexpr uint64_t max = UINT64_MAX; // "infinity", or "[not set]" of a weight

void read_slice(Setting& setting) {
    auto text = expanded(setting, setting.value);
    if (!text) return;
    auto name = UnitName::parse(*text);
    if (!name || name->is_template())
        return setting.warning(cat("Failed to load slice unit ", *text, ". Ignoring."));
    // A slice's own name says where it lies.
    const UnitName& id = setting.unit.id;
    if (name->type() != UnitType::Slice || id.type() == UnitType::Slice)
        return setting.warning(cat("Failed to assign slice ", *text, " to unit ", id.str(),
                                   ", ignoring: ", strerror(EINVAL)));
    setting.unit.slice = *text;
}
PropertyValue slice(const LoadedUnit& unit) {
    return unit.slice;
}

// Settings of the old control groups, whose successors have other names.
template <Text Successor, void (*Parse)(Setting&)>
void read_obsolete(Setting& setting) {
    setting.warning(cat("Unit uses ", setting.key, "=; please use ", Successor.characters,
                        " instead. Support for ", setting.key, "= will be removed soon."));
    if constexpr (Parse != nullptr) Parse(setting);
}
template <Text Successor, void (*Parse)(Setting&) = nullptr>
constexpr Directive obsolete(Directive row) {
    row.parse = read_obsolete<Successor, Parse>;
    return row;
}

template <uint64_t Least, uint64_t Most>
void keep_weight(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    auto value = parse_integer<uint64_t>(setting.value, Least, Most);
    if (value)
        keep(setting, *value);
    else
        setting.warning(
            cat("Invalid weight '", setting.value, "', ignoring: ", strerror(value.error().code)));
}
template <uint64_t Least = 1, uint64_t Most = 10000>
constexpr Directive weight(std::string_view name) {
    return {name, Accepted, keep_weight<Least, Most>, name, "t", fixed<max>};
}

// Bytes, or a share of the machine's memory.
void keep_memory(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    if (setting.value == "infinity") return keep(setting, max);
    if (auto share = parse_permyriad(setting.value)) {
        auto pages = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES));
        auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
        constexpr uint64_t whole = 10000;
        return keep(setting, pages * static_cast<uint64_t>(*share) / whole * page);
    }
    auto bytes = parse_size(setting.value);
    if (bytes)
        keep(setting, *bytes);
    else
        setting.warning(cat("Invalid memory limit '", setting.value,
                            "', ignoring: ", strerror(bytes.error().code)));
}
constexpr Directive ceiling(std::string_view name) {
    return {name, Absent, keep_memory, name, "t", fixed<max>, "infinity"};
}
constexpr Directive floor_of(std::string_view name) {
    return {name, Accepted, keep_memory, name, "t", fixed<uint64_t{0}>};
}

// A number; "infinity" is the greatest. A share of what the machine allows is not worked out.
void read_tasks(Setting& setting) {
    if (setting.value.empty() || setting.value == "infinity" || setting.value.ends_with('%'))
        return forget_written(setting.unit, setting.directive.property);
    auto value = parse_integer<uint64_t>(setting.value, 1, max - 1);
    if (value)
        keep(setting, *value);
    else
        setting.warning(cat("Invalid maximum tasks value '", setting.value,
                            "', ignoring: ", strerror(value.error().code)));
}

void read_cpu_quota(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    auto share = parse_permyriad(setting.value, true);
    if (!share || *share == 0)
        return setting.warning(cat("Invalid CPU quota '", setting.value, "', ignoring."));
    constexpr uint64_t usec_of_permyriad = 100;
    keep(setting, static_cast<uint64_t>(*share) * usec_of_permyriad);
}

// Whether, or which controllers; D-Bus has the latter apart.
void read_delegate(Setting& setting) {
    if (!kind_of(setting.unit).can_delegate)
        return setting.warning("Delegate= setting not supported for this unit type, ignoring.");
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

constexpr Directive resource_directives[] = {
    {"Slice", Accepted, read_slice, "Slice", "s", slice},
    {"Delegate", Accepted, read_delegate, "Delegate", "b", fixed<false>},
    words_row("DisableControllers", Accepted),
    flag_row("CPUAccounting", Accepted),
    weight("CPUWeight"),
    weight("StartupCPUWeight"),
    obsolete<"CPUWeight=", keep_weight<2, 262144>>(weight("CPUShares")),
    obsolete<"CPUWeight=", keep_weight<2, 262144>>(weight("StartupCPUShares")),
    {"CPUQuota", Absent, read_cpu_quota, "CPUQuotaPerSecUSec", "t", fixed<max>},
    {"CPUQuotaPeriodSec", Accepted, keep_span, "CPUQuotaPeriodUSec", "t", fixed<max>},
    {"AllowedCPUs", Absent},
    {"StartupAllowedCPUs", Absent},
    {"AllowedMemoryNodes", Absent},
    {"StartupAllowedMemoryNodes", Absent},
    flag_row("MemoryAccounting", Accepted),
    floor_of("MemoryMin"),
    floor_of("MemoryLow"),
    floor_of("DefaultMemoryMin"),
    floor_of("DefaultMemoryLow"),
    ceiling("MemoryHigh"),
    ceiling("MemoryMax"),
    ceiling("MemorySwapMax"),
    obsolete<"MemoryMax=", keep_memory>(ceiling("MemoryLimit")),
    flag_row("TasksAccounting", Accepted),
    {"TasksMax", Absent, read_tasks, "TasksMax", "t", fixed<max>, "infinity"},
    flag_row("IOAccounting", Accepted),
    weight("IOWeight"),
    weight("StartupIOWeight"),
    {"IODeviceWeight", Accepted},
    {"IOReadBandwidthMax", Absent},
    {"IOWriteBandwidthMax", Absent},
    {"IOReadIOPSMax", Absent},
    {"IOWriteIOPSMax", Absent},
    {"IODeviceLatencyTargetSec", Accepted},
    flag_row("BlockIOAccounting", Accepted),
    weight<10, 1000>("BlockIOWeight"),
    weight<10, 1000>("StartupBlockIOWeight"),
    obsolete<"IO*= settings">({"BlockIODeviceWeight", Accepted}),
    obsolete<"IO*= settings">({"BlockIOReadBandwidth", Absent}),
    obsolete<"IO*= settings">({"BlockIOWriteBandwidth", Absent}),
    choice_row<"auto closed strict">("DevicePolicy", Protection, fixed_text<"auto">, "auto"),
    {"DeviceAllow", Protection},
    flag_row("IPAccounting", Accepted),
    {"IPAddressAllow", Accepted},
    {"IPAddressDeny", Protection},
    words_row("IPIngressFilterPath", Protection),
    words_row("IPEgressFilterPath", Protection),
    {"SocketBindAllow", Accepted},
    {"SocketBindDeny", Protection},
    {"RestrictNetworkInterfaces", Protection},
    {"BPFProgram", Absent},
    choice_row<"auto kill">("ManagedOOMSwap", Accepted, fixed_text<"auto">),
    choice_row<"auto kill">("ManagedOOMMemoryPressure", Accepted, fixed_text<"auto">),
    {"ManagedOOMMemoryPressureLimit", Accepted, nullptr, "ManagedOOMMemoryPressureLimit", "u",
     fixed<uint32_t{0}>},
    choice_row<"none avoid omit">("ManagedOOMPreference", Accepted, fixed_text<"none">),

    // Since systemd 253.
    {"StartupMemoryLow", Accepted},
    {"StartupMemoryHigh", Accepted},
    {"StartupMemoryMax", Accepted},
    {"StartupMemorySwapMax", Accepted},
    {"StartupMemoryZSwapMax", Accepted},
    {"DefaultStartupMemoryLow", Accepted},
    {"MemoryZSwapMax", Accepted},
    {"MemoryZSwapWriteback", Accepted},
    {"MemoryPressureWatch", Accepted},
    {"MemoryPressureThresholdSec", Accepted},
    {"ManagedOOMMemoryPressureDurationSec", Accepted},
    {"CoredumpReceive", Accepted},
    {"DelegateSubgroup", Accepted},
    {"NFTSet", Accepted},
};

} // namespace

std::span<const Directive> resource_rows() {
    return resource_directives;
}

} // namespace sctl
