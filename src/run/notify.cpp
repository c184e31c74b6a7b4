#include "run/notify.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "base/log.hpp"
#include "base/text.hpp"
#include "os/unix_socket.hpp"

namespace sctl {
namespace {

constexpr size_t longest_datagram = 4096; // systemd's NOTIFY_BUFFER_MAX
constexpr size_t most_descriptors = 253;  // the kernel's SCM_MAX_FD
constexpr int datagrams_per_turn = 512;   // then the loop looks at the others again

void take(event::Notified& said, std::string_view key, std::string_view value) {
    bool is_state = key == "READY" || key == "RELOADING" || key == "STOPPING";
    if (is_state && value == "1") {
        // Of several in one datagram the last one counts.
        said.reloaded = said.reloading && key == "READY";
        said.ready = key == "READY";
        said.reloading = key == "RELOADING";
        said.stopping = key == "STOPPING";
    }
    if (key == "STATUS")
        said.status = is_valid_utf8(value) ? value : "";
    else if (key == "ERRNO")
        said.errno_value = parse_number<int>(value);
    else if (key == "MAINPID") {
        auto pid = parse_number<pid_t>(value);
        if (pid && *pid > 1) said.main_pid = pid;
    } else if (key == "MONOTONIC_USEC") {
        if (auto usec = parse_number<int64_t>(value)) said.monotonic = Span(*usec);
    } else if (key == "WATCHDOG") {
        said.watchdog = value == "1";
        said.watchdog_trigger = value == "trigger";
    } else if (key == "WATCHDOG_USEC") {
        if (auto usec = parse_number<int64_t>(value)) said.watchdog_usec = Span(*usec);
    } else if (key == "EXTEND_TIMEOUT_USEC") {
        if (auto usec = parse_number<int64_t>(value)) said.extend_timeout = Span(*usec);
    }
}

// Where there is no memory for them, they are closed.
void take_descriptors(cmsghdr& header, std::vector<UniqueFd>& out) {
    size_t count = (header.cmsg_len - CMSG_LEN(0)) / sizeof(int);
    std::array<int, most_descriptors> numbers;
    count = std::min(count, numbers.size());
    memcpy(numbers.data(), CMSG_DATA(&header), count * sizeof(int));
    auto kept = run_guarded("taking descriptors", [&] { out.reserve(out.size() + count); });
    for (size_t i = 0; i < count; ++i) {
        UniqueFd fd(numbers[i]);
        if (kept == Guarded::Done) out.push_back(std::move(fd));
    }
}

} // namespace

event::Notified parse_notification(pid_t sender, std::string_view text) {
    event::Notified said{};
    said.sender = sender;
    for (auto line : split(text, "\n")) {
        auto equals = line.find('=');
        if (equals != std::string_view::npos)
            take(said, line.substr(0, equals), line.substr(equals + 1));
    }
    return said;
}

FdNotification parse_fd_notification(std::string_view text) {
    constexpr std::string_view name = "FDNAME=";
    FdNotification said;
    for (auto line : split(text, "\n")) {
        said.stores |= line == "FDSTORE=1";
        said.removes |= line == "FDSTOREREMOVE=1";
        if (line == "FDPOLL=0") said.is_watched = false;
        if (line.starts_with(name) && !said.name) said.name = line.substr(name.size());
    }
    return said;
}

Result<void> NotifySocket::open(const std::string& path) {
    auto fd = bind_unix_socket(path, SOCK_DGRAM, 0777);
    if (!fd) return fd.error();
    int on = 1;
    if (setsockopt(fd->get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
        return errno_error(path);
    // A burst of notifications must not be lost: as much as the kernel gives.
    int bytes = 8 << 20;
    if (setsockopt(fd->get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0) {
        (void)setsockopt(fd->get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    }
    // Before exits: what a process said last is known when it is gone.
    auto watch = loop_.watch(
        fd->get(), EPOLLIN, [this](uint32_t) { drain(); }, -8);
    if (!watch) return watch.error();
    fd_ = std::move(*fd);
    watch_ = std::move(*watch);
    path_ = path;
    return {};
}

void NotifySocket::drain() {
    for (int i = 0; fd_ && i < datagrams_per_turn && receive_one(); ++i) {
    }
}

bool NotifySocket::receive_one() {
    std::array<char, longest_datagram + 1> text;
    alignas(cmsghdr)
        std::array<char, CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(sizeof(int) * most_descriptors)>
            control;
    iovec part{text.data(), text.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t length = recvmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (length < 0) return errno == EINTR;
    const ucred* sender = nullptr;
    std::vector<UniqueFd> descriptors;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_CREDENTIALS) {
            sender = reinterpret_cast<const ucred*>(CMSG_DATA(header));
        }
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
            take_descriptors(*header, descriptors);
    }
    auto size = static_cast<size_t>(length);
    if (!sender || sender->pid <= 0)
        log_warning("Got notification message lacking valid credentials, ignoring.");
    else if (size > longest_datagram)
        log_warning("Got oversized notification message, ignoring.");
    else
        run_insistently("a notification", [&] {
            handler_(sender->pid, sender->uid, std::string_view(text.data(), size), descriptors);
        });
    return true;
}

Result<void> notify_outer_manager(std::string_view socket_name, std::string_view text) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_name.empty() || socket_name.size() >= sizeof address.sun_path) {
        return errno_error("$NOTIFY_SOCKET", EINVAL);
    }
    memcpy(address.sun_path, socket_name.data(), socket_name.size());
    auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_name.size());
    if (socket_name.front() == '@')
        address.sun_path[0] = '\0';
    else
        ++length;
    UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return errno_error("socket");
    if (sendto(fd.get(), text.data(), text.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), length) < 0) {
        return errno_error("$NOTIFY_SOCKET");
    }
    return {};
}

} // namespace sctl
