// The manager owns all run-time state: units, jobs, processes and timers. Everything that happens
// comes in through the event loop, is turned into an event of one unit, and leads to actions; what
// one unit does to another goes through queues, never through a call from inside a step.
//
// It does not know who asks: the wire (bus/) and the boot call the methods below and watch it as
// ManagerObserver. It keeps no file of its own: a new manager starts with what the unit files say.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "graph/job_queue.hpp"
#include "graph/transaction.hpp"
#include "manager/options.hpp"
#include "manager/unit.hpp"
#include "os/event_loop.hpp"
#include "os/reaper.hpp"
#include "os/service_output.hpp"
#include "os/tracker.hpp"
#include "unit/facts.hpp"
#include "unit/search_path.hpp"
#include "unit/unit_index.hpp"

namespace sctl {

class ServiceRunner;
class NotifySocket;

// Is told what happened after it has; must not change units in a call.
class ManagerObserver {
  public:
    virtual ~ManagerObserver() = default;
    virtual void unit_new(const Unit&) {}
    virtual void unit_removed(const UnitName&) {}
    virtual void unit_changed(const Unit&) {} // coalesced: once per turn of the loop
    virtual void job_new(const Job&, const Unit&) {}
    virtual void job_removed(const Job&, const Unit&) {}
    virtual void unit_files_changed() {}
    virtual void reloading(bool /*begins*/) {}
    virtual void startup_finished() {}
};

// org.freedesktop.systemd1(5), SystemState.
enum class SystemState : uint8_t { Initializing, Starting, Running, Degraded, Maintenance, Stopping };
[[nodiscard]] std::string_view to_string(SystemState state);

// What the manager does once everything has stopped.
enum class Objective : uint8_t { None, Exit, Halt, Poweroff, Reboot };

class Manager {
  public:
    // `output` captures what services write; it outlives the manager.
    Manager(EventLoop& loop, ServiceOutput& output, ManagerOptions options);
    ~Manager();
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    // Scans the unit files and opens the notify socket. An Error only where no unit can ever start.
    Result<void> set_up();
    // Queues the start of the boot's units, or of `options.units`.
    void boot();

    // --- units -----------------------------------------------------------------------------------
    // The unit of that name or alias if it is in memory.
    [[nodiscard]] Unit* find(std::string_view name);
    // The same, loaded from its files if need be. A unit without files is loaded too, as not-found;
    // an Error is for a name that is none (InvalidArgs) or a template (NoSuchUnit...).
    Result<Unit*> load(std::string_view name);
    [[nodiscard]] Unit& unit(UnitId id) { return *units_[static_cast<size_t>(id)]; }
    [[nodiscard]] Unit* owner_of(pid_t pid);
    // In order of id; entries may be null.
    [[nodiscard]] std::span<const std::unique_ptr<Unit>> units() const noexcept { return units_; }
    [[nodiscard]] const DependencyGraph& graph() const noexcept { return graph_; }
    [[nodiscard]] const UnitIndex& index() const noexcept { return *index_; }
    [[nodiscard]] const JobQueue& jobs() const noexcept { return jobs_; }
    // Drops units that nothing needs any more; called once per turn of the loop and by requests.
    void collect_garbage();
    // Whether the unit's files changed since they were read.
    [[nodiscard]] bool needs_reload(const Unit& unit) const;

    // --- verbs -----------------------------------------------------------------------------------
    // Queues a job and what it pulls in. `manual` is for a person's request: RefuseManualStart= and
    // the like hold. The Error's D-Bus name decides the client's exit code.
    Result<JobId> add_job(JobType type, UnitId unit, JobMode mode, bool manual);
    Result<void> cancel_job(JobId id);
    enum class KillWho : uint8_t { Main, Control, All, MainFail, ControlFail, AllFail };
    Result<void> kill_unit(UnitId unit, KillWho who, int signal);
    Result<void> reset_failed(UnitId unit);
    void reset_failed_all();
    Result<void> reload(); // daemon-reload
    // Stops everything in order, then ends the loop. `by_signal`: the grace clock runs (DESIGN: Stopping).
    void shut_down(Objective objective, int exit_status, bool by_signal);

    // --- the whole -------------------------------------------------------------------------------
    [[nodiscard]] SystemState state() const;
    [[nodiscard]] size_t failed_count() const;
    [[nodiscard]] Objective objective() const noexcept { return objective_; }
    [[nodiscard]] int exit_status() const noexcept { return exit_status_; }
    [[nodiscard]] const ManagerOptions& options() const noexcept { return options_; }
    [[nodiscard]] const Facts& facts() const noexcept { return facts_; }
    [[nodiscard]] EventLoop& loop() noexcept { return loop_; }
    [[nodiscard]] Tracker& tracker() noexcept { return tracker_; }
    [[nodiscard]] ServiceOutput& output() noexcept { return output_; }
    std::vector<std::string>& environment() noexcept { return environment_; }
    void add_observer(ManagerObserver* observer) { observers_.push_back(observer); }
    void remove_observer(ManagerObserver* observer);
    // Wakes at SIGCHLD.
    void reap();

    // --- for the parts of the manager --------------------------------------------------------------
    // Puts an event into the unit's queue; handled before the loop waits again.
    void post(UnitId unit, ServiceEvent event);
    void log_unit(const Unit& unit, LogLevel level, std::string_view text);

  private:
    friend class ServiceRunner;
    class GraphView;

    // units
    Unit& add_unit(LoadedUnit loaded);
    void link_dependencies(Unit& unit);
    void remove_unit(UnitId id);
    void skip_where_senseless(Unit& unit);
    // jobs
    void run_jobs();
    void run_job(const Job& job);
    void run_start(const Job& job, Unit& unit);
    void run_stop(const Job& job, Unit& unit);
    void run_reload(const Job& job, Unit& unit);
    bool check_conditions(Unit& unit, const Job& job);
    void finish_job(JobId id, JobResult result, JobCause cause);
    // events
    void schedule_turn();
    void turn();
    void handle(UnitId unit, ServiceEvent event);
    void set_active(Unit& unit, ActiveState now);
    void settle_job(Unit& unit, ActiveState before, bool reload_failed);
    void propagate(Unit& unit, ActiveState before, bool unexpected);
    void trigger(Unit& unit, Dependency kind, JobMode mode);
    void announce(Unit& unit, ActiveState before);
    void mark_changed(UnitId unit);
    void check_bound_and_unneeded();
    // halt
    void check_finished();
    void start_grace_clock();
    void tell_everyone();
    void kill_the_rest();

    EventLoop& loop_;
    ServiceOutput& output_;
    ManagerOptions options_;
    Facts facts_;
    std::unique_ptr<UnitIndex> index_;
    std::vector<std::unique_ptr<Unit>> units_;
    std::unordered_map<std::string, UnitId> ids_; // every name and alias
    std::vector<UnitId> free_ids_;
    DependencyGraph graph_;
    JobQueue jobs_;
    Tracker tracker_;
    Reaper reaper_;
    std::unique_ptr<ServiceRunner> runner_;
    std::unique_ptr<NotifySocket> notify_;
    std::vector<ManagerObserver*> observers_;
    std::deque<std::pair<UnitId, ServiceEvent>> events_;
    std::vector<UnitId> changed_;
    std::vector<std::string> environment_; // what services get besides their own
    bool turn_scheduled_ = false;
    bool booted_ = false;
    bool ready_sent_ = false;
    Objective objective_ = Objective::None;
    int exit_status_ = 0;
};

} // namespace sctl
