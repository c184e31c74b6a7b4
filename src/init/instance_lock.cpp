#include "init/instance_lock.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>

#include "base/log.hpp"
#include "base/text.hpp"
#include "os/process.hpp"
#include "wire/client_connection.hpp"

namespace sctl {
namespace {

constexpr Span socket_patience = 1s;
constexpr Span between_looks = 20ms; // while a manager is neither reachable nor gone

// The process that listens on the manager's socket: 0 where it is in another pid namespace, nothing
// where no process does.
std::optional<pid_t> listening_process(const Root& root) {
    auto socket = connect_to_socket(root.at("/run/systemd/private"), socket_patience);
    if (!socket) return std::nullopt;
    if (root.is_machine() && !is_trusted_listener(socket->get())) return std::nullopt;
    ucred listener{};
    socklen_t size = sizeof listener;
    if (getsockopt(socket->get(), SOL_SOCKET, SO_PEERCRED, &listener, &size) < 0) return 0;
    return listener.pid;
}

Error is_managed(std::optional<pid_t> process) {
    auto who = process && *process > 0 ? cat(" as process ", *process) : std::string();
    return {EBUSY, cat("A manager is running already", who, "."), {}};
}

// The lock, or EBUSY.
Result<UniqueFd> try_lock(const Root& root) {
    auto path = root.at("/run/systemd/sctl.lock");
    UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return errno_error(path);
    if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
    return errno_error(path, errno == EWOULDBLOCK ? EBUSY : errno);
}

bool is_over(Span deadline) {
    return monotonic_now() >= deadline;
}

// Waits a little, or until the process has ended: then `process` is empty.
void wait_for_end(UniqueFd& process) {
    pollfd wait{process.get(), POLLIN, 0};
    if (poll(&wait, process ? 1 : 0, static_cast<int>(between_looks / 1ms)) > 0) process.reset();
}

} // namespace

Result<UniqueFd> lock_instance(const Root& root) {
    auto lock = try_lock(root);
    if (!lock && lock.error().code != EBUSY) return lock;
    auto listener = listening_process(root);
    if (!lock || listener) return is_managed(listener);
    return lock;
}

Result<UniqueFd> take_over_instance(const Root& root, Span patience) {
    auto lock = try_lock(root);
    if (lock || lock.error().code != EBUSY) return lock;
    log_info("Waiting for the manager in the background to end.");
    Span deadline = add_saturating(monotonic_now(), patience), last = add_saturating(deadline, 1s);
    UniqueFd holder;
    bool killed = false;
    while (!lock && lock.error().code == EBUSY && !is_over(last)) {
        // It may have the lock, and not yet its socket.
        auto listener = holder ? std::nullopt : listening_process(root);
        if (listener == 0) return is_managed(listener);
        if (listener) {
            auto opened = open_pidfd(*listener);
            if (opened) holder = std::move(*opened);
            if (holder) ignore_error(signal_pidfd(holder.get(), SIGTERM));
        }
        if (is_over(deadline) && holder && !std::exchange(killed, true))
            ignore_error(signal_pidfd(holder.get(), SIGKILL));
        wait_for_end(holder);
        lock = try_lock(root);
    }
    if (!lock && lock.error().code == EBUSY) return is_managed(std::nullopt);
    return lock;
}

} // namespace sctl
