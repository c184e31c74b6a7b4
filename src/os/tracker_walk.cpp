// The half of Tracker that goes over an owner's processes: for status, to see whether any is left,
// and to signal them.
#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/log.hpp"
#include "os/tracker.hpp"

namespace sctl {
namespace {

// A stop goes on in the next turn of the loop, when those that have ended were reaped.
constexpr int looks_of_a_signal = 64;
constexpr int looks_of_a_kill = 512;
constexpr int passes_per_turn = 16;

} // namespace

// Finds out whose our new children are; the newest first, since the others may have ended
// meanwhile. One that has ended may have left us its own child after we looked: so until there are
// no news at all. False where they do not cease.
bool Tracker::meet_new_children(int& looks, SignalRequest* kill) {
    while (looks-- > 0) {
        auto children = child_lists_.take_new(known_.size() > aliens_.size());
        if (children.empty()) {
            ++looks_;
            looked_at_ = monotonic_now();
            return true;
        }
        for (auto child = children.rbegin(); child != children.rend(); ++child) {
            if (find_known(*child) || is_own_zombie(*child)) continue;
            Identity found = identify_child(*child);
            if (kill && found.owner == kill->owner) tell({*child, self_, 0}, *kill);
        }
    }
    return false;
}

// Services that stop together share a look: the kernel goes through all our children for each. Not
// for SIGKILL, which has to be exact.
bool Tracker::has_just_looked(const Owner& owner) const {
    constexpr Span just = std::chrono::milliseconds(1);
    return owner.lost_at < looks_ && monotonic_now() - looked_at_ < just;
}

// Those of our own children that are zombies now. True where there were any: what these have left
// behind is to be looked for.
bool Tracker::drop_ended(Owner& owner) {
    bool any = owner.children.erase_if(is_own_zombie) > 0;
    if (any) owner.lost_at = looks_;
    return any;
}

void Tracker::add_children(OwnerId owner, pid_t pid, std::vector<pid_t>& queue) {
    for (pid_t child : child_lists_.children_of(pid)) {
        const auto* known = find_known(child);
        if (!known || known->owner == owner) queue.push_back(child);
    }
}

Tracker::Walked Tracker::walk(OwnerId owner, Walk& walk) {
    auto found = owners_.find(owner);
    if (found == owners_.end()) return Walked::All;
    auto walked = walk_group(owner, walk);
    if (walked != Walked::All || !found->second.in_tree) return walked;
    return walk_tree(owner, found->second, walk);
}

Tracker::Walked Tracker::walk_group(OwnerId owner, Walk& walk) {
    for (pid_t pid : groups_.processes_of(owner)) {
        auto stat = read_process_stat(pid);
        if (!stat || stat->dead() || !walk.seen.insert(pid).second) continue;
        if (!walk.visit({pid, stat->parent, stat->start_ticks})) return Walked::Ended;
    }
    return Walked::All;
}

// From our own children down; but processes move up meanwhile: one whose parent ends becomes our
// own child. So our children are looked at again until there are no news, and none of the owner's
// has ended since; or too often, and it is for the next turn, when the dead have been reaped.
Tracker::Walked Tracker::walk_tree(OwnerId id, Owner& owner, Walk& walk) {
    while ((!walk.kill && has_just_looked(owner)) || meet_new_children(walk.looks, walk.kill)) {
        bool some_ended = drop_ended(owner);
        auto queue = to_visit(id, owner, walk);
        if (queue.empty() && !some_ended) return Walked::All;
        for (size_t next = 0; next < queue.size(); ++next) {
            Found found{queue[next], self_, 0};
            if (!walk.seen.insert(found.pid).second) continue;
            if (owner.children.contains(found.pid)) {
                learn_session(id, getsid(found.pid));
                learn_session(id, getpgid(found.pid));
            } else {
                auto stat = read_process_stat(found.pid);
                if (!stat || stat->dead()) continue;
                learn_session(id, stat->session);
                learn_session(id, stat->group);
                found.parent = stat->parent;
                found.start_ticks = stat->start_ticks;
                note_below(id, *stat);
            }
            // Before the visit: one that ends of it leaves its children to us behind our back.
            // After it: a SIGKILLed one gets no more children. Whom both show is visited once.
            if (!walk.kill) add_children(id, found.pid, queue);
            if (!walk.visit(found)) return Walked::Ended;
            add_children(id, found.pid, queue);
        }
    }
    return Walked::Incomplete;
}

// The owner's processes at the top of the tree that this walk has not seen; the newest first.
std::vector<pid_t> Tracker::to_visit(OwnerId id, const Owner& owner, const Walk& walk) const {
    std::vector<pid_t> pids(owner.children.rbegin(), owner.children.rend());
    for (const auto& [pid, start_ticks] : aliens_) {
        if (known_.find(pid)->second.owner == id && is_still_alien(pid)) pids.push_back(pid);
    }
    std::erase_if(pids, [&](pid_t pid) { return walk.seen.contains(pid); });
    return pids;
}

std::vector<pid_t> Tracker::processes_of(OwnerId owner) {
    std::vector<std::pair<uint64_t, pid_t>> found;
    Walk over{[&](const Found& process) {
        auto stat = read_process_stat(process.pid);
        if (stat && !stat->dead()) found.emplace_back(stat->start_ticks, process.pid);
        return true;
    }};
    walk(owner, over);
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

bool Tracker::any_left(OwnerId id) {
    auto found = owners_.find(id);
    if (found == owners_.end()) return false;
    Owner& owner = found->second;
    if (groups_.is_populated(id)) return true;
    if (owner.in_tree && any_in_tree(id, owner)) return true;
    forget_sessions_of(owner);
    groups_.remove(id);
    return false;
}

// What an owner has is below one of our own children that is known to be its. So where all of these
// had ended before our children were last looked at, nothing of it was left then, nor is now; and
// who lives on leads to another look when it ends.
bool Tracker::any_in_tree(OwnerId id, Owner& owner) {
    int looks = looks_of_a_signal;
    do {
        bool is_fresh = owner.lost_at < looks_;
        if (!is_fresh && !meet_new_children(looks)) {
            undecided_.insert(id);
            return true;
        }
    } while (drop_ended(owner));
    if (!owner.children.empty()) return true;
    return std::any_of(aliens_.begin(), aliens_.end(), [&](const auto& alien) {
        auto [pid, start_ticks] = alien;
        auto stat = known_.find(pid)->second.owner == id ? read_process_stat(pid) : std::nullopt;
        return stat && !stat->dead() && stat->start_ticks == start_ticks;
    });
}

Result<void> Tracker::signal_process(pid_t pid, int signal) {
    // What is known as our own child has not been reaped, and the number is still its.
    bool is_known = known_.contains(pid) && !aliens_.contains(pid);
    if (is_known || is_own_child(pid))
        return kill(pid, signal) < 0 ? errno_error("kill") : Result<void>{};
    auto pidfd = open_pidfd(pid);
    if (!pidfd) return pidfd.error();
    if (owner_of(pid) == no_owner) return errno_error("kill", ESRCH);
    return signal_pidfd(pidfd->get(), signal);
}

// What is in a control group the kernel kills at once, or it is frozen first: that takes its time,
// but what is in it gets less meanwhile.
bool Tracker::signal_all(SignalRequest& request) {
    auto found = owners_.find(request.owner);
    if (found == owners_.end()) return true;
    if (request.signal != SIGKILL) return signal_in_passes(request);
    request.found |= groups_.is_populated(request.owner);
    bool all_killed = groups_.kill(request.owner);
    if (all_killed && !found->second.in_tree) return true;
    bool frozen = !all_killed && groups_.freeze(request.owner, true);
    bool complete = signal_in_passes(request);
    if (frozen) groups_.freeze(request.owner, false);
    return complete;
}

// Until a pass finds no new process. A subreaper among the service's own processes may take one
// over behind our back: where nothing comes after the signal, that is looked for twice.
bool Tracker::signal_in_passes(SignalRequest& request) {
    bool kills = request.signal == SIGKILL;
    int looks = kills ? looks_of_a_kill : looks_of_a_signal;
    int quiet_passes = kills ? 2 : 1;
    for (int pass = 0; pass < passes_per_turn; ++pass) {
        size_t told_before = request.told.size();
        Walk over{[&](const Found& found) {
                      tell(found, request);
                      return true;
                  },
                  looks, kills ? &request : nullptr};
        bool complete = walk(request.owner, over) == Walked::All;
        looks = over.looks;
        if (!complete) return false;
        if (request.told.size() == told_before && --quiet_passes == 0) return true;
    }
    return false;
}

pid_t Tracker::newest_process() {
    constexpr Span fresh = std::chrono::microseconds(200);
    Span now = monotonic_now();
    if (newest_ == 0 || now - newest_read_at_ > fresh) {
        newest_ = newest_file_.read();
        newest_read_at_ = now;
    }
    return newest_;
}

// Whether it was forked by a process that had got the signal, or below such a one.
bool Tracker::is_an_answer(const Found& found, SignalRequest& request) const {
    if (request.newest_then.contains(found.pid)) return true; // or was told itself
    auto parent = request.newest_then.find(found.parent);
    if (parent == request.newest_then.end()) return false;
    if (!is_newer(found.pid, parent->second, newest_file_.read())) return false;
    request.newest_then.emplace(found.pid, parent->second);
    request.found = true;
    return true;
}

// Signals the process that `found` describes, once; never one that has got its pid meanwhile.
void Tracker::tell(const Found& found, SignalRequest& request) {
    bool own = found.start_ticks == 0;
    auto told = request.told.lower_bound({found.pid, 0});
    bool same_pid = told != request.told.end() && told->first == found.pid;
    if (request.except.contains(found.pid)) return;
    if (own && same_pid && request.signal != SIGKILL) {
        // It may have been told before it became our child.
        auto now = read_process_stat(found.pid);
        if (told->second == 0 || !now || now->start_ticks == told->second) return;
    }
    if (request.signal != SIGKILL && is_an_answer(found, request)) return;
    bool is_new = request.told.emplace(found.pid, found.start_ticks).second;
    // A pid that has been told and reaped may be a child's again: that one is killed as well.
    if (!is_new && !(own && request.signal == SIGKILL)) return;
    request.found = true;
    Result<UniqueFd> pidfd = UniqueFd();
    if (!own) {
        pidfd = open_pidfd(found.pid);
        auto now = read_process_stat(found.pid);
        if (!now || now->start_ticks != found.start_ticks) return;
    }
    auto send = [&](int signal) {
        // Without pidfds (before 5.3, or no descriptor left) the check above has to do.
        if (pidfd && pidfd->valid()) return signal_pidfd(pidfd->get(), signal).has_value();
        return kill(found.pid, signal) == 0;
    };
    if (request.signal != SIGKILL) request.newest_then.emplace(found.pid, newest_process());
    if (send(request.signal) && request.continue_after) send(SIGCONT);
}

} // namespace sctl
