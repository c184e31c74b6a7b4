#include "bus/properties/settable_properties.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

#include "base/text.hpp"
#include "bus/errors.hpp"
#include "unit/cgroup_controllers.hpp"
#include "unit/specifiers.hpp"
#include "unit/time_span.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {
namespace {

using Row = SettableProperty;
using Lines = Result<std::string>;

Error out_of_range(const Row& row) {
    return error_named(bus_error::invalid_args,
                       cat("Value specified in ", row.name, " is out of range"));
}

std::string assignment(const Row& row, std::string_view value) {
    return cat(row.key, "=", value);
}

Lines yes_or_no(const Row& row, Reader& in) {
    auto value = in.boolean();
    if (!value) return value.error();
    return assignment(row, *value ? "yes" : "no");
}

// UINT64_MAX takes the setting away.
Lines weight(const Row& row, Reader& in) {
    auto value = in.uint64();
    if (!value) return value.error();
    if (*value == UINT64_MAX) return assignment(row, "");
    if (*value < row.least || *value > row.most) return out_of_range(row);
    return assignment(row, cat(*value));
}

Lines weight_or_idle(const Row& row, Reader& in) {
    auto value = in.uint64();
    if (!value) return value.error();
    if (*value == UINT64_MAX) return assignment(row, "");
    if (*value > row.most) return out_of_range(row);
    return assignment(row, *value == 0 ? "idle" : cat(*value));
}

Lines amount(const Row& row, Reader& in) {
    auto value = in.uint64();
    if (!value) return value.error();
    if (*value < row.least) return out_of_range(row);
    return assignment(row, *value == UINT64_MAX ? "infinity" : cat(*value));
}

// A part of what there is, UINT32_MAX being all of it.
Lines part(const Row& row, Reader& in) {
    auto value = in.uint32();
    if (!value) return value.error();
    if (*value < row.least) return out_of_range(row);
    uint64_t permyriad = (uint64_t{*value} * 10000 + UINT32_MAX / 2) / UINT32_MAX;
    return assignment(
        row, cat(permyriad / 100, ".", permyriad % 100 < 10 ? "0" : "", permyriad % 100, "%"));
}

// Of a second; UINT64_MAX is no limit.
Lines quota(const Row& row, Reader& in) {
    auto value = in.uint64();
    if (!value) return value.error();
    if (*value == 0)
        return error_named(bus_error::invalid_args, cat(row.name, " value out of range"));
    if (*value == UINT64_MAX) return assignment(row, "");
    return assignment(row, cat((*value + 5000) / 10000, "%"));
}

Span span_of(uint64_t usec) {
    return Span(
        static_cast<Span::rep>(std::min<uint64_t>(usec, static_cast<uint64_t>(infinity.count()))));
}

Lines period(const Row& row, Reader& in) {
    auto value = in.uint64();
    if (!value) return value.error();
    if (*value == UINT64_MAX) return assignment(row, "");
    return assignment(row, format_span(span_of(*value), 1us));
}

template <const std::string_view* First, size_t Count>
Lines one_of(const Row& row, Reader& in) {
    auto value = in.string();
    if (!value) return value.error();
    if (std::find(First, First + Count, *value) == First + Count)
        return error_named(bus_error::invalid_args,
                           cat("Invalid ", row.name, " setting: ", *value));
    return assignment(row, *value);
}
constexpr std::string_view device_policies[] = {"auto", "closed", "strict"};
constexpr std::string_view oom_modes[] = {"auto", "kill"};
constexpr std::string_view oom_preferences[] = {"none", "avoid", "omit"};

Lines description(const Row& row, Reader& in) {
    auto value = in.string();
    if (!value) return value.error();
    if (value->find('\n') != std::string_view::npos) return errno_error(row.name, EINVAL);
    return assignment(row, escape_specifiers(*value));
}

// A list takes the place of the one before: an empty assignment comes first.
std::string list_head(const Row& row) {
    return cat(row.key, "=");
}

bool is_one_word(std::string_view text) {
    return !text.empty() && text.find_first_of(" \t\n\r") == std::string_view::npos;
}

Error bad_word(const Row& row) {
    return error_named(bus_error::invalid_args, cat("Invalid argument to ", row.name));
}

// Bits of numbers, the lowest first.
Lines number_set(const Row& row, Reader& in) {
    std::vector<size_t> numbers;
    if (auto entered = in.enter_array(); !entered) return entered.error();
    for (size_t byte = 0; !in.at_end(); ++byte) {
        auto bits = in.byte();
        if (!bits) return bits.error();
        for (size_t bit = 0; bit < 8; ++bit) {
            if (*bits & (1u << bit)) numbers.push_back(byte * 8 + bit);
        }
    }
    if (auto left = in.exit_array(); !left) return left.error();
    std::string text;
    for (size_t i = 0; i < numbers.size();) {
        size_t end = i + 1;
        while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
        text += cat(text.empty() ? "" : " ", numbers[i]);
        if (end - i > 1) text += cat("-", numbers[end - 1]);
        i = end;
    }
    return cat(list_head(row), "\n", assignment(row, text));
}

// Lines of the array's entries, each made by `add`, "" being none; systemd ends such a drop-in with
// an empty line.
template <class Add>
Lines lines_of(const Row& row, Reader& in, Add&& add) {
    std::string text = list_head(row) + "\n";
    if (auto entered = in.enter_array(); !entered) return entered.error();
    while (!in.at_end()) {
        if (auto entered = in.enter_struct(); !entered) return entered.error();
        Lines line = add();
        if (!line) return line;
        if (!line->empty()) text += assignment(row, *line) + "\n";
        if (auto left = in.exit_struct(); !left) return left.error();
    }
    if (auto left = in.exit_array(); !left) return left.error();
    return text;
}

Lines device_rules(const Row& row, Reader& in) {
    return lines_of(row, in, [&]() -> Lines {
        std::string_view device, access;
        if (auto read = in.read(device, access); !read) return read.error();
        bool known = device.starts_with("/dev/") || device.starts_with("block-") ||
                     device.starts_with("char-");
        if (!known || !is_one_word(device))
            return error_named(bus_error::invalid_args,
                               cat(row.name, "= requires device node or pattern"));
        if (access.empty()) access = "rwm";
        if (access.find_first_not_of("rwm") != access.npos)
            return error_named(bus_error::invalid_args,
                               cat(row.name, "= requires combination of rwm flags"));
        return cat(device, " ", access);
    });
}

Lines devices(const Row& row, Reader& in) {
    return lines_of(row, in, [&]() -> Lines {
        std::string_view path;
        uint64_t value = 0;
        if (auto read = in.read(path, value); !read) return read.error();
        if (!is_one_word(path) || path.front() != '/') return bad_word(row);
        if (value < row.least || value > row.most) return out_of_range(row);
        // No limit needs no line.
        if (value == UINT64_MAX) return std::string();
        if (!row.key.ends_with("Sec")) return cat(path, " ", value);
        return cat(path, " ", format_span(span_of(value), 1us));
    });
}

// Only the first bits of an address say something of its network.
void keep_bits(std::array<uint8_t, 16>& bytes, uint32_t count) {
    for (uint32_t i = 0; i < bytes.size(); ++i) {
        uint32_t kept = count <= i * 8 ? 0 : std::min<uint32_t>(count - i * 8, 8);
        bytes[i] &= static_cast<uint8_t>(0xff00u >> kept);
    }
}

Lines addresses(const Row& row, Reader& in) {
    return lines_of(row, in, [&]() -> Lines {
        auto family = in.int32();
        if (!family) return family.error();
        std::array<uint8_t, 16> bytes{};
        size_t size = 0;
        if (auto entered = in.enter_array(); !entered) return entered.error();
        for (; !in.at_end(); ++size) {
            auto byte = in.byte();
            if (!byte) return byte.error();
            if (size < bytes.size()) bytes[size] = *byte;
        }
        if (auto left = in.exit_array(); !left) return left.error();
        auto length = in.uint32();
        if (!length) return length.error();
        size_t wanted = *family == AF_INET ? 4 : *family == AF_INET6 ? 16 : 0;
        if (wanted == 0 || size != wanted || *length > wanted * 8) return bad_word(row);
        keep_bits(bytes, *length);
        char text[INET6_ADDRSTRLEN];
        if (!inet_ntop(*family, bytes.data(), text, sizeof text)) return bad_word(row);
        return cat(text, "/", *length);
    });
}

// "[ipv4:|ipv6:][tcp:|udp:]PORT", "FIRST-LAST" or "any".
Lines port_rule(const Row& row, Reader& in) {
    auto wrong = [&](std::string_view what) {
        return error_named(bus_error::invalid_args, cat(row.name, "= expects ", what));
    };
    int32_t family = 0, protocol = 0;
    uint16_t count = 0, first = 0;
    if (auto read = in.read(family, protocol, count, first); !read) return read.error();
    if (family != AF_UNSPEC && family != AF_INET && family != AF_INET6)
        return wrong("INET or INET6 family, if specified.");
    if (protocol != 0 && protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
        return wrong("TCP or UDP protocol, if specified.");
    if (uint32_t{first} + count > 65536) return wrong("maximum port value lesser than 65535.");
    if (first == 0 && count != 0) return wrong("port range starting with positive value.");
    std::string_view head = family == AF_INET ? "ipv4:" : family == AF_INET6 ? "ipv6:" : "";
    std::string_view next = protocol == IPPROTO_TCP   ? "tcp:"
                            : protocol == IPPROTO_UDP ? "udp:"
                                                      : "";
    if (count == 0) return cat(head, next, "any");
    if (count == 1) return cat(head, next, first);
    return cat(head, next, first, "-", uint32_t{first} + count - 1);
}

// Nothing is taken back before it but by an empty list.
Lines port_rules(const Row& row, Reader& in) {
    auto text = lines_of(row, in, [&] { return port_rule(row, in); });
    if (!text) return text;
    std::string head = list_head(row) + "\n";
    return *text == head ? *text : text->substr(head.size());
}

Lines interfaces(const Row& row, Reader& in) {
    if (auto entered = in.enter_struct(); !entered) return entered.error();
    auto allowed = in.boolean();
    if (!allowed) return allowed.error();
    auto names = in.strings();
    if (!names) return names.error();
    if (auto left = in.exit_struct(); !left) return left.error();
    for (const auto& name : *names) {
        if (!is_one_word(name)) return bad_word(row);
    }
    return assignment(row, cat(*allowed || names->empty() ? "" : "~", join(*names, " ")));
}

Lines controllers(const Row& row, Reader& in) {
    auto values = in.strings();
    if (!values) return values.error();
    for (const auto& value : *values) {
        if (!is_cgroup_controller(value))
            return error_named(bus_error::invalid_args,
                               cat("Unknown cgroup controller '", value, "'"));
    }
    return assignment(row, join(*values, " "));
}

constexpr auto device_policy = one_of<device_policies, 3>;
constexpr auto oom_mode = one_of<oom_modes, 2>;
constexpr auto oom_preference = one_of<oom_preferences, 3>;

#define SCTL_AMOUNT(NAME, LEAST)                           \
    {NAME, "t", NAME, NAME, amount, LEAST}, {              \
        NAME "Scale", "u", NAME, NAME "Scale", part, LEAST \
    }
#define SCTL_SAME(NAME) NAME, NAME

constexpr Row rows[] = {
    {"CPUAccounting", "b", SCTL_SAME("CPUAccounting"), yes_or_no},
    {"IOAccounting", "b", SCTL_SAME("IOAccounting"), yes_or_no},
    {"BlockIOAccounting", "b", SCTL_SAME("BlockIOAccounting"), yes_or_no},
    {"MemoryAccounting", "b", SCTL_SAME("MemoryAccounting"), yes_or_no},
    {"TasksAccounting", "b", SCTL_SAME("TasksAccounting"), yes_or_no},
    {"IPAccounting", "b", SCTL_SAME("IPAccounting"), yes_or_no},
    {"CPUWeight", "t", SCTL_SAME("CPUWeight"), weight_or_idle, 0, 10000},
    {"StartupCPUWeight", "t", SCTL_SAME("StartupCPUWeight"), weight_or_idle, 0, 10000},
    {"IOWeight", "t", SCTL_SAME("IOWeight"), weight, 1, 10000},
    {"StartupIOWeight", "t", SCTL_SAME("StartupIOWeight"), weight, 1, 10000},
    {"CPUShares", "t", SCTL_SAME("CPUShares"), weight, 2, 262144},
    {"StartupCPUShares", "t", SCTL_SAME("StartupCPUShares"), weight, 2, 262144},
    {"BlockIOWeight", "t", SCTL_SAME("BlockIOWeight"), weight, 10, 1000},
    {"StartupBlockIOWeight", "t", SCTL_SAME("StartupBlockIOWeight"), weight, 10, 1000},
    SCTL_AMOUNT("MemoryMin", 0),
    SCTL_AMOUNT("DefaultMemoryMin", 0),
    SCTL_AMOUNT("MemoryLow", 0),
    SCTL_AMOUNT("DefaultMemoryLow", 0),
    SCTL_AMOUNT("MemoryHigh", 1),
    SCTL_AMOUNT("MemoryMax", 1),
    SCTL_AMOUNT("MemorySwapMax", 0),
    SCTL_AMOUNT("MemoryLimit", 1),
    SCTL_AMOUNT("TasksMax", 1),
    {"CPUQuotaPerSecUSec", "t", "CPUQuota", "CPUQuota", quota},
    {"CPUQuotaPeriodUSec", "t", "CPUQuotaPeriodSec", "CPUQuotaPeriodSec", period},
    {"AllowedCPUs", "ay", SCTL_SAME("AllowedCPUs"), number_set},
    {"StartupAllowedCPUs", "ay", SCTL_SAME("StartupAllowedCPUs"), number_set},
    {"AllowedMemoryNodes", "ay", SCTL_SAME("AllowedMemoryNodes"), number_set},
    {"StartupAllowedMemoryNodes", "ay", SCTL_SAME("StartupAllowedMemoryNodes"), number_set},
    {"DisableControllers", "as", SCTL_SAME("DisableControllers"), controllers},
    {"DevicePolicy", "s", SCTL_SAME("DevicePolicy"), device_policy},
    {"DeviceAllow", "a(ss)", SCTL_SAME("DeviceAllow"), device_rules},
    {"IODeviceWeight", "a(st)", SCTL_SAME("IODeviceWeight"), devices, 1, 10000},
    {"BlockIODeviceWeight", "a(st)", SCTL_SAME("BlockIODeviceWeight"), devices, 10, 1000},
    {"IODeviceLatencyTargetUSec", "a(st)", "IODeviceLatencyTargetSec", "IODeviceLatencyTargetUSec",
     devices},
    {"IOReadBandwidthMax", "a(st)", SCTL_SAME("IOReadBandwidthMax"), devices},
    {"IOWriteBandwidthMax", "a(st)", SCTL_SAME("IOWriteBandwidthMax"), devices},
    {"IOReadIOPSMax", "a(st)", SCTL_SAME("IOReadIOPSMax"), devices},
    {"IOWriteIOPSMax", "a(st)", SCTL_SAME("IOWriteIOPSMax"), devices},
    {"BlockIOReadBandwidth", "a(st)", SCTL_SAME("BlockIOReadBandwidth"), devices},
    {"BlockIOWriteBandwidth", "a(st)", SCTL_SAME("BlockIOWriteBandwidth"), devices},
    {"IPAddressAllow", "a(iayu)", SCTL_SAME("IPAddressAllow"), addresses},
    {"IPAddressDeny", "a(iayu)", SCTL_SAME("IPAddressDeny"), addresses},
    {"SocketBindAllow", "a(iiqq)", SCTL_SAME("SocketBindAllow"), port_rules},
    {"SocketBindDeny", "a(iiqq)", SCTL_SAME("SocketBindDeny"), port_rules},
    {"RestrictNetworkInterfaces", "(bas)", SCTL_SAME("RestrictNetworkInterfaces"), interfaces},
    {"ManagedOOMSwap", "s", SCTL_SAME("ManagedOOMSwap"), oom_mode},
    {"ManagedOOMMemoryPressure", "s", SCTL_SAME("ManagedOOMMemoryPressure"), oom_mode},
    {"ManagedOOMMemoryPressureLimit", "u", SCTL_SAME("ManagedOOMMemoryPressureLimit"), part},
    {"ManagedOOMPreference", "s", SCTL_SAME("ManagedOOMPreference"), oom_preference},
    {"Description", "s", SCTL_SAME("Description"), description},
};

} // namespace

std::span<const SettableProperty> settable_properties() {
    return rows;
}

std::string_view resource_section(UnitType type) {
    const UnitKind& kind = kind_of(type);
    return kind.has(UnitPart::Resources) ? kind.section : std::string_view();
}

const SettableProperty* find_settable_property(UnitType type, std::string_view name) {
    auto found = std::ranges::find(rows, name, &Row::name);
    if (found == std::end(rows)) return nullptr;
    return name == "Description" || !resource_section(type).empty() ? found : nullptr;
}

} // namespace sctl
