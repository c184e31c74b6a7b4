// Ends of processes. One SIGCHLD may stand for many exits, of orphans we never started too: each is
// looked at while it is still a zombie, so that its pid, its limits and its children are there to
// be read and no signal can reach another process of the same number; only then it is reaped.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <span>

namespace sctl {

struct ProcessExit {
    pid_t pid = 0;
    int code = 0;   // CLD_EXITED, CLD_KILLED or CLD_DUMPED
    int status = 0; // exit status, or the signal
};

enum class Reaping : uint8_t { Done, More, OutOfMemory };

// Calls `handle` for the exits there are, and reaps each afterwards. At most `limit` at once, for
// the signals and verbs that wait meanwhile: More where some may be left, and the caller comes
// back. What `handle` throws is logged; the process is reaped all the same, unless memory was
// short, twice in a row: it is still there to be told of a moment later.
Reaping reap_exited(const std::function<void(const ProcessExit&)>& handle,
                    int limit = 1000) noexcept;

struct Reaped {
    bool more = false;          // may be left, as above
    bool children_left = false; // that have not ended; not known where there may be more
};
// The same for who has to do with some children only: those that are `known` are looked at as
// zombies. All others are orphans that come by the thousand: they are reaped in one system call
// each, and passed on afterwards. So is a known one that ends just then, whose number is not used
// again yet.
Reaped reap_orphans(std::span<const pid_t> known,
                    const std::function<void(const ProcessExit&)>& handle,
                    int limit = 1000) noexcept;

} // namespace sctl
