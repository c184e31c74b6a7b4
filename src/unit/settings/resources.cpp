// systemd.resource-control(5): all of it needs a control group, and none of it is acted on but
// Slice=. What is written is shown, as systemd does; that a limit does not hold is said when the
// unit starts, and in docs/compat.md.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/files.hpp"
#include "unit/settings/written_rows.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/unit_kind.hpp"

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
    if (name->type() != UnitType::Slice || kind_of(setting.unit).slice_is_in_name)
        return setting.warning(cat("Failed to assign slice ", *text, " to unit ", id.str(),
                                   ", ignoring: ", strerror(EINVAL)));
    setting.unit.slice = *text;
}
PropertyValue slice(const LoadedUnit& unit) {
    return unit.slice;
}

// Settings of the old control groups, whose successors have other names.
template <Text Successor, auto Parse>
void read_obsolete(Setting& setting) {
    setting.warning(cat("Unit uses ", setting.key, "=; please use ", Successor.characters,
                        " instead. Support for ", setting.key, "= will be removed soon."));
    Parse(setting);
}
template <Text Successor, auto Parse>
constexpr Directive obsolete(Directive row) {
    row.parse = read_obsolete<Successor, Parse>;
    return row;
}

// --- numbers -------------------------------------------------------------------------------------

constexpr Directive accounting(std::string_view name) {
    return settable(flag_row(name, Accepted), {&settable_flag});
}

constexpr Directive weight(std::string_view name, uint32_t least, uint32_t most,
                           const SettableKind& kind = settable_weight,
                           ValueFormat format = ValueFormat::NotSet) {
    return settable({name, Accepted, keep_settable, name, "t", fixed<max>}, {&kind, least, most},
                    format);
}
constexpr Directive cpu_weight(std::string_view name) {
    return weight(name, 1, 10000, settable_weight_or_idle, ValueFormat::Weight);
}

// Of all that the machine has.
uint64_t share_of(uint64_t all, uint32_t scale) {
    return all * permyriad_of_scale(scale) / permyriad_of_scale(UINT32_MAX);
}

// Bytes or tasks, of which a share is worked out; `what` is what systemd's warnings call it.
std::optional<PropertyValue> read_amount(const SettingText& setting, const Directive& row,
                                         std::string_view what, std::string_view what_else,
                                         uint64_t (*part)(uint32_t scale)) {
    auto value = row.settable.kind->parse(row, setting.value);
    if (!value) {
        setting.warning(cat("Invalid ", what, " '", setting.value,
                            "', ignoring: ", strerror(value.error().code)));
        return std::nullopt;
    }
    if (!row.settable.kind->lines(row, *value)) {
        setting.warning(cat(what_else, " '", setting.value, "' out of range, ignoring."));
        return std::nullopt;
    }
    if (const auto* scale = std::get_if<uint32_t>(&*value)) *value = part(*scale);
    return std::move(*value);
}

uint64_t memory_share(uint32_t scale) {
    return share_of(static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)), scale) *
           static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}
void keep_memory(Setting& setting) {
    const Directive& row = setting.directive;
    if (setting.value.empty()) return forget_written(setting.unit, row.property);
    if (auto value = read_amount(setting, row, "memory limit", "Memory limit", memory_share))
        keep(setting, std::move(*value));
}
constexpr Directive ceiling(std::string_view name, uint32_t least = 1) {
    return settable({name, Absent, keep_memory, name, "t", fixed<max>, "infinity"},
                    {&settable_amount, least}, ValueFormat::Infinity);
}
constexpr Directive protection(std::string_view name, ValueFormat format = ValueFormat::Infinity) {
    return settable({name, Accepted, keep_memory, name, "t", fixed<uint64_t{0}>},
                    {&settable_protection}, format);
}

// As many as the kernel allows at once.
uint64_t all_tasks() {
    uint64_t least = max;
    for (auto path : {"/proc/sys/kernel/threads-max", "/proc/sys/kernel/pid_max"}) {
        auto text = read_virtual_file(path);
        auto number = text ? parse_number<uint64_t>(trim(*text)) : std::nullopt;
        if (number) least = std::min(least, *number);
    }
    return least;
}
void keep_tasks(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    if (auto value = read_tasks_max(setting)) keep(setting, *value);
}

