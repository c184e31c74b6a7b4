// Which process belongs to which service, exactly: a service's descendants are its own even after a
// double fork, setsid and a cleared environment (docs/design.md, "Exact tracking").
//
// With a cgroup2 hierarchy that is really ours to write, each owner gets a control group
// (control_groups.hpp). Without, which is the usual container, or where one cannot be made, its
// processes get a tag (owner_tags.hpp) and are found in the tree of all processes.
//
// There a process is identified by lineage from a process we started, as far as we have seen it,
// else by its tag, else by a session or process group that its owner's processes have; else it
// belongs to no owner. All the rest reaches us as our own children: PID 1, or a subreaper, is the
// parent of every orphan.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "os/child_lists.hpp"
#include "os/control_groups.hpp"
#include "os/owner.hpp"
#include "os/owner_tags.hpp"
#include "os/pid_set.hpp"
#include "os/process.hpp"
#include "os/processes.hpp"

namespace sctl {

class Tracker final : public Processes {
  public:
    struct Options {
        bool use_cgroups = true;          // where a writable hierarchy is found
        bool use_children_files = true;   // /proc/PID/task/*/children; else all of /proc is read
        OwnerId owners_before = no_owner; // the first owner's number comes after this one
    };
    Tracker() : Tracker(Options{true, true, no_owner}) {}
    explicit Tracker(const Options& options);
    Tracker(const Tracker&) = delete;
    Tracker& operator=(const Tracker&) = delete;

    [[nodiscard]] bool uses_cgroups() const noexcept { return groups_.exist(); }

    // Of Processes, which says what they are.
    [[nodiscard]] Result<Spawned> spawn(ExecPlan plan) override;
    Reaping reap(const std::function<void(const ProcessExit&)>& handle) override;
    [[nodiscard]] std::optional<ProcessStat> stat(pid_t pid) override;
    [[nodiscard]] std::optional<uid_t> user_of(pid_t pid) override;
    [[nodiscard]] bool is_alive(pid_t pid) override;
    [[nodiscard]] OwnerId add_owner(const std::string& unit) override;
    void release(OwnerId owner) override;
    [[nodiscard]] Placement place(OwnerId owner) override;
    [[nodiscard]] std::string control_group(OwnerId owner) const override {
        return groups_.path_of(owner);
    }
    [[nodiscard]] std::string control_group_directory(OwnerId owner) const override {
        return groups_.directory_of(owner);
    }
    void note_process(pid_t pid, OwnerId owner) override;
    void forget_process(pid_t pid) override;
    void forget_alien(pid_t pid, OwnerId owner) override;
    [[nodiscard]] OwnerId owner_of_ended(pid_t pid) const override;
    [[nodiscard]] Identity identify(pid_t pid) override;
    [[nodiscard]] OwnerId owner_by_mark(const ProcessTag& tag,
                                        std::string_view control_group) const override;
    [[nodiscard]] std::vector<pid_t> processes_of(OwnerId owner) override;
    [[nodiscard]] bool any_left(OwnerId owner) override;
    [[nodiscard]] const std::set<OwnerId>& undecided() const noexcept override {
        return undecided_;
    }
    void forget_undecided() noexcept override { undecided_.clear(); }
    [[nodiscard]] std::vector<pid_t> own_children_of(OwnerId owner) override;
    [[nodiscard]] Result<void> signal_process(pid_t pid, int signal) override;
    [[nodiscard]] pid_t newest_process() override;
    [[nodiscard]] bool signal_all(SignalRequest& request) override;

  private:
    struct Owner {
        bool in_tree = false; // some processes of it may be in no control group
        PidSet children;      // those of our own children that are its, and have not ended
        PidSet sessions;      // sessions and process groups of its processes
        uint64_t lost_at = 0; // number of the last look before one of `children` ended
    };
    struct Found {
        pid_t pid;
        pid_t parent;
        uint64_t start_ticks; // 0: our own child, whose pid stays its own until it is reaped
    };
    using Visit = std::function<bool(const Found&)>; // false ends the walk
    enum class Walked : uint8_t { All, Ended, Incomplete };
    // One going over an owner's processes.
    struct Walk {
        Visit visit;
        int looks = 64;                // at our children, before the rest is for the next turn
        SignalRequest* kill = nullptr; // to be obeyed as soon as a child of ours is known
        std::set<pid_t> seen{};
    };

    Identity identify_child(pid_t pid);
    [[nodiscard]] OwnerId owner_by_session(pid_t session, pid_t group) const;
    [[nodiscard]] OwnerId owner_by_tag(const ProcessTag& tag) const;
    [[nodiscard]] OwnerId owner_seen_above(pid_t pid);
    void note_below(OwnerId owner, const ProcessStat& stat);
    [[nodiscard]] bool is_still_alien(pid_t pid) const;
    [[nodiscard]] const Identity* find_known(pid_t pid);
    void remember_child(pid_t pid, Identity identity);
    void learn_session(OwnerId owner, pid_t number);
    void forget_sessions_of(Owner& owner);

    bool meet_new_children(int& looks, SignalRequest* kill = nullptr);
    bool drop_ended(Owner& owner);
    [[nodiscard]] bool has_just_looked(const Owner& owner) const;
    [[nodiscard]] bool any_in_tree(OwnerId id, Owner& owner);
    // Those that are not known to be another owner's.
    void add_children(OwnerId owner, pid_t pid, std::vector<pid_t>& queue);
    Walked walk(OwnerId owner, Walk& walk);
    Walked walk_group(OwnerId owner, Walk& walk);
    Walked walk_tree(OwnerId id, Owner& owner, Walk& walk);
    [[nodiscard]] std::vector<pid_t> to_visit(OwnerId id, const Owner& owner,
                                              const Walk& walk) const;
    void visit_child(OwnerId id, pid_t pid);
    void tell(const Found& found, SignalRequest& request);
    [[nodiscard]] bool is_an_answer(const Found& found, SignalRequest& request) const;
    bool signal_in_passes(SignalRequest& request);

    pid_t self_;
    OwnerTags tags_;
    ControlGroups groups_;
    std::map<OwnerId, Owner> owners_;
    OwnerId last_owner_ = no_owner;
    std::unordered_map<pid_t, Identity> known_; // our own children, and main processes
    // Those of known_ that are not our children, with their start times: we may not learn of
    // their end, and the number may be another's then.
    std::map<pid_t, uint64_t> aliens_;
    // Descendants of our children, seen on a walk: should they become our own children, they stay
    // their owner's, whatever they have made of their tags.
    struct Descendant {
        OwnerId owner;
        uint64_t start_ticks;
    };
    std::unordered_map<pid_t, Descendant> below_;
    size_t many_below_ = 1024; // so many are gone through for those that have ended
    std::unordered_map<pid_t, OwnerId> sessions_;
    std::set<OwnerId> undecided_;
    uint64_t looks_ = 1; // at our children, each until there were no news
    Span looked_at_{};   // the last of them
    ChildLists child_lists_;
    NewestProcess newest_file_;
    pid_t newest_ = 0;
    Span newest_read_at_{};
    bool said_unowned_ = false;
};

} // namespace sctl
