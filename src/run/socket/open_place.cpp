#include "run/socket/open_place.hpp"

#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "base/text.hpp"
#include "run/socket/socket_option.hpp"

namespace sctl {
namespace {

// New nodes get exactly this mode.
class NodeMode {
  public:
    explicit NodeMode(mode_t mode) : before_(umask(~mode & 0777)) {}
    NodeMode(const NodeMode&) = delete;
    NodeMode& operator=(const NodeMode&) = delete;
    ~NodeMode() { umask(before_); }

  private:
    mode_t before_;
};

int type_of(ListenType type) {
    switch (type) {
        case ListenType::Stream: return SOCK_STREAM;
        case ListenType::Datagram: return SOCK_DGRAM;
        case ListenType::SequentialPacket: return SOCK_SEQPACKET;
        default: return SOCK_RAW;
    }
}

void make_parents(const SocketConfig& config, const std::string& path) {
    // Where that fails, so does what comes next, and says why.
    (void)!make_directories(std::string(directory_of(path)), config.directory_mode).has_value();
}

// A path may be longer than an address has room for: then the name in its directory is bound.
Result<SocketAddress> address_of_node(const std::string& path, UniqueFd& directory) {
    auto address = parse_socket_address(path, true);
    if (address) return address;
    directory.reset(
        open(std::string(directory_of(path)).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return errno_error(path);
    return parse_socket_address(cat("/proc/self/fd/", directory.get(), "/", base_name(path)), true);
}

int bind_to(int fd, const SocketAddress& address, mode_t mode) {
    NodeMode umask(mode);
    return bind(fd, reinterpret_cast<const sockaddr*>(&address.bytes), address.size);
}

Error cannot_create(const ListenPlace& place, int code) {
    return errno_error(cat("Failed to create listening socket (", place.text(), ")"), code);
}

Result<UniqueFd> open_socket(const SocketConfig& config, const ListenPlace& place, const Root& root,
                             const SocketWarning& warn) {
    int protocol = place.type == ListenType::Netlink ? place.protocol : config.socket_protocol;
    UniqueFd fd(socket(place.address.family(), type_of(place.type) | SOCK_CLOEXEC | SOCK_NONBLOCK,
                       protocol));
    if (!fd) return cannot_create(place, errno);
    if (int failed = set_options_before_bind(config, place.address.family(), fd.get(), warn))
        return cannot_create(place, failed);
    SocketAddress address = place.address;
    UniqueFd directory;
    std::string node = address.path().empty() ? "" : root.at(address.path());
    if (!node.empty()) {
        make_parents(config, node);
        auto there = address_of_node(node, directory);
        if (!there) return cannot_create(place, there.error().code);
        address = *there;
    }
    if (bind_to(fd.get(), address, config.socket_mode) < 0) {
        int failed = errno;
        // What a former owner left there, as only a directory stays.
        bool again = failed == EADDRINUSE && !node.empty() && unlink(node.c_str()) == 0;
        if (!again) return cannot_create(place, failed);
        if (bind_to(fd.get(), address, config.socket_mode) < 0) return cannot_create(place, errno);
    }
    int backlog = config.backlog > INT_MAX ? INT_MAX : static_cast<int>(config.backlog);
    if (place.can_accept() && listen(fd.get(), backlog) < 0) return cannot_create(place, errno);
    // Who watches the node hears of it only now that it can be connected to.
    if (!node.empty()) utimensat(AT_FDCWD, node.c_str(), nullptr, 0);
    set_socket_options(config, fd.get(), warn);
    return fd;
}

// Nobody else's, and as open as was asked for.
bool is_node_of_ours(int fd, mode_t type, mode_t mode) {
    struct stat found {};
    return fstat(fd, &found) == 0 && (found.st_mode & S_IFMT) == type &&
           (found.st_mode & 0777) == (mode & 0777) && found.st_uid == getuid() &&
           found.st_gid == getgid();
}

Result<UniqueFd> open_fifo(const SocketConfig& config, const std::string& path,
                           const SocketWarning& warn) {
    make_parents(config, path);
    auto failed = [&](int code) { return errno_error(cat("Failed to open FIFO ", path), code); };
    {
        NodeMode umask(config.socket_mode);
        if (mkfifo(path.c_str(), config.socket_mode) < 0 && errno != EEXIST) return failed(errno);
    }
    UniqueFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW));
    if (!fd) return failed(errno);
    if (!is_node_of_ours(fd.get(), S_IFIFO, config.socket_mode)) return failed(EEXIST);
    if (config.pipe_size > 0 &&
        fcntl(fd.get(), F_SETPIPE_SZ, static_cast<int>(config.pipe_size)) < 0)
        warn(cat("Setting pipe size failed, ignoring: ", strerror(errno)));
    return fd;
}

Result<UniqueFd> open_special(const SocketConfig& config, const std::string& path) {
    auto failed = [&](int code) {
        return errno_error(cat("Failed to open special file ", path), code);
    };
    int access = config.writable ? O_RDWR : O_RDONLY;
    UniqueFd fd(open(path.c_str(), access | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW));
    if (!fd) return failed(errno);
    struct stat found {};
    if (fstat(fd.get(), &found) < 0) return failed(errno);
    if (!S_ISREG(found.st_mode) && !S_ISCHR(found.st_mode)) return failed(EEXIST);
    return fd;
}

Result<UniqueFd> open_queue(const SocketConfig& config, const std::string& name) {
    mq_attr sizes{};
    sizes.mq_maxmsg = config.message_queue_max_messages;
    sizes.mq_msgsize = config.message_queue_message_size;
    bool are_given = sizes.mq_maxmsg > 0 && sizes.mq_msgsize > 0;
    NodeMode umask(config.socket_mode);
    UniqueFd fd(mq_open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_CREAT,
                        config.socket_mode, are_given ? &sizes : nullptr));
    bool is_ours = fd && is_node_of_ours(fd.get(), S_IFREG, config.socket_mode);
    if (is_ours) return fd;
    return errno_error(cat("Failed to open message queue ", name), fd ? EEXIST : errno);
}

} // namespace