void keep_quota(Setting& setting) {
    if (!setting.value.empty() && !settable_quota.parse(setting.directive, setting.value))
        return setting.warning(cat("Invalid CPU quota '", setting.value, "', ignoring."));
    keep_settable(setting);
}

// --- lists and words -----------------------------------------------------------------------------

void keep_word(Setting& setting) {
    keep_choice(setting, setting.directive.settable.kind->words);
}

constexpr Directive number_set(std::string_view name, ValueFormat format = ValueFormat::NumberSet) {
    return settable({name, Absent, keep_settable, name, "ay"}, {&settable_number_set}, format);
}
constexpr Directive devices(std::string_view name, Support support, const Settable& how) {
    return settable({name, support, keep_settable, name, "a(st)"}, how);
}
constexpr Directive addresses(std::string_view name, Support support) {
    return settable({name, support, keep_settable, name, "a(iayu)"}, {&settable_addresses});
}
constexpr Directive port_rules(std::string_view name, Support support) {
    return settable({name, support, keep_settable, name, "a(iiqq)"}, {&settable_port_rules});
}
constexpr Directive word(std::string_view name, Support support, const SettableKind& kind,
                         PropertyValue (*initial)(const LoadedUnit&),
                         std::string_view neutral = "") {
    return settable({name, support, keep_word, name, "s", initial, neutral}, {&kind});
}

// In systemd's order, whatever is written.
void keep_controllers(Setting& setting) {
    keep_words(setting);
    const auto* written = written_value(setting.unit, setting.directive.property);
    if (!written) return;
    PropertyValue controllers = *written;
    settable_controllers.join(controllers, nullptr);
    keep(setting, std::move(controllers));
}

// The value is one path, blanks and all.
void keep_filter_path(Setting& setting) {
    auto property = setting.directive.property;
    if (setting.value.empty()) return forget_written(setting.unit, property);
    auto text = expanded(setting, setting.value);
    auto path = text ? checked_path(setting, *text) : std::nullopt;
    if (!path) return;
    Strings paths;
    if (const auto* before = written_value(setting.unit, property))
        paths = std::get<Strings>(*before);
    if (std::ranges::find(paths, *path) == paths.end()) paths.push_back(std::move(*path));
    keep(setting, std::move(paths));
}

// "TYPE:PATH", the newest first.
void keep_bpf_program(Setting& setting) {
    static constexpr std::string_view types[] = {
        "ingress",  "egress",   "sock_create", "sock_ops",   "device",     "bind4",
        "bind6",    "connect4", "connect6",    "post_bind4", "post_bind6", "sendmsg4",
        "sendmsg6", "sysctl",   "recvmsg4",    "recvmsg6",   "getsockopt", "setsockopt"};
    auto property = setting.directive.property;
    if (setting.value.empty()) return forget_written(setting.unit, property);
    auto colon = std::min(setting.value.find(':'), setting.value.size());
    auto type = setting.value.substr(0, colon);
    if (std::ranges::find(types, type) == std::end(types))
        return setting.warning(
            cat("Unknown BPF attach type=", type, ", ignoring: ", setting.value));
    auto text = expanded(setting, setting.value.substr(std::min(colon + 1, setting.value.size())));
    auto path = text ? checked_path(setting, *text) : std::nullopt;
    if (!path) return;
    StringPairs programs{{std::string(type), std::move(*path)}};
    if (const auto* before = written_value(setting.unit, property)) {
        const auto& older = std::get<StringPairs>(*before);
        programs.insert(programs.end(), older.begin(), older.end());
    }
    keep(setting, std::move(programs));
}

