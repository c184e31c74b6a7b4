#include "os/reaper.hpp"

#include <sys/wait.h>

#include <cerrno>

#include "os/event_loop.hpp"

namespace sctl {
namespace {

int wait_for(idtype_t kind, pid_t pid, siginfo_t& info, int flags) noexcept {
    int result;
    do {
        info.si_pid = 0;
        result = waitid(kind, static_cast<id_t>(pid), &info, WEXITED | flags);
    } while (result < 0 && errno == EINTR);
    return result;
}

} // namespace

Reaping reap_exited(const std::function<void(const ProcessExit&)>& handle, int limit) noexcept {
    for (int count = 0; count < limit; ++count) {
        siginfo_t info{};
        bool none = wait_for(P_ALL, 0, info, WNOHANG | WNOWAIT) < 0 || info.si_pid == 0;
        if (none) return Reaping::Done;
        ProcessExit exited{info.si_pid, info.si_code, info.si_status};
        auto handled = run_insistently("handling an exit", [&] { handle(exited); });
        if (handled == Guarded::OutOfMemory) return Reaping::OutOfMemory;
        wait_for(P_PID, exited.pid, info, WNOHANG);
    }
    return Reaping::More;
}

Reaped reap_orphans(std::span<const pid_t> known,
                    const std::function<void(const ProcessExit&)>& handle, int limit) noexcept {
    siginfo_t info{};
    auto told = [&] {
        ProcessExit exited{info.si_pid, info.si_code, info.si_status};
        run_insistently("handling an exit", [&] { handle(exited); });
        return exited.pid;
    };
    for (pid_t pid : known) {
        if (wait_for(P_PID, pid, info, WNOHANG | WNOWAIT) == 0 && info.si_pid != 0)
            wait_for(P_PID, told(), info, WNOHANG);
    }
    for (int count = 0; count < limit; ++count) {
        bool none = wait_for(P_ALL, 0, info, WNOHANG) < 0;
        if (none || info.si_pid == 0) return {.more = false, .children_left = !none};
        (void)told();
    }
    return {.more = true};
}

} // namespace sctl
