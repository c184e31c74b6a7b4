// All that the manager does with processes and asks of them: the seam at which a test puts a world
// of its own. Tracker is what stands behind it in the program.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "os/owner.hpp"
#include "os/process.hpp"
#include "os/reaper.hpp"
#include "os/spawn.hpp"

namespace sctl {

// What a process of an owner is started with: put into its ExecPlan.
struct Placement {
    std::optional<ProcessTag> tag;
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
    std::set<pid_t> except;      // have it already: the main or control process
    // Who got it: pid and start time; of our own children, whose pids stay theirs, 0 for the time.
    std::set<std::pair<pid_t, uint64_t>> told;
    // The newest process there was when each of these got it. What they fork later is their answer
    // to the signal, as the clean-up of a trap: that is left alone and noted here, but for SIGKILL.
    std::map<pid_t, pid_t> newest_then{};
    bool found = false; // there was a process to be signalled
};

class Processes {
  public:
    virtual ~Processes() = default;

    // As spawn() in os/spawn.hpp.
    [[nodiscard]] virtual Result<Spawned> spawn(ExecPlan plan) = 0;
    // As reap_exited() in os/reaper.hpp.
    virtual Reaping reap(const std::function<void(const ProcessExit&)>& handle) = 0;
    // What /proc says of it; nothing where there is none of that number.
    [[nodiscard]] virtual std::optional<ProcessStat> stat(pid_t pid) = 0;
    [[nodiscard]] virtual std::optional<uid_t> user_of(pid_t pid) = 0;
    // Whether one that we know has not ended yet: neither gone nor a zombie.
    [[nodiscard]] virtual bool is_alive(pid_t pid) = 0;

    // `unit` is the unit's name. An owner lasts until release(); neither its number, counted from
    // 1, nor its tag is ever given again.
    [[nodiscard]] virtual OwnerId add_owner(const std::string& unit) = 0;
    // Forgets an owner that has no process left.
    virtual void release(OwnerId owner) = 0;
    // For the next process of `owner`.
    [[nodiscard]] virtual Placement place(OwnerId owner) = 0;
    // The owner's cgroup as D-Bus shows it, "/system.slice/a.service"; empty without cgroups.
    [[nodiscard]] virtual std::string control_group(OwnerId owner) const = 0;
    // Where the kernel shows it; empty without cgroups.
    [[nodiscard]] virtual std::string control_group_directory(OwnerId owner) const = 0;

    // A process we have started for `owner`, or its main process as it says itself: all below it
    // is the owner's.
    virtual void note_process(pid_t pid, OwnerId owner) = 0;
    // To be called for every child of ours, owned or not, as the last thing before it is reaped;
    // and for a main process that is another's child when it has ended.
    virtual void forget_process(pid_t pid) = 0;
    // For a process that is another's child and no longer the main process of `owner`.
    virtual void forget_alien(pid_t pid, OwnerId owner) = 0;
    // Whose a child of ours was that has ended, as far as it matters to any_left(): no_owner where
    // it came and went between two looks at our children.
    [[nodiscard]] virtual OwnerId owner_of_ended(pid_t pid) const = 0;

    [[nodiscard]] virtual Identity identify(pid_t pid) = 0;
    [[nodiscard]] OwnerId owner_of(pid_t pid) {
        return identify(pid).owner;
    } // Whose a process was of which only its tag and its cgroup are known, since it has ended.
    [[nodiscard]] virtual OwnerId owner_by_mark(const ProcessTag& tag,
                                                std::string_view control_group) const = 0;

    // The processes of `owner` that run, oldest first.
    [[nodiscard]] virtual std::vector<pid_t> processes_of(OwnerId owner) = 0;
    // Whether any runs. Where none does, its cgroup is removed. Cheap after all that ended have
    // been reaped: one look at our children then serves all owners.
    [[nodiscard]] virtual bool any_left(OwnerId owner) = 0;
    // The owners of whom any_left() could not be sure, since orphans came to us without pause: to
    // be asked for again when the next ones have been reaped.
    [[nodiscard]] virtual const std::set<OwnerId>& undecided() const noexcept = 0;
    virtual void forget_undecided() noexcept = 0;
    [[nodiscard]] bool is_undecided() const noexcept {
        return !undecided().empty();
    } // Those that are our own children: the candidates for the main process of Type=forking.
    [[nodiscard]] virtual std::vector<pid_t> own_children_of(OwnerId owner) = 0;

    // Signals one process, which must be an owner's: a child of ours, or by a pidfd.
    [[nodiscard]] virtual Result<void> signal_process(pid_t pid, int signal) = 0;
    // The process that was started last, for SignalRequest::newest_then; 0 where that is unknown.
    // Read anew after 0.2 ms, since many services may be stopped in a row.
    [[nodiscard]] virtual pid_t newest_process() = 0;
    // A bounded number of passes of `request`. True when the last one found no new process; false:
    // call again in the next turn of the loop, when those that ended have been reaped.
    [[nodiscard]] virtual bool signal_all(SignalRequest& request) = 0;
};

} // namespace sctl
