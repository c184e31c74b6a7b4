#include "run/socket/socket_option.hpp"

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <span>

#include "base/text.hpp"

namespace sctl {
namespace {

constexpr int nothing = -1; // to be set: left as it is

int seconds(Span span) {
    auto count = std::chrono::ceil<std::chrono::seconds>(span).count();
    return count > 0 ? static_cast<int>(std::min<int64_t>(count, INT_MAX)) : nothing;
}
int when(bool set) {
    return set ? 1 : nothing;
}
int when_positive(uint64_t value) {
    return value > 0 ? static_cast<int>(std::min<uint64_t>(value, INT_MAX)) : nothing;
}

enum class OnFamily : uint8_t { Any, Ip, Ipv6 };

// What systemd warns of where it fails is the option's name.
struct SocketOption {
    int level, option;
    std::string_view name;
    int (*value)(const SocketConfig&);
    OnFamily family = OnFamily::Any;
};
using C = SocketConfig;
constexpr SocketOption options[] = {
    {SOL_SOCKET, SO_KEEPALIVE, "SO_KEEPALIVE", [](const C& c) { return when(c.keep_alive); }},
    {IPPROTO_TCP, TCP_KEEPIDLE, "TCP_KEEPIDLE",
     [](const C& c) { return seconds(c.keep_alive_time); }},
    {IPPROTO_TCP, TCP_KEEPINTVL, "TCP_KEEPINTVL",
     [](const C& c) { return seconds(c.keep_alive_interval); }},
    {IPPROTO_TCP, TCP_KEEPCNT, "TCP_KEEPCNT",
     [](const C& c) { return when_positive(c.keep_alive_probes); }},
    {IPPROTO_TCP, TCP_DEFER_ACCEPT, "TCP_DEFER_ACCEPT",
     [](const C& c) { return seconds(c.defer_accept); }},
    {IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY", [](const C& c) { return when(c.no_delay); }},
    {SOL_SOCKET, SO_BROADCAST, "SO_BROADCAST", [](const C& c) { return when(c.broadcast); }},
    {SOL_SOCKET, SO_PASSCRED, "SO_PASSCRED", [](const C& c) { return when(c.pass_credentials); }},
    {SOL_SOCKET, SO_PASSSEC, "SO_PASSSEC", [](const C& c) { return when(c.pass_security); }},
    {IPPROTO_IP, IP_PKTINFO, "packet info", [](const C& c) { return when(c.pass_packet_info); },
     OnFamily::Ip},
    {IPPROTO_IPV6, IPV6_RECVPKTINFO, "packet info",
     [](const C& c) { return when(c.pass_packet_info); }, OnFamily::Ipv6},
    {SOL_SOCKET, SO_TIMESTAMP, "SO_TIMESTAMP",
     [](const C& c) { return when(c.timestamping == Timestamping::Microseconds); }},
    {SOL_SOCKET, SO_TIMESTAMPNS, "SO_TIMESTAMPNS",
     [](const C& c) { return when(c.timestamping == Timestamping::Nanoseconds); }},
    {SOL_SOCKET, SO_PRIORITY, "SO_PRIORITY", [](const C& c) { return c.priority; }},
    {SOL_SOCKET, SO_MARK, "SO_MARK", [](const C& c) { return c.mark; }},
    {IPPROTO_IP, IP_TOS, "IP_TOS", [](const C& c) { return c.ip_tos; }},
    {IPPROTO_IP, IP_TTL, "IP_TTL/IPV6_UNICAST_HOPS", [](const C& c) { return c.ip_ttl; },
     OnFamily::Ip},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS, "IP_TTL/IPV6_UNICAST_HOPS",
     [](const C& c) { return c.ip_ttl; }, OnFamily::Ipv6},
};
constexpr SocketOption options_of_address[] = {
    {SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT", [](const C& c) { return when(c.reuse_port); }},
    {IPPROTO_IP, IP_FREEBIND, "IP_FREEBIND/IPV6_FREEBIND",
     [](const C& c) { return when(c.free_bind); }},
    {IPPROTO_IP, IP_TRANSPARENT, "IP_TRANSPARENT/IPV6_TRANSPARENT",
     [](const C& c) { return when(c.transparent); }, OnFamily::Ip},
    {IPPROTO_IPV6, IPV6_TRANSPARENT, "IP_TRANSPARENT/IPV6_TRANSPARENT",
     [](const C& c) { return when(c.transparent); }, OnFamily::Ipv6},
};

bool is_for(const SocketOption& option, int family) {
    switch (option.family) {
        case OnFamily::Any: return true;
        case OnFamily::Ip: return family == AF_INET;
        case OnFamily::Ipv6: return family == AF_INET6;
    }
    return false;
}

void say_failed(std::string_view name, const SocketWarning& warn) {
    warn(cat(name, " failed: ", strerror(errno)));
}

void set_all(std::span<const SocketOption> rows, const SocketConfig& config, int family, int fd,
             const SocketWarning& warn) {
    for (const auto& row : rows) {
        int value = row.value(config);
        if (value == nothing || !is_for(row, family)) continue;
        if (setsockopt(fd, row.level, row.option, &value, sizeof value) < 0)
            say_failed(row.name, warn);
    }
}

// Above what the system allows everyone, where we may.
void set_buffer(int fd, uint64_t size, int forced, int usual, std::string_view name,
                const SocketWarning& warn) {
    int value = when_positive(size);
    if (value == nothing) return;
    if (setsockopt(fd, SOL_SOCKET, forced, &value, sizeof value) == 0) return;
    if (setsockopt(fd, SOL_SOCKET, usual, &value, sizeof value) < 0) say_failed(name, warn);
}

} // namespace

int set_options_before_bind(const SocketConfig& config, int family, int fd,
                            const SocketWarning& warn) {
    if (family == AF_INET6 && config.bind_ipv6_only != BindIPv6Only::Default) {
        int only = config.bind_ipv6_only == BindIPv6Only::Ipv6Only;
        if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) < 0) return errno;
    }
    if (family == AF_INET || family == AF_INET6) {
        const auto& device = config.bind_to_device;
        if (!device.empty() && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device.c_str(),
                                          static_cast<socklen_t>(device.size() + 1)) < 0)
            return errno;
        set_all(options_of_address, config, family, fd, warn);
    }
    int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ? errno : 0;
}

void set_socket_options(const SocketConfig& config, int fd, const SocketWarning& warn) {
    int family = 0;
    socklen_t size = sizeof family;
    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size);
    set_all(options, config, family, fd, warn);
    set_buffer(fd, config.receive_buffer, SO_RCVBUFFORCE, SO_RCVBUF, "SO_RCVBUF", warn);
    set_buffer(fd, config.send_buffer, SO_SNDBUFFORCE, SO_SNDBUF, "SO_SNDBUF", warn);
    const auto& congestion = config.tcp_congestion;
    if (!congestion.empty() && setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion.c_str(),
                                          static_cast<socklen_t>(congestion.size() + 1)) < 0)
        say_failed("TCP_CONGESTION", warn);
}

} // namespace sctl
