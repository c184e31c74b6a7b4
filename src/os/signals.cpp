#include "os/signals.hpp"

#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <span>

#include "base/files.hpp"
#include "os/event_loop.hpp"

namespace sctl {
namespace {

constexpr int kernel_signals = 64;
bool all_are_default = false;

// By the kernel's call, since libc keeps two signals to itself. False for the two that have none.
bool reset_disposition(int number, bool& was_ignored) noexcept {
    unsigned long initial[4]{}, before[4]{}; // the handler comes first; SIG_DFL is 0
    if (syscall(SYS_rt_sigaction, number, initial, before, sizeof(uint64_t)) < 0) return false;
    was_ignored = before[0] == reinterpret_cast<uintptr_t>(SIG_IGN);
    return true;
}

} // namespace

SignalState block_all_signals() noexcept {
    sigset_t all, before;
    sigfillset(&all);
    sigemptyset(&before);
    sigprocmask(SIG_SETMASK, &all, &before);
    SignalState state;
    all_are_default = true;
    for (int number = 1; number <= kernel_signals; ++number) {
        bool was_ignored = false;
        if (sigismember(&before, number) == 1) state.blocked |= signal_bit(number);
        if (reset_disposition(number, was_ignored) && was_ignored)
            state.ignored |= signal_bit(number);
    }
    return state;
}

bool all_dispositions_are_default() noexcept {
    return all_are_default;
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
