#include "client/calls/property_assignment.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "unit/directives.hpp"
#include "unit/extract_word.hpp"
#include "unit/parse_value.hpp"
#include "unit/time_span.hpp"
#include "unit/unit_kind.hpp"
#include "unit/unit_name.hpp"

namespace sctl {

namespace {

struct Row;
// Appends name and variant; an errno value, or 0.
constexpr int without_words =
    -1; // what systemctl says nothing more of than that it cannot be parsed
using Append = int (*)(Writer& body, const Row& row, std::string_view value);

struct Row {
    std::string_view key;
    Append append;
    std::string_view property; // "" is the key
    uint64_t least = 0, most = 0;

    [[nodiscard]] std::string_view name() const { return property.empty() ? key : property; }
};

int append_flag(Writer& body, const Row& row, std::string_view value) {
    auto flag = parse_boolean(value);
    if (!flag) return EINVAL;
    body.string(row.name()).open_variant("b").boolean(*flag).close_variant();
    return 0;
}

void append_number(Writer& body, std::string_view name, uint64_t number) {
    body.string(name).open_variant("t").uint64(number).close_variant();
}

int append_weight(Writer& body, const Row& row, std::string_view value) {
    if (value.empty()) {
        append_number(body, row.name(), UINT64_MAX);
        return 0;
    }
    bool may_be_idle = row.key.ends_with("CPUWeight");
    auto number = parse_number<uint64_t>(value);
    if (may_be_idle && value == "idle")
        number = 0;
    else if (!number)
        return EINVAL;
    else if (*number < row.least || *number > row.most)
        return ERANGE;
    append_number(body, row.name(), *number);
    return 0;
}

void append_part(Writer& body, std::string_view name, int permyriad) {
    auto share = static_cast<uint32_t>(
        (uint64_t{UINT32_MAX} * static_cast<uint64_t>(permyriad) + 9999) / 10000);
    body.string(name).open_variant("u").uint32(share).close_variant();
}

Result<uint64_t> count_of(std::string_view text) {
    auto number = parse_number<uint64_t>(text);
    if (!number) return errno_error(text, EINVAL);
    return *number;
}

// Bytes or tasks, "infinity", or a part of all.
int append_amount(Writer& body, const Row& row, std::string_view value) {
    if (value.empty() || value == "infinity") {
        append_number(body, row.name(), value.empty() && row.least == 0 ? 0 : UINT64_MAX);
        return 0;
    }
    if (auto part = parse_permyriad(value)) {
        append_part(body, cat(row.name(), "Scale"), *part);
        return 0;
    }
    auto number = row.key == "TasksMax" ? count_of(value) : parse_size(value);
    if (!number) return EINVAL;
    append_number(body, row.name(), *number);
    return 0;
}

int append_limit(Writer& body, const Row& row, std::string_view value) {
    auto part = parse_permyriad(value);
    if (!part) return EINVAL;
    append_part(body, row.name(), *part);
    return 0;
}

int append_quota(Writer& body, const Row& row, std::string_view value) {
    if (value.empty()) {
        append_number(body, row.name(), UINT64_MAX);
        return 0;
    }
    auto part = parse_permyriad(value, true);
    if (!part) return EINVAL;
    if (*part == 0) return EINVAL;
    append_number(body, row.name(), static_cast<uint64_t>(*part) * 100);
    return 0;
}

int append_period(Writer& body, const Row& row, std::string_view value) {
    auto span = value.empty() ? Result<Span>(infinity) : parse_span(value);
    if (!span) return EINVAL;
    append_number(body, row.name(), to_usec(*span));
    return 0;
}

int append_text(Writer& body, const Row& row, std::string_view value) {
    body.string(row.name()).open_variant("s").string(value).close_variant();
    return 0;
}

int append_words(Writer& body, const Row& row, std::string_view value) {
    std::vector<std::string> words;
    for (auto word : split(value, " \t")) words.emplace_back(word);
    body.string(row.name()).open_variant("as").strings(words).close_variant();
    return 0;
}

// "0-3 7" or "0-3,7" as bits.
int append_number_set(Writer& body, const Row& row, std::string_view value) {
    constexpr unsigned most = 8192;
    std::vector<uint8_t> bits;
    for (auto word : split(value, " \t,")) {
        auto dash = word.find('-');
        auto first = parse_number<unsigned>(word.substr(0, dash));
        auto last = dash == word.npos ? first : parse_number<unsigned>(word.substr(dash + 1));
        if (!first || !last) return EINVAL;
        if (*last >= most) return ERANGE;
        for (unsigned i = *first; i <= *last; ++i) {
            if (bits.size() <= i / 8) bits.resize(i / 8 + 1);
            bits[i / 8] |= static_cast<uint8_t>(1u << (i % 8));
        }
    }
    body.string(row.name()).open_variant("ay").open_array("y");
    for (uint8_t byte : bits) body.byte(byte);
    body.close_array().close_variant();
    return 0;
}

std::pair<std::string_view, std::string_view> two_words(std::string_view value) {
    auto words = split(value, " \t");
    if (words.empty()) return {};
    return {words[0], words.size() > 1 ? words[1] : std::string_view()};
}

int append_device_rule(Writer& body, const Row& row, std::string_view value) {
    auto [path, access] = two_words(value);
    body.string(row.name()).open_variant("a(ss)").open_array("(ss)");
    if (!path.empty())
        body.open_struct().string(path).string(access.empty() ? "rwm" : access).close_struct();
    body.close_array().close_variant();
    return 0;
}

Result<uint64_t> device_number(const Row& row, std::string_view text) {
    if (row.most != 0) return count_of(text);
    if (!row.key.ends_with("Sec"))
        return text == "infinity" ? Result<uint64_t>(UINT64_MAX)
                                  : parse_size(text, SizeBase::Decimal);
    auto span = parse_span(text);
    if (!span) return span.error();
    return to_usec(*span);
}

// A device with a number: of bytes, of operations, a weight or a span.
int append_device_number(Writer& body, const Row& row, std::string_view value) {
    auto [path, text] = two_words(value);
    uint64_t number = 0;
    if (!path.empty()) {
        if (text.empty()) return EINVAL;
        auto parsed = device_number(row, text);
        if (!parsed) return EINVAL;
        number = *parsed;
        if (row.most != 0 && (number < row.least || number > row.most)) return ERANGE;
    }
    body.string(row.name()).open_variant("a(st)").open_array("(st)");
    if (!path.empty()) body.open_struct().string(path).uint64(number).close_struct();
    body.close_array().close_variant();
    return 0;
}

bool append_address(Writer& body, std::string_view text) {
    auto slash = text.find('/');
    std::string address(text.substr(0, slash));
    uint8_t bytes[16];
    int family = inet_pton(AF_INET, address.c_str(), bytes) == 1 ? AF_INET : AF_INET6;
    if (family == AF_INET6 && inet_pton(AF_INET6, address.c_str(), bytes) != 1) return false;
    unsigned size = family == AF_INET ? 4 : 16;
    unsigned length = size * 8;
    if (slash != text.npos) {
        auto given = parse_number<unsigned>(text.substr(slash + 1));
        if (!given || *given > length) return false;
        length = *given;
    }
    body.open_struct().int32(family).open_array("y");
    for (unsigned i = 0; i < size; ++i) body.byte(bytes[i]);
    body.close_array().uint32(length).close_struct();
    return true;
}

int append_addresses(Writer& body, const Row& row, std::string_view value) {
    static constexpr struct {
        std::string_view word;
        std::array<std::string_view, 2> addresses;
    } names[] = {{"any", {"0.0.0.0/0", "::/0"}},
                 {"localhost", {"127.0.0.0/8", "::1/128"}},
                 {"link-local", {"169.254.0.0/16", "fe80::/64"}},
                 {"multicast", {"224.0.0.0/4", "ff00::/8"}}};
    body.string(row.name()).open_variant("a(iayu)").open_array("(iayu)");
    for (auto word : split(value, " \t")) {
        const auto* name =
            std::ranges::find(names, word, [](const auto& each) { return each.word; });
        bool well = true;
        if (name == std::end(names)) {
            well = append_address(body, word);
        } else {
            for (auto address : name->addresses) well = well && append_address(body, address);
        }
        if (!well) return EINVAL;
    }
    body.close_array().close_variant();
    return 0;
}

// Takes one of the words off the front, with its colon; one that stands alone leaves "any".
template <size_t Count>
int take_prefix(std::string_view& text, const std::pair<std::string_view, int> (&prefixes)[Count]) {
    for (const auto& [word, number] : prefixes) {
        bool alone = text == word;
        if (!alone && !text.starts_with(cat(word, ":"))) continue;
        text = alone ? "any" : text.substr(word.size() + 1);
        return number;
    }
    return 0;
}

struct Ports {
    uint16_t count = 0, first = 0; // no count: any
};
std::optional<Ports> parse_ports(std::string_view text) {
    if (text == "any") return Ports{};
    auto dash = text.find('-');
    auto first = parse_number<uint16_t>(text.substr(0, dash));
    auto last = dash == text.npos ? first : parse_number<uint16_t>(text.substr(dash + 1));
    if (!first || !last || *first == 0 || *last < *first) return std::nullopt;
    return Ports{static_cast<uint16_t>(*last - *first + 1), *first};
}

// "[ipv4:|ipv6:][tcp:|udp:]PORT", "FIRST-LAST" or "any".
int append_port_rule(Writer& body, const Row& row, std::string_view value) {
    constexpr std::pair<std::string_view, int> families[] = {{"ipv4", AF_INET}, {"ipv6", AF_INET6}};
    constexpr std::pair<std::string_view, int> protocols[] = {{"tcp", IPPROTO_TCP},
                                                              {"udp", IPPROTO_UDP}};
    body.string(row.name()).open_variant("a(iiqq)").open_array("(iiqq)");
    if (!value.empty()) {
        int family = take_prefix(value, families), protocol = take_prefix(value, protocols);
        auto ports = parse_ports(value);
        if (!ports) return without_words;
        body.open_struct().int32(family).int32(protocol);
        body.uint16(ports->count).uint16(ports->first).close_struct();
    }
    body.close_array().close_variant();
    return 0;
}

// With "~" those that are forbidden.
int append_interfaces(Writer& body, const Row& row, std::string_view value) {
    bool allowed = !value.starts_with('~');
    if (!allowed) value.remove_prefix(1);
    std::vector<std::string> names;
    for (auto word : split(value, " \t")) names.emplace_back(word);
    body.string(row.name()).open_variant("(bas)").open_struct().boolean(allowed).strings(names);
    body.close_struct().close_variant();
    return 0;
}

constexpr Row resource_rows[] = {
    {"CPUAccounting", append_flag, ""},
    {"IOAccounting", append_flag, ""},
    {"BlockIOAccounting", append_flag, ""},
    {"MemoryAccounting", append_flag, ""},
    {"TasksAccounting", append_flag, ""},
    {"IPAccounting", append_flag, ""},
    {"CPUWeight", append_weight, "", 1, 10000},
    {"StartupCPUWeight", append_weight, "", 1, 10000},
    {"IOWeight", append_weight, "", 1, 10000},
    {"StartupIOWeight", append_weight, "", 1, 10000},
    {"CPUShares", append_weight, "", 2, 262144},
    {"StartupCPUShares", append_weight, "", 2, 262144},
    {"BlockIOWeight", append_weight, "", 10, 1000},
    {"StartupBlockIOWeight", append_weight, "", 10, 1000},
    {"MemoryMin", append_amount, ""},
    {"DefaultMemoryMin", append_amount, ""},
    {"MemoryLow", append_amount, ""},
    {"DefaultMemoryLow", append_amount, ""},
    {"MemoryHigh", append_amount, "", 1},
    {"MemoryMax", append_amount, "", 1},
    {"MemorySwapMax", append_amount, "", 1},
    {"MemoryLimit", append_amount, "", 1},
    {"TasksMax", append_amount, "", 1},
    {"CPUQuota", append_quota, "CPUQuotaPerSecUSec"},
    {"CPUQuotaPeriodSec", append_period, "CPUQuotaPeriodUSec"},
    {"AllowedCPUs", append_number_set, ""},
    {"StartupAllowedCPUs", append_number_set, ""},
    {"AllowedMemoryNodes", append_number_set, ""},
    {"StartupAllowedMemoryNodes", append_number_set, ""},
    {"DisableControllers", append_words, ""},
    {"DevicePolicy", append_text, ""},
    {"DeviceAllow", append_device_rule, ""},
    {"IODeviceWeight", append_device_number, "", 1, 10000},
    {"BlockIODeviceWeight", append_device_number, "", 10, 1000},
    {"IODeviceLatencyTargetSec", append_device_number, "IODeviceLatencyTargetUSec"},
    {"IOReadBandwidthMax", append_device_number, ""},
    {"IOWriteBandwidthMax", append_device_number, ""},
    {"IOReadIOPSMax", append_device_number, ""},
    {"IOWriteIOPSMax", append_device_number, ""},
    {"BlockIOReadBandwidth", append_device_number, ""},
    {"BlockIOWriteBandwidth", append_device_number, ""},
    {"IPAddressAllow", append_addresses, ""},
    {"IPAddressDeny", append_addresses, ""},
    {"SocketBindAllow", append_port_rule, ""},
    {"SocketBindDeny", append_port_rule, ""},
    {"RestrictNetworkInterfaces", append_interfaces, ""},
    {"ManagedOOMSwap", append_text, ""},
    {"ManagedOOMMemoryPressure", append_text, ""},
    {"ManagedOOMMemoryPressureLimit", append_limit, ""},
    {"ManagedOOMPreference", append_text, ""},
};
constexpr Row unit_rows[] = {{"Description", append_text, ""}, {"Markers", append_words, ""}};

const Row* find_row(UnitType type, std::string_view key) {
    for (const auto& row : unit_rows) {
        if (row.key == key) return &row;
    }
    for (const auto& row : resource_rows) {
        if (row.key == key && kind_of(type).has(UnitPart::Resources)) return &row;
    }
    return nullptr;
}

// What a unit file could say, but set-property not.
const Directive* find_other(UnitType type, std::string_view key) {
    const UnitKind& kind = kind_of(type);
    for (std::string_view section :
         {std::string_view("Unit"), kind.section, std::string_view("Install")}) {
        if (const auto* directive = find_directive(kind, section, key)) return directive;
    }
    return nullptr;
}

Error refusal(std::string text) {
    return Error{EINVAL, std::move(text), {}};
}

} // namespace

Result<void> append_assignment(Writer& body, std::string_view name, std::string_view assignment) {
    auto equals = assignment.find('=');
    if (equals == std::string_view::npos) return refusal(cat("Not an assignment: ", assignment));
    auto key = assignment.substr(0, equals), value = assignment.substr(equals + 1);
    auto unit = UnitName::parse(name);
    if (!unit) return refusal(cat("Not a unit name: ", name));
    body.open_struct();
    if (const Row* row = find_row(unit->type(), key)) {
        int error = row->append(body, *row, value);
        if (error == without_words) return refusal(cat("Failed to parse ", key));
        if (error != 0)
            return refusal(cat("Failed to parse ", key, "=", value, ": ", std::strerror(error)));
    } else if (const auto* directive = find_other(unit->type(), key)) {
        auto property = directive->property.empty() ? key : directive->property;
        body.string(property).open_variant("s").string(value).close_variant();
    } else {
        return refusal(cat("Unknown assignment: ", assignment));
    }
    body.close_struct();
    return {};
}

} // namespace sctl
