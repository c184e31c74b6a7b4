// Signals as values. Every signal is blocked as the program's first act and read from a descriptor:
// the kernel drops what reaches PID 1 under its default disposition, but keeps what is blocked, so
// a SIGTERM that comes before the loop runs is not lost. A program that begins so never installs a
// handler, and ignores nothing.
#pragma once

#include <sys/types.h>
#include <cstdint>
#include <functional>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sctl {

// In a set of signals as a number, as the kernel has them.
[[nodiscard]] constexpr uint64_t signal_bit(int number) noexcept {
    return uint64_t{1} << (number - 1);
}

// What a process is executed with.
struct SignalState {
    uint64_t blocked = 0;
    uint64_t ignored = 0;
};

// Blocks all signals and puts every disposition back to its default (a caller may have had SIGCHLD
// ignored, and then exits would be lost). The spawner gives children an empty mask again, or, where
// its plan says so, what we were executed with, which is returned.
SignalState block_all_signals() noexcept;

// Whether block_all_signals() has been called: a child then need not put back any disposition.
[[nodiscard]] bool all_dispositions_are_default() noexcept;

struct ReceivedSignal {
    int number = 0;
    int value = 0;    // sigqueue(3)'s
    pid_t sender = 0; // 0: the kernel, or a process outside our pid namespace
    uid_t sender_uid = 0;
    bool from_kernel = false; // as of a terminal that was resized
};

// A non-blocking descriptor that is readable while a signal is pending.
[[nodiscard]] Result<UniqueFd> open_signal_fd();
// Calls `handle` for each signal that is pending, several of which are read at once. What it throws
// is logged.
void read_signals(int signal_fd, const std::function<void(const ReceivedSignal&)>& handle) noexcept;

} // namespace sctl