// --- Delegate= -----------------------------------------------------------------------------------

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
    {"", Accepted, nullptr, "DelegateControllers", "as", no_words},
    settable(
        {"DisableControllers", Accepted, keep_controllers, "DisableControllers", "as", no_words},
        {&settable_controllers}),
    accounting("CPUAccounting"),
    cpu_weight("CPUWeight"),
    cpu_weight("StartupCPUWeight"),
    obsolete<"CPUWeight=", keep_settable>(weight("CPUShares", 2, 262144, settable_shares)),
    obsolete<"CPUWeight=", keep_settable>(weight("StartupCPUShares", 2, 262144, settable_shares)),
    settable({"CPUQuota", Absent, keep_quota, "CPUQuotaPerSecUSec", "t", fixed<max>},
             {&settable_quota}),
    settable({"CPUQuotaPeriodSec", Accepted, keep_span, "CPUQuotaPeriodUSec", "t", fixed<max>},
             {&settable_period}),
    number_set("AllowedCPUs"),
    number_set("StartupAllowedCPUs"),
    number_set("AllowedMemoryNodes"),
    number_set("StartupAllowedMemoryNodes"),
    accounting("MemoryAccounting"),
    protection("MemoryMin", ValueFormat::ByType),
    protection("MemoryLow"),
    protection("DefaultMemoryMin"),
    protection("DefaultMemoryLow"),
    ceiling("MemoryHigh"),
    ceiling("MemoryMax"),
    ceiling("MemorySwapMax", 0),
    obsolete<"MemoryMax=", keep_memory>(ceiling("MemoryLimit")),
    accounting("TasksAccounting"),
    settable({"TasksMax", Absent, keep_tasks, "TasksMax", "t", fixed<max>, "infinity"},
             {&settable_count, 1}, ValueFormat::Infinity),
    accounting("IOAccounting"),
    weight("IOWeight", 1, 10000),
    weight("StartupIOWeight", 1, 10000),
    devices("IODeviceWeight", Accepted, {&settable_device_weights, 1, 10000}),
    devices("IOReadBandwidthMax", Absent, {&settable_device_amounts}),
    devices("IOWriteBandwidthMax", Absent, {&settable_device_amounts}),
    devices("IOReadIOPSMax", Absent, {&settable_device_amounts}),
    devices("IOWriteIOPSMax", Absent, {&settable_device_amounts}),
    settable(
        {"IODeviceLatencyTargetSec", Accepted, keep_settable, "IODeviceLatencyTargetUSec", "a(st)"},
        {&settable_device_spans}, ValueFormat::TimedPaths),
    accounting("BlockIOAccounting"),
    weight("BlockIOWeight", 10, 1000, settable_block_weight),
    weight("StartupBlockIOWeight", 10, 1000, settable_block_weight),
    obsolete<"IO*= settings", keep_settable>(
        devices("BlockIODeviceWeight", Accepted, {&settable_device_weights, 10, 1000})),
    obsolete<"IO*= settings", keep_settable>(
        devices("BlockIOReadBandwidth", Absent, {&settable_device_amounts})),
    obsolete<"IO*= settings", keep_settable>(
        devices("BlockIOWriteBandwidth", Absent, {&settable_device_amounts})),
    word("DevicePolicy", Protection, settable_device_policy, fixed_text<"auto">, "auto"),
    settable({"DeviceAllow", Protection, keep_settable, "DeviceAllow", "a(ss)"},
             {&settable_device_rules}, ValueFormat::BlankPairs),
    accounting("IPAccounting"),
    addresses("IPAddressAllow", Accepted),
    addresses("IPAddressDeny", Protection),
    {"IPIngressFilterPath", Protection, keep_filter_path, "IPIngressFilterPath", "as", no_words},
    {"IPEgressFilterPath", Protection, keep_filter_path, "IPEgressFilterPath", "as", no_words},
    port_rules("SocketBindAllow", Accepted),
    port_rules("SocketBindDeny", Protection),
    settable({"RestrictNetworkInterfaces", Protection, keep_settable, "RestrictNetworkInterfaces",
              "(bas)"},
             {&settable_interfaces}),
    formatted({"BPFProgram", Absent, keep_bpf_program, "BPFProgram", "a(ss)"},
              ValueFormat::ColonPairs),
    word("ManagedOOMSwap", Accepted, settable_oom_mode, fixed_text<"auto">),
    word("ManagedOOMMemoryPressure", Accepted, settable_oom_mode, fixed_text<"auto">),
    settable({"ManagedOOMMemoryPressureLimit", Accepted, keep_settable,
              "ManagedOOMMemoryPressureLimit", "u", fixed<uint32_t{0}>},
             {&settable_share}),
    word("ManagedOOMPreference", Accepted, settable_oom_preference, fixed_text<"none">),

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

std::optional<uint64_t> read_tasks_max(const SettingText& setting) {
    auto value = read_amount(setting, *directive_of("TasksMax"), "maximum tasks value",
                             "Maximum tasks value",
                             [](uint32_t scale) { return share_of(all_tasks(), scale); });
    return value ? std::optional(std::get<uint64_t>(*value)) : std::nullopt;
}

std::span<const Directive> resource_rows() {
    return in_section<resource_directives, Section::Resources>;
}

} // namespace sctl
