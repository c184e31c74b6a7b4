#include "unit/values/socket_address.hpp"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "unit/syntax/parse_value.hpp"

namespace sctl {
namespace {

constexpr size_t before_path = offsetof(sockaddr_un, sun_path);

Error no_address(int code = EINVAL) {
    return errno_error("address", code);
}

template <class Family>
SocketAddress address_of(const Family& from, size_t size = sizeof(Family)) {
    SocketAddress address;
    memcpy(&address.bytes, &from, sizeof from);
    address.size = static_cast<socklen_t>(size);
    return address;
}

Result<uint16_t> parse_port(std::string_view text) {
    if (text.empty() || whitespace.find(text.front()) != whitespace.npos) return no_address();
    auto port = parse_integer<uint16_t>(text);
    if (port && *port == 0) return no_address();
    return port;
}

Result<SocketAddress> parse_unix(std::string_view text) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (text.size() < 2) return no_address();
    bool is_abstract = text.front() == '@';
    if (text.size() >= sizeof address.sun_path)
        return no_address(is_abstract ? EINVAL : ENAMETOOLONG);
    memcpy(address.sun_path, text.data(), text.size());
    if (is_abstract) address.sun_path[0] = '\0';
    return address_of(address, before_path + text.size() + (is_abstract ? 0 : 1));
}

Result<SocketAddress> parse_vsock(std::string_view text) {
    auto colon = text.find(':');
    if (colon == text.npos) return no_address();
    sockaddr_vm address{};
    address.svm_family = AF_VSOCK;
    address.svm_cid = VMADDR_CID_ANY;
    auto port = parse_integer<unsigned>(text.substr(colon + 1));
    if (!port) return port.error();
    address.svm_port = *port;
    if (colon > 0) {
        auto cid = parse_integer<unsigned>(text.substr(0, colon));
        if (!cid) return cid.error();
        address.svm_cid = *cid;
    }
    return address_of(address);
}

SocketAddress any_address(uint16_t port, bool has_ipv6) {
    if (has_ipv6) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(port);
        return address_of(address);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    return address_of(address);
}

// Of an interface by its name or number.
Result<uint32_t> parse_scope(std::string_view text) {
    auto number = parse_number<uint32_t>(text);
    if (number) return *number > 0 ? Result<uint32_t>(*number) : no_address();
    if (text.empty()) return no_address();
    auto index = if_nametoindex(std::string(text).c_str());
    return index > 0 ? Result<uint32_t>(index) : no_address(ENODEV);
}

// "ADDRESS:PORT%INTERFACE"
Result<SocketAddress> parse_ip(std::string_view text) {
    auto host_end = text.starts_with('[') ? std::min(text.find(']'), text.size()) : 0;
    auto percent = text.find('%', host_end);
    auto colon = text.substr(0, percent).rfind(':');
    if (colon == text.npos) return no_address();
    std::string host(text.substr(0, colon));
    auto port =
        parse_port(text.substr(colon + 1, percent == text.npos ? percent : percent - colon - 1));
    if (!port) return port.error();
    Result<uint32_t> scope = percent == text.npos ? 0 : parse_scope(text.substr(percent + 1));
    if (!scope) return scope.error();
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(*port);
        address.sin6_scope_id = *scope;
        host = host.substr(1, host.size() - 2);
        if (inet_pton(AF_INET6, host.c_str(), &address.sin6_addr) != 1) return no_address();
        return address_of(address);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(*port);
    if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) return no_address();
    return address_of(address);
}

// By their numbers in linux/netlink.h.
struct NetlinkFamily {
    int number;
    std::string_view word;
};
constexpr auto netlink_families = std::to_array<NetlinkFamily>({
    {NETLINK_ROUTE, "route"},
    {NETLINK_FIREWALL, "firewall"},
    {NETLINK_INET_DIAG, "inet-diag"},
    {NETLINK_NFLOG, "nflog"},
    {NETLINK_XFRM, "xfrm"},
    {NETLINK_SELINUX, "selinux"},
    {NETLINK_ISCSI, "iscsi"},
    {NETLINK_AUDIT, "audit"},
    {NETLINK_FIB_LOOKUP, "fib-lookup"},
    {NETLINK_CONNECTOR, "connector"},
    {NETLINK_NETFILTER, "netfilter"},
    {NETLINK_IP6_FW, "ip6-fw"},
    {NETLINK_DNRTMSG, "dnrtmsg"},
    {NETLINK_KOBJECT_UEVENT, "kobject-uevent"},
    {NETLINK_GENERIC, "generic"},
    {NETLINK_SCSITRANSPORT, "scsitransport"},
    {NETLINK_ECRYPTFS, "ecryptfs"},
    {NETLINK_RDMA, "rdma"},
});

bool is_ipv4_in_ipv6(const SocketAddress& address) {
    return address.family() == AF_INET6 &&
           IN6_IS_ADDR_V4MAPPED(&address.as<sockaddr_in6>().sin6_addr);
}

