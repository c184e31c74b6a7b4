// Which process belongs to which service, exactly: a service's descendants are its own even after a
// double fork, setsid and a cleared environment (docs/design.md, "Exact tracking"). An owner is an
// opaque number given out here; the manager maps its units to them.
//
// With a cgroup2 hierarchy that is really ours to write, each owner gets a cgroup. Without, which
// is the usual container, each owner gets a tag: the value of RLIMIT_LOCKS, a limit the kernel does
// not use any more, that every descendant inherits and anyone can read in /proc/PID/limits.
//
// A process is identified by lineage from a process we started, else by its tag, else by a session
// or process group that its owner's processes have; else it is nobody's. All the rest reaches us as
// our own children: PID 1, or a subreaper, is the parent of every orphan.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "os/process.hpp"

namespace sctl {

using OwnerId = uint32_t;
inline constexpr OwnerId no_owner = 0;

// What a process of an owner is started with: put into its ExecPlan.
struct Placement {
    std::optional<uint64_t> tag;
    UniqueFd cgroup; // a directory; closed when the process has been started
};

// By what a process was recognized. A tag can be lowered by the process itself: where a service
// is given power by it (NotifyAccess=all, MAINPID=, PIDFile=) the uid must be the service's, too.
enum class Evidence : uint8_t { None, Started, Lineage, Cgroup, Tag, Session };

struct Identity {
    OwnerId owner = no_owner;
    Evidence evidence = Evidence::None;
};

// One signal for all processes of an owner, sent in passes until a pass finds none that is new.
// A value kept by the caller, since a service that forks without pause needs more than one turn.
struct SignalRequest {
    OwnerId owner = no_owner;
    int signal = 0;
    bool continue_after = false; // SIGCONT after it: who is stopped shall see a SIGTERM
    std::set<pid_t> except;      // told already, or not to be told: the main or control process
    std::set<std::pair<pid_t, uint64_t>> told; // pid and start time of who got it
};

class Tracker {
  public:
    struct Options {
        bool use_cgroups = true;        // where a writable hierarchy is found
        bool use_children_files = true; // /proc/PID/task/*/children; else all of /proc is read
    };
    Tracker();
    explicit Tracker(const Options& options);
    ~Tracker();
    Tracker(const Tracker&) = delete;
    Tracker& operator=(const Tracker&) = delete;

    [[nodiscard]] bool uses_cgroups() const noexcept { return !cgroup_base_.empty(); }

    // `name` is the cgroup's: the unit's name. An owner lasts until release(); numbers and tags are
    // never given twice.
    [[nodiscard]] OwnerId add_owner(const std::string& name);
    // Forgets an owner that has no process left, and removes its cgroup.
    void release(OwnerId owner);
    // For the next process of `owner`.
    [[nodiscard]] Result<Placement> place(OwnerId owner);
    // The owner's cgroup as D-Bus shows it, "/system.slice/a.service"; empty without cgroups.
    [[nodiscard]] std::string control_group(OwnerId owner) const;

    // A process we have started for `owner`, or its main process as it has told us: all below it
    // is the owner's.
    void note_process(pid_t pid, OwnerId owner);
    // To be called when `pid` is reaped.
    void forget_process(pid_t pid);

    [[nodiscard]] Identity identify(pid_t pid);
    [[nodiscard]] OwnerId owner_of(pid_t pid) { return identify(pid).owner; }

    // The processes of `owner` that run, parents before their children.
    [[nodiscard]] std::vector<pid_t> processes_of(OwnerId owner);
    [[nodiscard]] bool any_left(OwnerId owner, const std::set<pid_t>& except = {});
    // The processes among `owner`'s that are our own children: the candidates for the main process
    // of Type=forking.
    [[nodiscard]] std::vector<pid_t> own_children_of(OwnerId owner);

    // Sends `signal` to one process of ours: a child directly, any other one through a pidfd.
    [[nodiscard]] Result<void> signal_process(pid_t pid, int signal);
    // A bounded number of passes of `request`. True when the last one found nobody new; false: call
    // again in the next turn of the loop.
    bool signal_all(SignalRequest& request);

  private:
    struct Owner {
        std::string name;
        uint64_t tag = 0;
    };
    using Visit = std::function<bool(const ProcessStat&)>; // false ends the walk

    Identity identify_orphan(const ProcessStat& stat);
    Identity identify_by_cgroup(pid_t pid) const;
    OwnerId owner_of_tag(uint64_t tag) const;
    void learn_session(const ProcessStat& stat, OwnerId owner);
    void forget_sessions_of(OwnerId owner);
    std::vector<pid_t> own_children();
    std::vector<pid_t> children_of(pid_t pid);
    void read_family();
    void say_without_children_files();
    void walk(OwnerId owner, const Visit& visit);
    void walk_cgroup(OwnerId owner, const Visit& visit);
    void walk_tree(OwnerId owner, const Visit& visit);
    bool signal_pass(SignalRequest& request);
    bool signal_one(const SignalRequest& request, const ProcessStat& seen);
    bool kill_cgroup(OwnerId owner);
    std::string cgroup_directory(OwnerId owner) const;

    pid_t self_;
    uint64_t inherited_limit_;
    std::string cgroup_base_; // directory of all our owners' cgroups; empty: tags
    std::string cgroup_path_; // the same as /proc/PID/cgroup names it
    std::map<OwnerId, Owner> owners_;
    OwnerId last_owner_ = no_owner;
    std::unordered_map<pid_t, Identity> known_;   // our own children, and main processes
    std::unordered_map<pid_t, OwnerId> sessions_; // sessions and process groups
    bool children_files_ = true;
    std::unordered_map<pid_t, std::vector<pid_t>>
        family_; // parent to children, when all of /proc is read
    bool said_orphan_ = false;
};

} // namespace sctl
