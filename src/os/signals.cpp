#include "os/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <span>

#include "base/files.hpp"
#include "os/event_loop.hpp"

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
    return try_twice([&]() -> Result<UniqueFd> {
        UniqueFd fd(signalfd(-1, &all, SFD_NONBLOCK | SFD_CLOEXEC));
        if (!fd) return errno_error("signalfd");
        return fd;
    });
}

void read_signals(int signal_fd,
                  const std::function<void(const ReceivedSignal&)>& handle) noexcept {
    std::array<signalfd_siginfo, 8> infos;
    size_t count = infos.size();
    while (count == infos.size()) {
        ssize_t got;
        do got = read(signal_fd, infos.data(), sizeof infos);
        while (got < 0 && errno == EINTR);
        count = got < 0 ? 0 : static_cast<size_t>(got) / sizeof infos[0];
        for (const auto& info : std::span(infos).first(count)) {
            ReceivedSignal signal{static_cast<int>(info.ssi_signo), info.ssi_int,
                                  static_cast<pid_t>(info.ssi_pid),
                                  static_cast<uid_t>(info.ssi_uid), info.ssi_code == SI_KERNEL};
            run_insistently("handling a signal", [&] { handle(signal); });
        }
    }
}

} // namespace sctl
