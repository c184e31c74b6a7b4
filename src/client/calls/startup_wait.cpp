#include "client/calls/startup_wait.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/files.hpp"
#include "base/unique_fd.hpp"

namespace sctl {

namespace {

// The name that we and systemd give to PID 1, the one that it has before, or any for our own file.
bool is_manager_pid1() {
    auto name = read_file("/proc/1/comm").value_or("");
    if (name == "systemd\n" || name == "systemctl\n") return true;
    struct stat init {
    }, own{};
    return ::stat("/proc/1/exe", &init) == 0 && ::stat("/proc/self/exe", &own) == 0 &&
           init.st_dev == own.st_dev && init.st_ino == own.st_ino;
}

// Watches the directory of the socket, or as much of the way there as exists.
void watch(int inotify, std::string path) {
    constexpr uint32_t events = IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;
    while (!path.empty()) {
        path = directory_of(path);
        bool top = path.empty() || path == "/";
        if (::inotify_add_watch(inotify, top ? "/" : path.c_str(), events) >= 0 || top) return;
    }
}

// Between a socket's name and its listening nothing is to be seen: hence the look from time to
// time.
void wait_for_change(int inotify) {
    constexpr int a_moment = 100; // ms
    pollfd watched{inotify, POLLIN, 0};
    if (::poll(&watched, 1, a_moment) <= 0) return;
    char events[4096];
    while (::read(inotify, events, sizeof events) > 0) {
    }
}

} // namespace

ClientConnection* manager_once_there(Session& session) {
    UniqueFd inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    while (true) {
        if (inotify) watch(inotify.get(), session.socket_path().value_or(""));
        if (auto* manager = session.manager_if_any()) return manager;
        if (session.why_no_manager() != ENOENT && session.why_no_manager() != ECONNREFUSED)
            return nullptr;
        bool ours = !session.request.instance.empty() || session.request.user;
        if (!ours && !is_manager_pid1()) return nullptr;
        wait_for_change(inotify.get());
    }
}

} // namespace sctl