Result<UniqueFd> open_place(const SocketConfig& config, const ListenPlace& place, const Root& root,
                            const SocketWarning& warn) {
    switch (place.type) {
        case ListenType::Stream:
        case ListenType::Datagram:
        case ListenType::SequentialPacket:
        case ListenType::Netlink: return open_socket(config, place, root, warn);
        case ListenType::Fifo: return open_fifo(config, root.at(place.path), warn);
        case ListenType::Special: return open_special(config, root.at(place.path));
        case ListenType::MessageQueue: return open_queue(config, place.path);
        case ListenType::UsbFunction: break;
    }
    return errno_error(cat("Failed to open USB function ", place.path), EOPNOTSUPP);
}

void make_symlinks(const SocketConfig& config, const Root& root, const SocketWarning& warn) {
    auto target = symlink_target(config);
    if (target.empty()) return;
    for (const auto& inside : config.symlinks) {
        auto link = root.at(inside);
        make_parents(config, link);
        if (symlink(target.c_str(), link.c_str()) == 0) continue;
        int failed = errno;
        bool again = failed == EEXIST && unlink(link.c_str()) == 0;
        if (again && symlink(target.c_str(), link.c_str()) == 0) continue;
        warn(cat("Failed to create symlink ", target, " \u2192 ", inside,
                 ", ignoring: ", strerror(again ? errno : failed)));
    }
}

void remove_place(const ListenPlace& place, const Root& root) {
    if (place.type == ListenType::MessageQueue) mq_unlink(place.path.c_str());
    auto node = place.node();
    if (!node.empty()) unlink(root.at(node).c_str());
}

void flush_place(const ListenPlace& place, int fd) {
    constexpr int most = 4096; // who sends on without pause does not keep us here
    int flags = fcntl(fd, F_GETFL);
    // A service may have made it blocking, which holds for all that have it.
    if (flags >= 0 && (flags & O_NONBLOCK) == 0) fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    char bytes[4096];
    for (int i = 0; i < most; ++i) {
        if (place.can_accept()) {
            UniqueFd connection(accept4(fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
            if (!connection && errno != EINTR && errno != ECONNABORTED) return;
        } else if (place.is_socket()) {
            if (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_TRUNC) < 0 && errno != EINTR)
                return;
        } else if (read(fd, bytes, sizeof bytes) <= 0 && errno != EINTR) {
            return;
        }
    }
}

} // namespace sctl