// Of the IPv4 address that ends an IPv6 one, too.
std::string ipv4_text(const SocketAddress& address) {
    const void* bytes = address.family() == AF_INET
                            ? static_cast<const void*>(&address.as<sockaddr_in>().sin_addr)
                            : &address.as<sockaddr_in6>().sin6_addr.s6_addr[12];
    char text[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, bytes, text, sizeof text);
    return text;
}

std::string ipv6_text(const SocketAddress& address) {
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(AF_INET6, &address.as<sockaddr_in6>().sin6_addr, text, sizeof text);
    return text;
}

std::string scope_text(const SocketAddress& address) {
    uint32_t scope = address.as<sockaddr_in6>().sin6_scope_id;
    if (scope == 0) return {};
    char name[IF_NAMESIZE] = "";
    return if_indextoname(scope, name) ? cat("%", name) : cat("%", scope);
}

std::string unix_text(const SocketAddress& address) {
    const auto& local = address.as<sockaddr_un>();
    if (address.size <= before_path) return "<unnamed>";
    if (local.sun_path[0] != '\0') return address.path();
    return cat("@", escape_unprintable(
                        std::string_view(local.sun_path + 1, address.size - before_path - 1)));
}

std::string vsock_text(const SocketAddress& address, AddressPart part) {
    const auto& vm = address.as<sockaddr_vm>();
    bool any = vm.svm_cid == VMADDR_CID_ANY;
    if (part == AddressPart::WithoutPort) return any ? "vsock:" : cat("vsock:", vm.svm_cid);
    return any ? cat("vsock::", vm.svm_port) : cat("vsock:", vm.svm_cid, ":", vm.svm_port);
}

} // namespace

std::string SocketAddress::path() const {
    const auto& local = as<sockaddr_un>();
    if (family() != AF_UNIX || size <= before_path || local.sun_path[0] == '\0') return {};
    return {local.sun_path, strnlen(local.sun_path, size - before_path)};
}

Result<SocketAddress> parse_socket_address(std::string_view text, bool has_ipv6) {
    constexpr std::string_view vsock = "vsock:";
    if (text.starts_with('/') || text.starts_with('@')) return parse_unix(text);
    if (text.starts_with(vsock)) return parse_vsock(text.substr(vsock.size()));
    auto port = parse_port(text);
    if (port) return any_address(*port, has_ipv6);
    return port.error().code == ERANGE ? port.error() : parse_ip(text);
}

Result<NetlinkAddress> parse_netlink_address(std::string_view text) {
    auto blank = std::min(text.find_first_of(whitespace), text.size());
    auto family = text.substr(0, blank), group = trim(text.substr(blank));
    NetlinkAddress netlink;
    const auto* known = std::ranges::find(netlink_families, family, &NetlinkFamily::word);
    if (known != netlink_families.end()) {
        netlink.protocol = known->number;
    } else {
        auto number = parse_integer<int>(family, 0);
        if (!number) return no_address();
        netlink.protocol = *number;
    }
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    if (!group.empty()) {
        auto number = parse_integer<unsigned>(group);
        if (!number) return number.error();
        address.nl_groups = *number;
    }
    netlink.address = address_of(address);
    return netlink;
}

std::string to_text(const SocketAddress& address, bool as_ipv4, AddressPart part) {
    bool whole = part == AddressPart::Whole;
    bool v4 = address.family() == AF_INET || (as_ipv4 && is_ipv4_in_ipv6(address));
    if (v4) return whole ? instance_text(address) : ipv4_text(address);
    switch (address.family()) {
        case AF_INET6:
            return whole ? cat("[", ipv6_text(address), "]:", port_of(address), scope_text(address))
                         : cat(ipv6_text(address), scope_text(address));
        case AF_UNIX: return unix_text(address);
        case AF_VSOCK: return vsock_text(address, part);
        default: return {};
    }
}

std::string netlink_text(const NetlinkAddress& netlink) {
    const auto* known =
        std::ranges::find(netlink_families, netlink.protocol, &NetlinkFamily::number);
    auto group = netlink.address.as<sockaddr_nl>().nl_groups;
    if (known != netlink_families.end()) return cat(known->word, " ", group);
    return cat(netlink.protocol, " ", group);
}

std::string instance_text(const SocketAddress& address) {
    auto port = port_of(address);
    if (address.family() == AF_INET || is_ipv4_in_ipv6(address))
        return cat(ipv4_text(address), ":", port);
    if (address.family() == AF_INET6) return cat(ipv6_text(address), ":", port);
    if (address.family() == AF_VSOCK) return cat(address.as<sockaddr_vm>().svm_cid, ":", port);
    return {};
}

uint32_t port_of(const SocketAddress& address) {
    switch (address.family()) {
        case AF_INET: return ntohs(address.as<sockaddr_in>().sin_port);
        case AF_INET6: return ntohs(address.as<sockaddr_in6>().sin6_port);
        case AF_VSOCK: return address.as<sockaddr_vm>().svm_port;
        default: return 0;
    }
}

} // namespace sctl
