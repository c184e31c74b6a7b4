#include "os/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace sctl {

SignalState block_all_signals() noexcept {
    sigset_t all, before;
    sigfillset(&all);
    sigemptyset(&before);
    sigprocmask(SIG_SETMASK, &all, &before);
    SignalState state;
    struct sigaction initial {};
    initial.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) {
        struct sigaction old {};
        uint64_t bit = uint64_t{1} << (number - 1);
        if (sigismember(&before, number) == 1) state.blocked |= bit;
        if (sigaction(number, &initial, &old) == 0 && old.sa_handler == SIG_IGN)
            state.ignored |= bit;
    }
    return state;
}

Result<UniqueFd> open_signal_fd() {
    sigset_t all;
    sigfillset(&all);
    UniqueFd fd(signalfd(-1, &all, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!fd) return errno_error("signalfd");
    return fd;
}

std::optional<ReceivedSignal> read_signal(int signal_fd) noexcept {
    signalfd_siginfo info{};
    ssize_t got;
    do got = read(signal_fd, &info, sizeof info);
    while (got < 0 && errno == EINTR);
    if (got != static_cast<ssize_t>(sizeof info)) return std::nullopt;
    return ReceivedSignal{static_cast<int>(info.ssi_signo), info.ssi_int,
                          static_cast<pid_t>(info.ssi_pid), static_cast<uid_t>(info.ssi_uid)};
}

} // namespace sctl
