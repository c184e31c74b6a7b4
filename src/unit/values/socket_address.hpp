// Addresses that sockets listen at (systemd.socket(5), ListenStream= and ListenNetlink=), as text
// and as bind(2) takes them.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sctl {

struct SocketAddress {
    sockaddr_storage bytes{};
    socklen_t size = 0; // 0: none

    [[nodiscard]] int family() const noexcept { return bytes.ss_family; }
    // Of a node in the file system; empty for any other.
    [[nodiscard]] std::string path() const;
    // The first bytes, as an address of a family: sockaddr_in and its like.
    template <class Family>
    [[nodiscard]] const Family& as() const noexcept {
        return reinterpret_cast<const Family&>(bytes);
    }
};

// "/path", "@abstract", "PORT", "IP:PORT", "[IP6]:PORT%INTERFACE", "vsock:CID:PORT".
// A bare port is one of all addresses, IPv6 where `has_ipv6`. EINVAL, ERANGE, ENAMETOOLONG.
[[nodiscard]] Result<SocketAddress> parse_socket_address(std::string_view text, bool has_ipv6);
// "FAMILY GROUP" of netlink(7): the family is the protocol of the socket.
struct NetlinkAddress {
    SocketAddress address;
    int protocol = 0;
};
[[nodiscard]] Result<NetlinkAddress> parse_netlink_address(std::string_view text);

// As systemd prints addresses. With `as_ipv4` one of IPv4 within IPv6 is shown as the former.
enum class AddressPart : bool { Whole, WithoutPort };
[[nodiscard]] std::string to_text(const SocketAddress& address, bool as_ipv4 = false,
                                  AddressPart part = AddressPart::Whole);
[[nodiscard]] std::string netlink_text(const NetlinkAddress& netlink);
// "IP:PORT" as it stands in the name of an instance; empty for other families.
[[nodiscard]] std::string instance_text(const SocketAddress& address);
// 0 for one that has none.
[[nodiscard]] uint32_t port_of(const SocketAddress& address);

} // namespace sctl
