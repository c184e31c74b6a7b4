// What runs of units stand on: the means they use, each handed to them, and the manager as far as
// they may know it.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "base/log.hpp"
#include "graph/dependency.hpp"
#include "os/event_loop.hpp"
#include "os/name_lookup.hpp"
#include "os/processes.hpp"
#include "os/service_output.hpp"
#include "os/spawn.hpp"
#include "run/dynamic_users.hpp"
#include "run/elapse_clock.hpp"
#include "run/file_watcher.hpp"
#include "run/mount_table.hpp"
#include "run/remover.hpp"
#include "state/unit_event.hpp"

namespace sctl {

struct Unit;

// Starts the main process of a unit in another way than its settings say.
using ProcessStarter = std::function<Result<Spawned>(const Placement& placement)>;

class RunHost {
  public:
    virtual ~RunHost() = default;

    // Puts an event into the queue; handled before the loop waits again.
    virtual void post(UnitId unit, UnitEvent event) = 0;
    // Handles what has been posted, and runs all jobs that can run.
    virtual void run_events() noexcept = 0;
    // What the unit's job has waited for may be there.
    virtual void wake_job(UnitId unit) noexcept = 0;
    // Whether its job is a start.
    [[nodiscard]] virtual bool is_to_start(UnitId unit) const = 0;
    // Null where it has gone.
    [[nodiscard]] virtual Unit* find_unit(UnitId unit) noexcept = 0;
    // The unit that a running process belongs to, or null.
    [[nodiscard]] virtual Unit* owner_of(pid_t pid) = 0;
    // `pid` is the unit's main or control process: its exit needs no search for an owner.
    virtual void own_process(pid_t pid, UnitId unit) = 0;
    // The one unit that may have started this one by OnFailure= or OnSuccess=, or null.
    [[nodiscard]] virtual const Unit* triggering_unit(const Unit& unit) const = 0;
    // Calls back with each unit that triggers this one.
    virtual void for_each_trigger(UnitId unit,
                                  const std::function<void(const Unit&)>& call) const = 0;
    // The unit of that name as one that `trigger` triggers, for as long as it is in memory.
    virtual Result<Unit*> load_triggered(UnitId trigger, std::string_view name) = 0;
    // Queues its start.
    virtual Result<void> start(UnitId unit) = 0;
    // The starter of the unit; null for one that its settings start.
    [[nodiscard]] virtual const ProcessStarter* starter_of(const Unit& unit) const = 0;

    // What services get first.
    [[nodiscard]] virtual const std::vector<std::string>& environment() const = 0;
    [[nodiscard]] virtual const std::string& notify_path() const = 0;
    // Whether WatchdogSec= of services is acted on.
    [[nodiscard]] virtual bool watches_services() const = 0;
    virtual void log_unit(const Unit& unit, LogLevel level, std::string_view text) = 0;
};

class DeferredSignals;
class SpawnReports;

struct RunMeans {
    RunHost& host;
    EventLoop& loop;
    Processes& processes;
    ServiceOutput& output;
    NameLookup& names;
    DynamicUsers& dynamic_users;
    Remover& remover;
    ElapseClock& elapses;
    FileWatcher& files;
    MountTable& mounts;
    Root root;
    // What is done for many units at once.
    DeferredSignals& deferred_signals;
    SpawnReports& reports;
};

} // namespace sctl
