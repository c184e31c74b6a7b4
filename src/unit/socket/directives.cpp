#include <netinet/in.h>
#include <unistd.h>

#include <cstring>

#include "base/files.hpp"
#include "unit/settings/directive_rows.hpp"
#include "unit/settings/written_rows.hpp"
#include "unit/socket/socket_config.hpp"
#include "unit/socket/socket_kind.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/values/descriptor_name.hpp"

namespace sctl {
namespace {

using enum Support;
using Own = SocketConfig;

// --- what is listened to -------------------------------------------------------------------------

bool has_ipv6() {
    static const bool has = access("/proc/net/if_inet6", F_OK) == 0;
    return has;
}

Result<ListenPlace> read_address(ListenType type, std::string_view text) {
    ListenPlace place{.type = type, .address = {}, .protocol = 0, .path = {}};
    if (type == ListenType::Netlink) {
        auto netlink = parse_netlink_address(text);
        if (!netlink) return netlink.error();
        place.address = netlink->address;
        place.protocol = netlink->protocol;
        return place;
    }
    auto address = parse_socket_address(
        text.starts_with('/') ? std::string_view(simplify_path(text)) : text, has_ipv6());
    if (!address) return address.error();
    place.address = *address;
    return place;
}

template <ListenType Type>
void read_listen(Setting& setting) {
    auto& places = edit_part<Own>(setting.unit).places;
    if (setting.value.empty()) return places.clear();
    auto text = expanded(setting, setting.value);
    if (!text) return;
    ListenPlace place{.type = Type, .address = {}, .protocol = 0, .path = {}};
    if (!place.is_socket()) {
        auto path = checked_path(setting, *text);
        if (!path) return;
        place.path = std::move(*path);
        return places.push_back(std::move(place));
    }
    auto read = read_address(Type, *text);
    if (!read)
        return setting.warning(cat("Failed to parse address value in '", *text,
                                   "', ignoring: ", strerror(read.error().code)));
    if (Type == ListenType::SequentialPacket && read->address.family() != AF_UNIX)
        return setting.warning(cat("Address family not supported, ignoring: ", setting.value));
    places.push_back(std::move(*read));
}

template <ListenType Type>
constexpr Directive listens(std::string_view name, Support support = Same) {
    return {name, support, read_listen<Type>};
}

PropertyValue listen(const LoadedUnit& unit) {
    StringPairs pairs;
    for (const auto& place : part_of<Own>(unit).places)
        pairs.emplace_back(to_text(place.type), place.text());
    return pairs;
}

// --- values --------------------------------------------------------------------------------------

void read_size(Setting& setting, uint64_t& out) {
    if (auto value = parse_size(setting.value))
        out = *value;
    else
        setting.warning(cat("Failed to parse size value '", setting.value,
                            "', ignoring: ", strerror(value.error().code)));
}

void read_type_of_service(Setting& setting, int& out) {
    constexpr std::pair<std::string_view, int> names[] = {
        {"low-delay", 0x10}, {"throughput", 0x08}, {"reliability", 0x04}, {"low-cost", 0x02}};
    if (setting.value.empty()) return void(out = -1);
    for (const auto& [name, value] : names) {
        if (setting.value == name) return void(out = value);
    }
    if (auto value = parse_integer<int>(setting.value, 0, 255))
        out = *value;
    else
        setting.warning(cat("Failed to parse IP TOS value, ignoring: ", setting.value));
}

void read_protocol(Setting& setting, int& out) {
    if (setting.value == "udplite")
        out = IPPROTO_UDPLITE;
    else if (setting.value == "sctp")
        out = IPPROTO_SCTP;
    else
        setting.warning(cat("Failed to parse socket protocol, ignoring: ", setting.value));
}

void read_timestamping(Setting& setting, Timestamping& out) {
    if (setting.value == "usec" || setting.value == "µs" || setting.value == "μs")
        out = Timestamping::Microseconds;
    else if (setting.value == "nsec")
        out = Timestamping::Nanoseconds;
    else
        read_value(setting, out);
}

bool is_interface_name(std::string_view name) {
    if (name.empty() || name.size() > 15 || name == "." || name == ".." || name == "all" ||
        name == "default")
        return false;
    auto bad = [](unsigned char c) {
        return c <= ' ' || c >= 0x7f || c == ':' || c == '/' || c == '%';
    };
    return std::none_of(name.begin(), name.end(), bad) &&
           name.find_first_not_of("0123456789") != name.npos;
}
void read_device(Setting& setting, std::string& out) {
    if (setting.value.empty() || setting.value == "*") return out.clear();
    if (is_interface_name(setting.value))
        out = setting.value;
    else
        setting.warning(cat("Invalid interface name, ignoring: ", setting.value));
}

void read_symlinks(Setting& setting, std::vector<std::string>& out) {
    if (setting.value.empty()) return out.clear();
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {.unquote = true, .keep_escapes = true})) {
        auto text = expanded(setting, *word);
        auto path = text ? checked_path(setting, *text) : std::nullopt;
        if (path) out.push_back(std::move(*path));
    }
}

