#include "os/remaining_processes.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/files.hpp"
#include "base/text.hpp"
#include "os/process.hpp"

namespace sctl {

std::vector<pid_t> everyone_else(const std::set<pid_t>& except) {
    std::vector<pid_t> pids;
    if (getpid() == 1) {
        if (auto all = all_processes()) pids = std::move(*all);
    } else {
        ignore_error(append_children(getpid(), pids));
        for (size_t i = 0; i < pids.size(); ++i) ignore_error(append_children(pids[i], pids));
    }
    std::erase_if(pids, [&](pid_t pid) {
        if (pid == getpid() || except.contains(pid)) return true;
        auto stat = read_process_stat(pid);
        return !stat || stat->dead();
    });
    return pids;
}

std::vector<pid_t> members_of(const std::set<pid_t>& leaders, const std::set<pid_t>& except) {
    auto pids = everyone_else(except);
    std::erase_if(pids, [&](pid_t pid) {
        auto stat = read_process_stat(pid);
        return !stat || (!leaders.contains(pid) && !leaders.contains(stat->session) &&
                         !leaders.contains(stat->group));
    });
    return pids;
}

void signal_one(pid_t pid, int signal) noexcept {
    if (is_own_child(pid)) {
        kill(pid, signal);
        return;
    }
    auto before = read_process_stat(pid);
    auto pidfd = open_pidfd(pid);
    auto after = read_process_stat(pid);
    if (pidfd && before && after && before->start_ticks == after->start_ticks) {
        ignore_error(signal_pidfd(pidfd->get(), signal));
    }
}

std::string describe_process(pid_t pid) {
    auto name = read_virtual_file(cat("/proc/", pid, "/comm"));
    return cat("PID ", pid, name ? cat(" (", trim(*name), ")") : std::string());
}

bool has_children_but(const std::set<pid_t>& except) {
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0) return false;
    if (except.empty()) return true;
    std::vector<pid_t> children;
    if (!append_children(getpid(), children)) return true;
    std::erase_if(children, [&](pid_t pid) { return except.contains(pid); });
    return !children.empty();
}

} // namespace sctl
