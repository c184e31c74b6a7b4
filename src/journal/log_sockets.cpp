#include "journal/log_sockets.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.hpp"
#include "os/unix_socket.hpp"

namespace sctl {
namespace {

struct LogSocketPlace {
    std::string_view path;
    int type;
};
constexpr std::array<LogSocketPlace, log_socket_kinds> log_socket_places{{
    {"/run/systemd/journal/dev-log", SOCK_DGRAM},
    {"/run/systemd/journal/socket", SOCK_DGRAM},
    {"/run/systemd/journal/stdout", SOCK_STREAM},
}};
constexpr const char* dev_log = "/dev/log";
constexpr mode_t log_socket_mode = 0666;

// Whether a process has the socket at `path`, whatever its type. Where we may not ask there is one.
bool is_listened_at(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return false;
    memcpy(address.sun_path, path.c_str(), path.size());
    UniqueFd asking(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!asking) return true;
    if (connect(asking.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return true;
    return errno != ENOENT && errno != ECONNREFUSED && errno != ENOTDIR && errno != ELOOP;
}

bool is_link_to(const char* path, std::string_view target) {
    auto found = read_link(path);
    return found && *found == target;
}

} // namespace

LogSockets::~LogSockets() {
    remove_names();
}

Result<void> LogSockets::open(const Root& root) {
    Result<void> first;
    for (size_t i = 0; i < log_socket_kinds; ++i) {
        auto opened = open_one(root, static_cast<LogSocketKind>(i));
        if (!opened && first) first = opened;
    }
    bool takes_syslog = descriptor(LogSocketKind::Syslog) >= 0;
    if (!root.is_machine() || !takes_syslog) return first;
    auto linked = link_dev_log();
    return first ? linked : first;
}

Result<void> LogSockets::open_one(const Root& root, LogSocketKind kind) {
    auto index = static_cast<size_t>(kind);
    std::string path = root.at(log_socket_places[index].path);
    // The host's journald, whose directory somebody has mounted here.
    if (is_listened_at(path)) return errno_error(path, EADDRINUSE);
    auto socket = bind_unix_socket(path, log_socket_places[index].type, log_socket_mode);
    if (!socket) return socket.error();
    int on = 1;
    if (setsockopt(socket->get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
        return errno_error(path);
    sockets_[index] = std::move(*socket);
    paths_[index] = path;
    return {};
}

Result<void> LogSockets::link_dev_log() {
    const std::string target(log_socket_places[0].path);
    struct stat found {};
    if (lstat(dev_log, &found) == 0) {
        if (is_link_to(dev_log, target)) {
            has_dev_log_ = true;
            return {};
        }
        bool may_be_stale = S_ISLNK(found.st_mode) || S_ISSOCK(found.st_mode);
        if (!may_be_stale) return errno_error(dev_log, EEXIST);
        if (is_listened_at(dev_log)) {
            log_info(
                "/dev/log belongs to another process: what is logged there is not in the "
                "journal.");
            return {};
        }
        if (unlink(dev_log) < 0) return errno_error(dev_log);
    }
    if (symlink(target.c_str(), dev_log) < 0) return errno_error(dev_log);
    has_dev_log_ = true;
    return {};
}

void LogSockets::remove_names() noexcept {
    for (auto& path : paths_) {
        if (!path.empty()) unlink(path.c_str());
        path.clear();
    }
    if (!std::exchange(has_dev_log_, false)) return;
    // A daemon may have put its own there since.
    if (is_link_to(dev_log, log_socket_places[0].path)) unlink(dev_log);
}

} // namespace sctl