void read_descriptor_name_of_all(Setting& setting, std::string& out) {
    if (setting.value.empty()) return out.clear();
    auto name = expanded(setting, setting.value);
    if (!name) return;
    if (is_descriptor_name(*name))
        out = std::move(*name);
    else
        setting.warning(cat("Invalid file descriptor name, ignoring: ", *name));
}
// A unit that is not loaded has its own name.
PropertyValue file_descriptor_name(const LoadedUnit& unit) {
    return descriptor_name(part_of<Own>(unit), unit.id);
}

constexpr Directive changing_name(Directive row) {
    row.may_change = true; // as systemd has it
    return row;
}

void read_service(Setting& setting, std::string& out) {
    auto name = expanded(setting, setting.value);
    if (!name) return;
    if (!name->ends_with(".service"))
        return setting.warning(cat("Unit must be of type service, ignoring: ", *name));
    auto unit = UnitName::parse(*name);
    if (unit && !unit->is_template()) return void(out = std::move(*name));
    setting.warning(cat("Failed to load unit ", *name, ", ignoring: Unit name ", *name,
                        unit ? " is missing the instance name." : " is not valid."));
}

template <SocketExecCommand Which>
void read_socket_commands(Setting& setting) {
    read_value(setting, edit_part<Own>(setting.unit).exec[static_cast<size_t>(Which)]);
}
template <SocketExecCommand Which>
constexpr Directive socket_command() {
    return {to_text(Which), Same, read_socket_commands<Which>, to_text(Which), "a(sasbttttuii)"};
}

