#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <optional>

#include "unit/settings/settable/lines.hpp"

namespace sctl {
namespace {

// --- addresses -----------------------------------------------------------------------------------

size_t address_size(int32_t family) {
    return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

bool add_address(Addresses& out, std::string_view text) {
    auto slash = text.find('/');
    std::string address(text.substr(0, slash));
    uint8_t bytes[16];
    int family = inet_pton(AF_INET, address.c_str(), bytes) == 1 ? AF_INET : AF_INET6;
    if (family == AF_INET6 && inet_pton(AF_INET6, address.c_str(), bytes) != 1) return false;
    auto size = address_size(family);
    auto length = static_cast<unsigned>(size * 8);
    if (slash != text.npos) {
        auto given = parse_number<unsigned>(text.substr(slash + 1));
        if (!given || *given > length) return false;
        length = *given;
    }
    out.emplace_back(family, Bytes(bytes, bytes + size), length);
    return true;
}

SettableValue parse_addresses(const Directive&, std::string_view text) {
    static constexpr struct {
        std::string_view word;
        std::array<std::string_view, 2> addresses;
    } names[] = {{"any", {"0.0.0.0/0", "::/0"}},
                 {"localhost", {"127.0.0.0/8", "::1/128"}},
                 {"link-local", {"169.254.0.0/16", "fe80::/64"}},
                 {"multicast", {"224.0.0.0/4", "ff00::/8"}}};
    Addresses addresses;
    for (auto word : split(text, " \t")) {
        const auto* name =
            std::ranges::find(names, word, [](const auto& each) { return each.word; });
        bool well = true;
        if (name == std::end(names)) {
            well = add_address(addresses, word);
        } else {
            for (auto address : name->addresses) well = well && add_address(addresses, address);
        }
        if (!well) return unreadable(EINVAL);
    }
    return PropertyValue(std::move(addresses));
}

// Only the first bits of an address say something of its network.
void keep_bits(Bytes& bytes, uint32_t count) {
    for (size_t i = 0; i < bytes.size(); ++i) {
        size_t kept = count <= i * 8 ? 0 : std::min<size_t>(count - i * 8, 8);
        bytes[i] &= static_cast<uint8_t>(0xff00u >> kept);
    }
}

SettableLines address_lines(const Directive& row, const PropertyValue& value) {
    return lines_of<Addresses>(row, value, [&](const auto& entry) -> SettableLines {
        auto [family, bytes, length] = entry;
        auto wanted = address_size(family);
        if (wanted == 0 || bytes.size() != wanted || length > wanted * 8) return bad_word(row);
        keep_bits(bytes, length);
        char text[INET6_ADDRSTRLEN];
        if (!inet_ntop(family, bytes.data(), text, sizeof text)) return bad_word(row);
        return cat(text, "/", length);
    });
}

// --- ports ---------------------------------------------------------------------------------------

using Prefix = std::pair<std::string_view, int>;
constexpr Prefix families[] = {{"ipv4", AF_INET}, {"ipv6", AF_INET6}};
constexpr Prefix protocols[] = {{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}};

// Takes one of the words off the front, with its colon; one that stands alone leaves "any".
int take_prefix(std::string_view& text, const Prefix (&prefixes)[2]) {
    for (const auto& [word, number] : prefixes) {
        bool alone = text == word;
        if (!alone && !text.starts_with(cat(word, ":"))) continue;
        text = alone ? "any" : text.substr(word.size() + 1);
        return number;
    }
    return 0;
}
// Nothing for a number that is none of them; "" for 0.
std::optional<std::string> prefix_of(int32_t number, const Prefix (&prefixes)[2]) {
    if (number == 0) return std::string();
    for (const auto& [word, known] : prefixes) {
        if (number == known) return cat(word, ":");
    }
    return std::nullopt;
}

// "[ipv4:|ipv6:][tcp:|udp:]PORT", "FIRST-LAST" or "any".
SettableValue parse_port_rule(const Directive&, std::string_view text) {
    if (text.empty()) return PropertyValue(PortRules());
    int family = take_prefix(text, families), protocol = take_prefix(text, protocols);
    if (text == "any") return PropertyValue(PortRules{{family, protocol, 0, 0}});
    auto dash = text.find('-');
    auto first = parse_number<uint16_t>(text.substr(0, dash));
    auto last = dash == text.npos ? first : parse_number<uint16_t>(text.substr(dash + 1));
    if (!first || !last || *first == 0 || *last < *first) return unreadable(0);
    auto count = static_cast<uint16_t>(*last - *first + 1);
    return PropertyValue(PortRules{{family, protocol, count, *first}});
}

SettableLines port_rule_text(const Directive& row, const PortRules::value_type& rule) {
    auto [family, protocol, count, first] = rule;
    auto wrong = [&](std::string_view what) {
        return refused(cat(row.property, "= expects ", what));
    };
    auto head = prefix_of(family, families), next = prefix_of(protocol, protocols);
    if (!head) return wrong("INET or INET6 family, if specified.");
    if (!next) return wrong("TCP or UDP protocol, if specified.");
    if (uint32_t{first} + count > 65536) return wrong("maximum port value lesser than 65535.");
    if (first == 0 && count != 0) return wrong("port range starting with positive value.");
    if (count == 0) return cat(*head, *next, "any");
    if (count == 1) return cat(*head, *next, first);
    return cat(*head, *next, first, "-", uint32_t{first} + count - 1);
}

// Nothing is taken back before it but by an empty list.
SettableLines port_rule_lines(const Directive& row, const PropertyValue& value) {
    auto text = lines_of<PortRules>(row, value,
                                    [&](const auto& rule) { return port_rule_text(row, rule); });
    if (!text || std::get<PortRules>(value).empty()) return text;
    return text->substr(text->find('\n') + 1);
}

// --- interfaces ----------------------------------------------------------------------------------

// With "~" those that are forbidden.
SettableValue parse_interfaces(const Directive&, std::string_view text) {
    NameFilter filter{!text.starts_with('~'), {}};
    if (!filter.first) text.remove_prefix(1);
    for (auto word : split(text, " \t")) filter.second.emplace_back(word);
    return PropertyValue(std::move(filter));
}
SettableLines interface_lines(const Directive& row, const PropertyValue& value) {
    const auto& [allowed, names] = std::get<NameFilter>(value);
    if (!std::ranges::all_of(names, is_one_word)) return bad_word(row);
    return assignment(row, cat(allowed || names.empty() ? "" : "~", join(names, " ")));
}

// --- several lines of a unit file ----------------------------------------------------------------

// A network is in the list once.
void add_addresses(PropertyValue& value, const PropertyValue* before) {
    auto all = before ? std::get<Addresses>(*before) : Addresses();
    for (auto& entry : std::get<Addresses>(value)) {
        keep_bits(std::get<Bytes>(entry), std::get<uint32_t>(entry));
        if (std::ranges::find(all, entry) == all.end()) all.push_back(std::move(entry));
    }
    value = std::move(all);
}

// systemd has the newest rule first.
void add_port_rules(PropertyValue& value, const PropertyValue* before) {
    if (before) append_to(std::get<PortRules>(value), std::get<PortRules>(*before));
}

// What is allowed and what is forbidden take from each other; the first line says which it is.
void add_interfaces(PropertyValue& value, const PropertyValue* before) {
    if (!before) return;
    auto& [allowed, names] = std::get<NameFilter>(value);
    auto [kind, all] = std::get<NameFilter>(*before);
    for (auto& name : names) {
        bool has = std::ranges::find(all, name) != all.end();
        if (allowed == kind && !has) all.push_back(std::move(name));
        if (allowed != kind && has) std::erase(all, name);
    }
    value = NameFilter{kind, std::move(all)};
}

} // namespace

const SettableKind settable_addresses{
    .parse = parse_addresses,
    .lines = address_lines,
    .add = add_addresses,
    .join = add_addresses,
    .complaint = "Address prefix is invalid, ignoring assignment: %"};
const SettableKind settable_port_rules{.parse = parse_port_rule,
                                       .lines = port_rule_lines,
                                       .add = add_port_rules,
                                       .join = add_port_rules};
const SettableKind settable_interfaces{.parse = parse_interfaces,
                                       .lines = interface_lines,
                                       .add = add_interfaces,
                                       .join = add_interfaces,
                                       .writes_news = true,
                                       .complaint = "Invalid interface name, ignoring: %"};

} // namespace sctl
