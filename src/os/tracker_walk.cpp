// The half of Tracker that goes over an owner's processes: for status, to see whether any is left,
// and to signal them.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <iterator>

#include "base/log.hpp"
#include "os/tracker.hpp"

namespace sctl {
namespace {

// Signals the process that `seen` describes, never one that has got its pid meanwhile.
bool signal_seen(const ProcessStat& seen, pid_t self, const SignalRequest& request) {
    auto pidfd = seen.parent == self ? Result<UniqueFd>(UniqueFd()) : open_pidfd(seen.pid);
    if (!pidfd && pidfd.error().code == ESRCH) return false;
    if (seen.parent != self) {
        auto now = read_process_stat(seen.pid);
        if (!now || now->start_ticks != seen.start_ticks) return false;
    }
    auto send = [&](int signal) {
        // A child of ours keeps its pid until it is reaped. Without pidfds (before 5.3, or no
        // descriptor left) the check above has to do.
        if (pidfd && pidfd->valid()) return signal_pidfd(pidfd->get(), signal).has_value();
        return kill(seen.pid, signal) == 0;
    };
    bool sent = send(request.signal);
    if (sent && request.continue_after) send(SIGCONT);
    return sent;
}

} // namespace

void Tracker::read_family() {
    family_.clear();
    auto processes = all_processes();
    if (!processes) return;
    for (pid_t pid : *processes) {
        if (auto stat = read_process_stat(pid)) family_[stat->parent].push_back(pid);
    }
}

void Tracker::fall_back_to_scanning(std::string_view why) {
    children_files_ = false;
    log_warning("The list of our child processes cannot be read: ", why,
                "; going over all of /proc instead");
}

std::vector<pid_t> Tracker::new_children() {
    if (children_files_) {
        auto children = own_children_.read_new();
        bool missing_some = children && own_children_.was_empty() && known_.size() > aliens_.size();
        if (children && !missing_some) return std::move(children).value();
        fall_back_to_scanning(children ? "it is empty" : children.error().text);
    }
    read_family();
    auto children = children_of(self_);
    std::erase_if(children, [this](pid_t pid) { return !scanned_.insert(pid).second; });
    return children;
}

// Finds out whose our new children are; the newest first, since the others may have ended
// meanwhile. One that has ended may have left us its own child after we looked: so until there are
// no news at all. False where they do not cease.
bool Tracker::meet_new_children() {
    constexpr int looks_per_turn = 64;
    for (int look = 0; look < looks_per_turn; ++look) {
        auto children = new_children();
        if (children.empty()) return true;
        for (auto child = children.rbegin(); child != children.rend(); ++child) {
            if (known_.contains(*child) || is_own_zombie(*child)) continue;
            auto stat = read_process_stat(*child);
            if (stat && stat->parent == self_) identify_child(*stat);
        }
    }
    return false;
}

std::vector<pid_t> Tracker::children_of(pid_t pid) {
    std::vector<pid_t> children;
    if (children_files_) {
        (void)!append_children(pid, children).has_value(); // it may have ended: then it has none
        return children;
    }
    auto found = family_.find(pid);
    if (found != family_.end()) children = found->second;
    return children;
}

Tracker::Walked Tracker::walk(OwnerId owner, const Visit& visit) {
    auto found = owners_.find(owner);
    if (found == owners_.end()) return Walked::All;
    std::set<pid_t> seen;
    if (slice_) {
        auto walked = walk_cgroup(found->second, seen, visit);
        if (walked != Walked::All || !found->second.tagged) return walked;
    }
    return walk_tree(owner, found->second, seen, visit);
}

Tracker::Walked Tracker::walk_cgroup(const Owner& owner, std::set<pid_t>& seen,
                                     const Visit& visit) {
    for (pid_t pid : cgroup_processes(cgroup_of(owner))) {
        auto stat = read_process_stat(pid);
        if (!stat || stat->dead() || !seen.insert(pid).second) continue;
        if (!visit(*stat)) return Walked::Ended;
    }
    return Walked::All;
}

// From our own children down; but processes move up meanwhile: one whose parent ends becomes our
// own child. So news are asked for at the end, until there are none; or too often, and it is for
// the next turn, when the dead have been reaped.
Tracker::Walked Tracker::walk_tree(OwnerId id, Owner& owner, std::set<pid_t>& seen,
                                   const Visit& visit) {
    constexpr int rounds_per_turn = 16;
    auto is_its = [&](pid_t pid) {
        auto known = known_.find(pid);
        return known == known_.end() || known->second.owner == id;
    };
    for (int round = 0; round < rounds_per_turn; ++round) {
        bool met_all = meet_new_children();
        std::erase_if(owner.children, is_own_zombie);
        std::vector<pid_t> queue(owner.children.rbegin(), owner.children.rend());
        std::copy_if(aliens_.begin(), aliens_.end(), std::back_inserter(queue), is_its);
        std::erase_if(queue, [&](pid_t pid) { return seen.contains(pid); });
        if (queue.empty()) return met_all ? Walked::All : Walked::Incomplete;
        for (size_t next = 0; next < queue.size(); ++next) {
            pid_t pid = queue[next];
            if (!seen.insert(pid).second) continue;
            auto stat = read_process_stat(pid);
            if (!stat || stat->dead()) continue;
            learn_session(id, stat->session);
            learn_session(id, stat->group);
            if (!visit(*stat)) return Walked::Ended;
            auto below = children_of(pid);
            std::copy_if(below.begin(), below.end(), std::back_inserter(queue), is_its);
        }
    }
    return Walked::Incomplete;
}

std::vector<pid_t> Tracker::processes_of(OwnerId owner) {
    std::vector<std::pair<uint64_t, pid_t>> found;
    walk(owner, [&](const ProcessStat& stat) {
        found.emplace_back(stat.start_ticks, stat.pid);
        return true;
    });
    std::sort(found.begin(), found.end());
    std::vector<pid_t> processes;
    for (auto [start, pid] : found) processes.push_back(pid);
    return processes;
}

std::vector<pid_t> Tracker::own_children_of(OwnerId owner) {
    auto processes = processes_of(owner);
    std::erase_if(processes, [](pid_t pid) { return !is_own_child(pid); });
    return processes;
}

bool Tracker::any_left(OwnerId owner, const std::set<pid_t>& except) {
    bool any = false;
    auto walked = walk(owner, [&](const ProcessStat& stat) {
        any = true;
        return except.contains(stat.pid);
    });
    auto found = owners_.find(owner);
    if (walked == Walked::All && !any && found != owners_.end()) {
        forget_sessions_of(found->second);
        if (slice_) remove_cgroup(cgroup_of(found->second));
    }
    return walked != Walked::All;
}

Result<void> Tracker::signal_process(pid_t pid, int signal) {
    if (is_own_child(pid)) return kill(pid, signal) < 0 ? errno_error("kill") : Result<void>{};
    auto pidfd = open_pidfd(pid);
    if (!pidfd) return pidfd.error();
    if (owner_of(pid) == no_owner) return errno_error("kill", ESRCH);
    return signal_pidfd(pidfd->get(), signal);
}

bool Tracker::signal_all(SignalRequest& request) {
    constexpr int passes_per_turn = 16;
    auto found = owners_.find(request.owner);
    if (found == owners_.end()) return true;
    bool at_once = slice_ && request.signal == SIGKILL && request.except.empty();
    // What has been tagged instead is in no cgroup.
    if (at_once && kill_cgroup(cgroup_of(found->second)) && !found->second.tagged) return true;
    // A subreaper among the service's own processes may take one over behind our back: where
    // nothing comes after the signal, a second look.
    int looks = request.signal == SIGKILL ? 2 : 1;
    for (int pass = 0; pass < passes_per_turn; ++pass) {
        if (!signal_pass(request) && --looks == 0) return true;
    }
    return false;
}

// True where it has found somebody new.
bool Tracker::signal_pass(SignalRequest& request) {
    bool found_new = false;
    auto walked = walk(request.owner, [&](const ProcessStat& stat) {
        if (request.except.contains(stat.pid)) return true;
        if (!request.told.emplace(stat.pid, stat.start_ticks).second) return true;
        found_new = true;
        signal_seen(stat, self_, request);
        return true;
    });
    return found_new || walked == Walked::Incomplete;
}

} // namespace sctl
