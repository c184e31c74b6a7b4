// What carries out the actions of one unit's machine, and turns what comes of them into its next
// events: one object a unit, a class for each way of running. A unit that only is or is not
// (state/passive.hpp) has none.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "graph/dependency.hpp"
#include "os/former_run.hpp"
#include "os/processes.hpp"
#include "os/reaper.hpp"
#include "state/unit_action.hpp"
#include "state/unit_event.hpp"

namespace sctl {

struct PassedFiles;
struct Unit;

// What an action came to, where the machine waits for that.
using Answer = std::optional<UnitEvent>;

// The worst that an action can come to, for one that ran out of memory: a process that could not be
// started, one that does not heed its signal, a PID file that cannot be read.
[[nodiscard]] Answer answer_without_memory(const UnitAction& action) noexcept;

class UnitRun {
  public:
    virtual ~UnitRun() = default;

    // Does one action. What throws has changed nothing, unless the action is one that can be done
    // twice.
    [[nodiscard]] virtual Answer execute(const UnitAction& action) = 0;
    // Whether a start may be asked for now; if not, the unit's job is woken when it may.
    [[nodiscard]] virtual bool may_start() { return true; }
    // What was noted of the last run is forgotten.
    virtual void begin_start() {}
    // The machine has gone to another state: what went on for the former one gives up.
    virtual void state_changes() {}

    // Whose its processes are; no_owner for a unit that has none.
    [[nodiscard]] virtual OwnerId owner() const { return no_owner; }
    // A process of the unit has ended and is still a zombie.
    virtual void note_exit(const ProcessExit&) {}
    // Ends of processes that have been noted; since then all that had ended were reaped. Tells the
    // unit of those it knows, and whether others are left.
    virtual void tell_exits(const std::vector<ProcessExit>&) {}
    // One datagram to the notify socket, `text` of sd_notify(3), from a process of the unit, and
    // the descriptors that came along.
    virtual void notified(pid_t /*sender*/, uid_t, std::string_view /*text*/,
                          std::vector<UniqueFd>&) {}
    // What is to be known of its processes after us; nothing where it has none.
    [[nodiscard]] virtual std::optional<FormerRun> note() const { return std::nullopt; }
    // Goes on with the processes of a former manager. False where that cannot be.
    [[nodiscard]] virtual bool go_on_with(const FormerRun&) { return false; }
    // The unit's files have been read anew.
    virtual void settings_changed() {}
    // Adds copies of the descriptors that are for whom this unit triggers.
    [[nodiscard]] virtual Result<void> pass_descriptors(PassedFiles&) const { return {}; }
    // The unit is an instance for one connection, which `socket` has accepted.
    [[nodiscard]] virtual Result<void> take_connection(UniqueFd connection, UnitId socket);
    virtual void drop_connection() {}
    // An instance that this unit has started for a connection has closed it.
    virtual void connection_closed(UnitId) {}
    // What `systemctl clean` removes for the directories of this type.
    [[nodiscard]] virtual std::vector<std::string> paths_to_clean(DirectoryType) const {
        return {};
    }
    // A person's `systemctl kill`. ESRCH where there is no such process.
    virtual Result<void> kill(bool main, bool control, bool rest, int signal);
};

} // namespace sctl
