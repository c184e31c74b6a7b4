#include "run/socket/connection.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "base/text.hpp"
#include "unit/values/socket_address.hpp"

namespace sctl {
namespace {

using AddressCall = int (*)(int, sockaddr*, socklen_t*);

Result<SocketAddress> end_of(int connection, AddressCall call) {
    SocketAddress address;
    address.size = sizeof address.bytes;
    if (call(connection, reinterpret_cast<sockaddr*>(&address.bytes), &address.size) < 0)
        return errno_error("connection");
    return address;
}
Result<SocketAddress> local_end(int connection) {
    return end_of(connection,
                  [](int fd, sockaddr* to, socklen_t* size) { return getsockname(fd, to, size); });
}
Result<SocketAddress> remote_end(int connection) {
    return end_of(connection,
                  [](int fd, sockaddr* to, socklen_t* size) { return getpeername(fd, to, size); });
}

std::optional<ucred> peer_of(int connection) {
    ucred peer{};
    socklen_t size = sizeof peer;
    bool is_known =
        getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0;
    return is_known ? std::optional(peer) : std::nullopt;
}

} // namespace

Result<std::string> instance_of(int connection, unsigned number) {
    auto local = local_end(connection);
    if (!local) return local.error();
    if (local->family() == AF_UNIX) {
        auto peer = peer_of(connection);
        return peer ? cat(number, "-", peer->pid, "-", peer->uid) : cat(number, "-unknown");
    }
    auto remote = remote_end(connection);
    if (!remote) return remote.error();
    return cat(number, "-", instance_text(*local), "-", instance_text(*remote));
}

Result<std::string> source_of(int connection) {
    auto remote = remote_end(connection);
    if (!remote) return remote.error();
    if (remote->family() == AF_UNIX) return std::string();
    return to_text(*remote, true, AddressPart::WithoutPort);
}

std::string peer_text(int connection) {
    auto remote = remote_end(connection);
    if (!remote) return {};
    if (remote->family() != AF_UNIX) return to_text(*remote, true);
    auto peer = peer_of(connection);
    return peer ? cat("PID ", peer->pid, "/UID ", peer->uid) : std::string();
}

void add_remote_variables(int connection, std::vector<std::string>& variables) {
    auto remote = remote_end(connection);
    if (!remote || remote->family() == AF_UNIX) return;
    variables.push_back(cat("REMOTE_ADDR=", to_text(*remote, true, AddressPart::WithoutPort)));
    variables.push_back(cat("REMOTE_PORT=", port_of(*remote)));
}

} // namespace sctl
