#include "os/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace sctl {

void block_all_signals() noexcept {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);
    struct sigaction initial {};
    initial.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) sigaction(number, &initial, nullptr);
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
