// What /proc says about one process. A pid that is not our own child's may at any time be another
// process's: open a pidfd first, read after that, and signal through the pidfd.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sctl {

struct ProcessStat {
    pid_t pid = 0;
    pid_t parent = 0; // 0: the parent is outside our pid namespace
    pid_t group = 0;
    pid_t session = 0;
    char state = '?';
    int threads = 0;
    uint64_t start_ticks = 0; // since boot; with the pid it names one process for ever

    // Nothing of it runs any more; a leader whose other threads go on is alive.
    [[nodiscard]] bool dead() const noexcept {
        return (state == 'Z' || state == 'X') && threads <= 1;
    }
};

// The mark that a service's processes carry (Tracker): the hard values of RLIMIT_LOCKS and of
// RLIMIT_RSS, two limits that Linux has not used since 2.4. RLIM_INFINITY is "unlimited".
struct ProcessTag {
    uint64_t locks = RLIM_INFINITY, rss = RLIM_INFINITY;
    bool operator==(const ProcessTag&) const = default;
};

// When PID 1 began, to some seconds, rather too early: the present "boot". Nothing where /proc does
// not tell.
[[nodiscard]] std::optional<Span> pid1_start() noexcept;
// Nothing where there is no such process (any more).
[[nodiscard]] std::optional<ProcessStat> read_process_stat(pid_t pid) noexcept;
// The first 15 bytes of the program's name, as the kernel keeps it; the process may set it itself.
[[nodiscard]] std::string read_process_name(pid_t pid);
// The owner of the process as a whole: of its /proc directory.
[[nodiscard]] std::optional<uid_t> read_process_uid(pid_t pid) noexcept;
// Works for zombies and across uids.
[[nodiscard]] std::optional<ProcessTag> read_process_tag(pid_t pid) noexcept;
// The path in the version 2 hierarchy, "/system.slice/a.service".
[[nodiscard]] std::optional<std::string> read_process_cgroup(pid_t pid);

// Whether `pid` is a child of ours that has not been reaped. Costs one system call.
[[nodiscard]] bool is_own_child(pid_t pid) noexcept;
// Whether it is one, and has ended: a zombie for us to reap.
[[nodiscard]] bool is_own_zombie(pid_t pid) noexcept;

// The list of our own children, which grows at its end alone as long as none is reaped: processes
// we start, and orphans that come to us. So after the first reading only news need to be read; and
// when one is reaped, what stands in front of the last one seen is still no news.
class ChildrenFile {
  public:
    // Those that have come since the last call; some of the others too after forget() of the last.
    [[nodiscard]] Result<std::vector<pid_t>> read_new();
    // To be called whenever a child is reaped.
    void forget(pid_t reaped) noexcept;
    // Whether the last call has read the list from its start, and it was empty.
    [[nodiscard]] bool was_empty() const noexcept { return was_empty_; }

  private:
    UniqueFd file_;
    bool at_start_ = true;
    bool was_empty_ = false;
    pid_t last_ = 0; // of those that were read; 0: unknown
};

// The pid that was given last in our pid namespace: the fifth word of /proc/loadavg, proc(5). Pids
// are given in rising order, and from a low one again when they are used up.
class NewestProcess {
  public:
    NewestProcess();
    // 0 where it cannot be read.
    [[nodiscard]] pid_t read() const noexcept;

  private:
    UniqueFd file_;
};

// Whether `pid` was given after `then` had been the newest, and `now` is; false where one is 0.
[[nodiscard]] constexpr bool is_newer(pid_t pid, pid_t then, pid_t now) noexcept {
    if (then == 0 || now == 0) return false;
    return then <= now ? pid > then && pid <= now : pid > then || pid <= now;
}

// Appends the children of all threads of `pid`. ENOENT: no such process, or a kernel without
// CONFIG_PROC_CHILDREN.
[[nodiscard]] Result<void> append_children(pid_t pid, std::vector<pid_t>& children);
// All pids there are. Costs 30 times what append_children does: for kernels without it.
[[nodiscard]] Result<std::vector<pid_t>> all_processes();

[[nodiscard]] Result<UniqueFd> open_pidfd(pid_t pid);
[[nodiscard]] Result<void> signal_pidfd(int pidfd, int signal);

} // namespace sctl
