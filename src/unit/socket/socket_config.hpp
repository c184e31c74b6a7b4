// [Socket], typed: what a socket unit has settings of that no other kind of unit has.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "unit/config.hpp"
#include "unit/syntax/exec_command.hpp"
#include "unit/values/enum_text.hpp"
#include "unit/values/socket_address.hpp"

namespace sctl {

enum class ListenType : uint8_t {
    Stream,
    Datagram,
    SequentialPacket,
    Fifo,
    Special,
    Netlink,
    MessageQueue,
    UsbFunction
};
enum class BindIPv6Only : uint8_t { Default, Both, Ipv6Only };
enum class Timestamping : uint8_t { Off, Microseconds, Nanoseconds };
enum class SocketExecCommand : uint8_t { StartPre, StartPost, StopPre, StopPost };
inline constexpr size_t socket_exec_command_count = 4;

// One of what is listened to.
struct ListenPlace {
    ListenType type = ListenType::Stream;
    SocketAddress address; // of a socket
    int protocol = 0;      // of a netlink socket
    std::string path;      // of one that is none: absolute

    [[nodiscard]] bool is_socket() const {
        return type <= ListenType::SequentialPacket || type == ListenType::Netlink;
    }
    // Whether connections come in, and not data.
    [[nodiscard]] bool can_accept() const {
        return type == ListenType::Stream || type == ListenType::SequentialPacket;
    }
    // As Listen= of `show` has it: two of the same text are the same place.
    [[nodiscard]] std::string text() const;
    // The node in the file system that it makes; empty for one that makes none.
    [[nodiscard]] std::string node() const;
};

struct SocketConfig final : OwnConfig { // [Socket]
    std::vector<ListenPlace> places;
    std::array<std::vector<ExecCommand>, socket_exec_command_count> exec; // by SocketExecCommand
    int socket_protocol = 0;                                              // IPPROTO_*
    BindIPv6Only bind_ipv6_only = BindIPv6Only::Default;
    unsigned backlog = INT32_MAX;
    std::string bind_to_device;
    Span timeout = 90s;
    std::string user, group; // SocketUser=, SocketGroup=
    mode_t socket_mode = 0666;
    mode_t directory_mode = 0755;
    bool accept = false;
    bool flush_pending = false;
    bool writable = false;
    unsigned max_connections = 64;
    unsigned max_connections_per_source = 0;
    bool keep_alive = false;
    Span keep_alive_time{}, keep_alive_interval{};
    unsigned keep_alive_probes = 0;
    Span defer_accept{};
    bool no_delay = false;
    // -1: left as it is
    int priority = -1, ip_tos = -1, ip_ttl = -1, mark = -1;
    uint64_t receive_buffer = 0, send_buffer = 0, pipe_size = 0;
    bool free_bind = false, transparent = false, broadcast = false, reuse_port = false;
    bool pass_credentials = false, pass_security = false, pass_packet_info = false;
    Timestamping timestamping = Timestamping::Off;
    std::string tcp_congestion;
    int64_t message_queue_max_messages = 0, message_queue_message_size = 0;
    bool remove_on_stop = false;
    std::vector<std::string> symlinks;
    std::string file_descriptor_name;
    std::string service; // Service=; empty: the one of its own name
    // As resolved: 2 s, and 20 or, with Accept=, 200.
    Span trigger_limit_interval = infinity;
    unsigned trigger_limit_burst = UINT32_MAX;

    [[nodiscard]] const std::vector<ExecCommand>& commands(SocketExecCommand which) const {
        return exec[static_cast<size_t>(which)];
    }
};

// Of a socket unit that is loaded; else null.
[[nodiscard]] const SocketConfig* socket_config(const LoadedUnit& unit);
// $LISTEN_FDNAMES= of each of its descriptors.
[[nodiscard]] std::string descriptor_name(const SocketConfig& config, const UnitName& unit);
// Where Symlinks= lead; empty where that is nowhere, or cannot be told.
[[nodiscard]] std::string symlink_target(const SocketConfig& config);

SCTL_ENUM_TEXT(ListenType, UsbFunction, "", "Stream", "Datagram", "SequentialPacket", "FIFO",
               "Special", "Netlink", "MessageQueue", "USBFunction");
SCTL_ENUM_TEXT(BindIPv6Only, Ipv6Only,
               "Failed to parse bind IPv6 only value, ignoring: ", "default", "both", "ipv6-only");
SCTL_ENUM_TEXT(Timestamping, Nanoseconds,
               "Failed to parse timestamping precision, ignoring: ", "off", "us", "ns");
SCTL_ENUM_TEXT(SocketExecCommand, StopPost, "", "ExecStartPre", "ExecStartPost", "ExecStopPre",
               "ExecStopPost");

} // namespace sctl