constexpr Directive socket_directives[] = {
    {"ListenStream", Same, read_listen<ListenType::Stream>, "Listen", "a(ss)", listen},
    listens<ListenType::Datagram>("ListenDatagram"),
    listens<ListenType::SequentialPacket>("ListenSequentialPacket"),
    listens<ListenType::Fifo>("ListenFIFO"),
    listens<ListenType::Special>("ListenSpecial"),
    listens<ListenType::Netlink>("ListenNetlink"),
    listens<ListenType::MessageQueue>("ListenMessageQueue"),
    listens<ListenType::UsbFunction>("ListenUSBFunction", Different),
    row<&Own::socket_protocol, read_protocol>("SocketProtocol", Same, "SocketProtocol", "i"),
    row<&Own::bind_ipv6_only>("BindIPv6Only", Same, "BindIPv6Only", "s"),
    row<&Own::backlog>("Backlog", Same, "Backlog", "u"),
    row<&Own::bind_to_device, read_device>("BindToDevice", Same, "BindToDevice", "s"),
    socket_command<SocketExecCommand::StartPre>(),
    socket_command<SocketExecCommand::StartPost>(),
    socket_command<SocketExecCommand::StopPre>(),
    socket_command<SocketExecCommand::StopPost>(),
    row<&Own::timeout, read_time_or_never>("TimeoutSec", Same, "TimeoutUSec", "t"),
    row<&Own::user, read_user>("SocketUser", Same, "SocketUser", "s"),
    row<&Own::group, read_user>("SocketGroup", Same, "SocketGroup", "s"),
    row<&Own::socket_mode, read_mode>("SocketMode", Same, "SocketMode", "u"),
    row<&Own::directory_mode, read_mode>("DirectoryMode", Same, "DirectoryMode", "u"),
    row<&Own::accept>("Accept", Same, "Accept", "b"),
    row<&Own::flush_pending>("FlushPending", Same, "FlushPending", "b"),
    row<&Own::writable>("Writable", Same, "Writable", "b"),
    row<&Own::max_connections>("MaxConnections", Same, "MaxConnections", "u"),
    row<&Own::max_connections_per_source>("MaxConnectionsPerSource", Same,
                                          "MaxConnectionsPerSource", "u"),
    row<&Own::keep_alive>("KeepAlive", Same, "KeepAlive", "b"),
    row<&Own::keep_alive_time>("KeepAliveTimeSec", Same, "KeepAliveTimeUSec", "t"),
    row<&Own::keep_alive_interval>("KeepAliveIntervalSec", Same, "KeepAliveIntervalUSec", "t"),
    row<&Own::keep_alive_probes>("KeepAliveProbes", Same, "KeepAliveProbes", "u"),
    row<&Own::defer_accept>("DeferAcceptSec", Same, "DeferAcceptUSec", "t"),
    row<&Own::no_delay>("NoDelay", Same, "NoDelay", "b"),
    row<&Own::priority>("Priority", Same, "Priority", "i"),
    row<&Own::receive_buffer, read_size>("ReceiveBuffer", Same, "ReceiveBuffer", "t"),
    row<&Own::send_buffer, read_size>("SendBuffer", Same, "SendBuffer", "t"),
    row<&Own::ip_tos, read_type_of_service>("IPTOS", Same, "IPTOS", "i"),
    row<&Own::ip_ttl>("IPTTL", Same, "IPTTL", "i"),
    row<&Own::mark>("Mark", Same, "Mark", "i"),
    row<&Own::pipe_size, read_size>("PipeSize", Same, "PipeSize", "t"),
    row<&Own::free_bind>("FreeBind", Same, "FreeBind", "b"),
    row<&Own::transparent>("Transparent", Same, "Transparent", "b"),
    row<&Own::broadcast>("Broadcast", Same, "Broadcast", "b"),
    row<&Own::pass_credentials>("PassCredentials", Same, "PassCredentials", "b"),
    row<&Own::pass_security>("PassSecurity", Same, "PassSecurity", "b"),
    row<&Own::pass_packet_info>("PassPacketInfo", Same, "PassPacketInfo", "b"),
    row<&Own::timestamping, read_timestamping>("Timestamping", Same, "Timestamping", "s"),
    row<&Own::tcp_congestion>("TCPCongestion", Same, "TCPCongestion", "s"),
    row<&Own::reuse_port>("ReusePort", Same, "ReusePort", "b"),
    row<&Own::message_queue_max_messages>("MessageQueueMaxMessages", Same,
                                          "MessageQueueMaxMessages", "x"),
    row<&Own::message_queue_message_size>("MessageQueueMessageSize", Same,
                                          "MessageQueueMessageSize", "x"),
    row<&Own::remove_on_stop>("RemoveOnStop", Same, "RemoveOnStop", "b"),
    row<&Own::symlinks, read_symlinks>("Symlinks", Same, "Symlinks", "as"),
    changing_name(
        row<&Own::file_descriptor_name, read_descriptor_name_of_all, file_descriptor_name>(
            "FileDescriptorName", Same, "FileDescriptorName", "s")),
    row<&Own::service, read_service>("Service", Same),
    row<&Own::trigger_limit_interval>("TriggerLimitIntervalSec", Same, "TriggerLimitIntervalUSec",
                                      "t"),
    row<&Own::trigger_limit_burst>("TriggerLimitBurst", Same, "TriggerLimitBurst", "u"),
    text_row("SmackLabel", Accepted),
    text_row("SmackLabelIPIn", Accepted),
    text_row("SmackLabelIPOut", Accepted),
    {"SELinuxContextFromNet", Accepted},
};

} // namespace

std::span<const Directive> socket_settings() {
    return own_of<socket_directives, UnitType::Socket>;
}

} // namespace sctl
