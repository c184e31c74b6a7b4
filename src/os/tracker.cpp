#include "os/tracker.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/log.hpp"

namespace sctl {
Tracker::Tracker(const Options& options)
    : self_(getpid()),
      groups_(options.use_cgroups),
      last_owner_(options.owners_before),
      child_lists_(options.use_children_files) {}

Result<Spawned> Tracker::spawn(ExecPlan plan) {
    return sctl::spawn(std::move(plan));
}

Reaping Tracker::reap(const std::function<void(const ProcessExit&)>& handle) {
    return reap_exited(handle);
}

std::optional<ProcessStat> Tracker::stat(pid_t pid) {
    return read_process_stat(pid);
}

std::optional<uid_t> Tracker::user_of(pid_t pid) {
    return read_process_uid(pid);
}

bool Tracker::is_alive(pid_t pid) {
    if (pid <= 0) return false;
    if (is_own_child(pid)) return !is_own_zombie(pid);
    auto stat = read_process_stat(pid);
    return stat && !stat->dead();
}

OwnerId Tracker::add_owner(const std::string& unit) {
    OwnerId owner = ++last_owner_;
    owners_[owner].in_tree = !groups_.exist();
    groups_.add(owner, unit);
    return owner;
}

void Tracker::release(OwnerId owner) {
    auto found = owners_.find(owner);
    if (found == owners_.end()) return;
    groups_.release(owner);
    forget_sessions_of(found->second);
    for (pid_t child : found->second.children) known_[child] = {};
    std::erase_if(aliens_, [&](const auto& alien) {
        bool its = known_[alien.first].owner == owner;
        if (its) known_.erase(alien.first);
        return its;
    });
    owners_.erase(found);
}

Placement Tracker::place(OwnerId owner) {
    auto found = owners_.find(owner);
    if (found == owners_.end()) return {};
    Placement placement{std::nullopt, groups_.open_for(owner)};
    if (placement.cgroup) return placement;
    found->second.in_tree = true;
    placement.tag = tags_.tag_of(owner);
    return placement;
}

// A process that belongs to the greater of two owners may have lowered one of its limits to the
// other's.
OwnerId Tracker::owner_by_tag(const ProcessTag& tag) const {
    for (uint64_t owner : tags_.candidates(tag)) {
        bool exists = owner > 0 && owner <= last_owner_;
        if (exists && owners_.contains(static_cast<OwnerId>(owner)))
            return static_cast<OwnerId>(owner);
    }
    return no_owner;
}

OwnerId Tracker::owner_seen_above(pid_t pid) {
    auto seen = below_.find(pid);
    if (seen == below_.end() || !owners_.contains(seen->second.owner)) return no_owner;
    auto stat = read_process_stat(pid);
    return stat && stat->start_ticks == seen->second.start_ticks ? seen->second.owner : no_owner;
}

void Tracker::note_below(OwnerId owner, const ProcessStat& stat) {
    below_[stat.pid] = {owner, stat.start_ticks};
    if (below_.size() < many_below_) return;
    std::erase_if(below_, [](const auto& seen) {
        auto now = read_process_stat(seen.first);
        return !now || now->start_ticks != seen.second.start_ticks;
    });
    many_below_ = std::max(many_below_, 2 * below_.size());
}

bool Tracker::is_still_alien(pid_t pid) const {
    auto alien = aliens_.find(pid);
    if (alien == aliens_.end()) return false;
    auto stat = read_process_stat(pid);
    return stat && stat->start_ticks == alien->second;
}

// Null also where the number is another process's by now.
const Identity* Tracker::find_known(pid_t pid) {
    auto known = known_.find(pid);
    if (known == known_.end()) return nullptr;
    if (aliens_.contains(pid) && !is_still_alien(pid)) {
        aliens_.erase(pid);
        known_.erase(known);
        return nullptr;
    }
    return &known->second;
}

OwnerId Tracker::owner_by_mark(const ProcessTag& tag, std::string_view control_group) const {
    auto owner = groups_.owner_by_path(control_group);
    return owner != no_owner ? owner : owner_by_tag(tag);
}

// A session or group number is not given to a new process while anything is in it.
OwnerId Tracker::owner_by_session(pid_t session, pid_t group) const {
    for (pid_t number : {session, group}) {
        auto found = sessions_.find(number);
        if (found != sessions_.end() && owners_.contains(found->second)) return found->second;
    }
    return no_owner;
}

void Tracker::learn_session(OwnerId owner, pid_t number) {
    auto found = owners_.find(owner);
    if (number <= 1 || number == self_ || found == owners_.end()) return;
    if (sessions_.try_emplace(number, owner).second) found->second.sessions.insert(number);
}

void Tracker::forget_sessions_of(Owner& owner) {
    for (pid_t number : owner.sessions) sessions_.erase(number);
    owner.sessions.clear();
}

void Tracker::note_process(pid_t pid, OwnerId owner) {
    Identity identity{owner, Evidence::Started};
    // What had this number before is gone, or we would not have been given it.
    if (auto stale = sessions_.find(pid); stale != sessions_.end() && stale->second != owner) {
        if (auto had = owners_.find(stale->second); had != owners_.end())
            had->second.sessions.erase(pid);
        sessions_.erase(stale);
    }
    if (is_own_child(pid)) {
        remember_child(pid, identity);
        // It may not have come as far as its setsid; the number will be its session's.
        learn_session(owner, pid);
        return;
    }
    auto stat = read_process_stat(pid);
    if (!stat) return;
    known_[pid] = identity;
    aliens_[pid] = stat->start_ticks;
    auto found = owners_.find(owner);
    if (found != owners_.end() && groups_.owner_of(pid) != owner) found->second.in_tree = true;
}

void Tracker::remember_child(pid_t pid, Identity identity) {
    if (auto before = known_.find(pid); before != known_.end()) {
        if (auto had = owners_.find(before->second.owner); had != owners_.end())
            had->second.children.erase(pid);
    }
    known_[pid] = identity;
    aliens_.erase(pid);
    if (auto owner = owners_.find(identity.owner); owner != owners_.end())
        owner->second.children.insert(pid);
}

void Tracker::forget_process(pid_t pid) {
    child_lists_.forget(pid);
    auto found = known_.find(pid);
    if (found == known_.end()) return;
    if (auto owner = owners_.find(found->second.owner); owner != owners_.end()) {
        if (owner->second.children.erase(pid) > 0) owner->second.lost_at = looks_;
    }
    known_.erase(found);
    aliens_.erase(pid);
}

void Tracker::forget_alien(pid_t pid, OwnerId owner) {
    auto known = known_.find(pid);
    if (known == known_.end() || known->second.owner != owner || aliens_.erase(pid) == 0) return;
    known_.erase(known);
}

// In a tree, what an owner lives by is always known: a child of ours that has been met. One that
// has not was never seen alive, and what it left behind is met, or has ended, in its turn.
OwnerId Tracker::owner_of_ended(pid_t pid) const {
    auto known = known_.find(pid);
    return known != known_.end() ? known->second.owner : groups_.owner_of(pid);
}

Identity Tracker::identify(pid_t pid) {
    constexpr int deepest = 4096;
    pid_t at = pid;
    for (int depth = 0; depth < deepest && at > 0 && at != self_; ++depth) {
        Identity found;
        if (const auto* known = find_known(at)) {
            found = *known;
        } else if (auto owner = at == pid ? groups_.owner_of(pid) : no_owner; owner != no_owner) {
            return {owner, Evidence::Cgroup};
        } else {
            auto stat = read_process_stat(at);
            if (!stat) return {};
            if (stat->parent != self_) {
                at = stat->parent;
                continue;
            }
            found = identify_child(at);
        }
        // Below a process we started, or have seen in its cgroup, it is lineage; below an orphan no
        // more is known than of the orphan.
        bool sure = found.evidence == Evidence::Started || found.evidence == Evidence::Cgroup;
        if (at != pid && sure) found.evidence = Evidence::Lineage;
        return found;
    }
    return {};
}

// Quick: of a service that forks without pause each generation is gone within 0.1 ms.
Identity Tracker::identify_child(pid_t pid) {
    Identity found;
    pid_t session = getsid(pid), group = getpgid(pid);
    if (auto by_cgroup = groups_.owner_of(pid); by_cgroup != no_owner) {
        found = {by_cgroup, Evidence::Cgroup};
    } else if (auto above = owner_seen_above(pid); above != no_owner) {
        found = {above, Evidence::Lineage};
    } else if (auto by_tag = owner_by_tag(read_process_tag(pid).value_or(ProcessTag{}));
               by_tag != no_owner) {
        found = {by_tag, Evidence::Tag};
    } else if (auto by_session = owner_by_session(session, group); by_session != no_owner) {
        found = {by_session, Evidence::Session};
    } else if (!said_unowned_ && !is_own_zombie(pid)) {
        said_unowned_ = true;
        log_info("Process ", pid, " (", read_process_name(pid),
                 ") belongs to no unit; it is left alone, and so are others like it");
    }
    learn_session(found.owner, session);
    learn_session(found.owner, group);
    remember_child(pid, found);
    return found;
}

} // namespace sctl
