// The manager owns all run-time state: units, jobs, processes and timers. Everything that happens
// comes in through the event loop, is turned into an event of one unit, and leads to actions; what
// one unit does to another goes through queues, never through a call from inside a step.
//
// This class is what other rooms see, and puts the parts together that do the work (README.md).
// It does not know who asks: the wire (bus/) and the boot call the methods below and watch it as
// ManagerObserver. It keeps no file of its own: a new manager starts with what the unit files say.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "manager/current_config.hpp"
#include "manager/exits.hpp"
#include "manager/mount.hpp"
#include "manager/turn.hpp"
#include "manager/unit_log.hpp"
#include "run/deferred_signals.hpp"
#include "run/dynamic_users.hpp"
#include "run/spawn_reports.hpp"

namespace sctl {

class CommandLines;

// org.freedesktop.systemd1(5), SystemState.
enum class SystemState : uint8_t {
    Initializing,
    Starting,
    Running,
    Degraded,
    Maintenance,
    Stopping
};
[[nodiscard]] std::string_view to_string(SystemState state);

class Manager final : private RunHost {
  public:
    // `output` captures what services write; it outlives the manager.
    // `processes`: those of this machine, where it is null.
    Manager(EventLoop& loop, ServiceOutput& output, ManagerOptions options,
            std::unique_ptr<Processes> processes = {});
    ~Manager() override;
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    // Scans the unit files and opens the notify socket.
    void set_up();
    // Queues the start of the boot's units, or of `options.units`, once the generators have run,
    // and calls `begun`: from then on all units are known.
    void boot(std::function<void()> begun = {}) { boot_.run(std::move(begun)); }

    // --- units -----------------------------------------------------------------------------------
    // The unit of that name or alias if it is in memory.
    [[nodiscard]] Unit* find(std::string_view name) { return units_.find(name); }
    // The same, loaded from its files if need be, with all it refers to. A unit without files is
    // loaded too, as not-found; an Error (InvalidArgs) is for what is no name of a unit.
    Result<Unit*> load(std::string_view name) { return store_.load(name); }
    // While it lives, files that came late are looked for once: for all of a client's call.
    [[nodiscard]] KnownUnitFiles::OneLook look_once() { return store_.look_once(); }
    // A unit that is there: of an id that has been kept, exists() is asked first.
    [[nodiscard]] Unit& unit(UnitId id) { return units_.unit(id); }
    [[nodiscard]] const Unit& unit(UnitId id) const { return units_.unit(id); }
    [[nodiscard]] bool exists(UnitId id) const noexcept { return units_.exists(id); }
    // By place; entries may be null.
    [[nodiscard]] const std::vector<std::unique_ptr<Unit>>& units() const noexcept {
        return units_.all();
    }
    // The unit that a running process belongs to, or null.
    [[nodiscard]] Unit* owner_of(pid_t pid) override { return owners_.unit_of_process(pid); }
    [[nodiscard]] const DependencyGraph& graph() const noexcept { return graph_; }
    [[nodiscard]] const UnitIndex& index() const noexcept { return files_.index(); }
    [[nodiscard]] const JobQueue& jobs() const noexcept { return queue_; }
    // Something that kept the unit may have ended, or a request only looked at it: it is forgotten
    // at the end of this turn, with what it brought in, where nothing holds it.
    void may_be_garbage(UnitId id) noexcept {
        if (exists(id)) garbage_.suspect(unit(id));
    }
    // Keeps it in memory until it is given back as often, whatever it is merged into: UnitHold.
    void hold(UnitId id) { store_.hold(id); }
    void give_back(UnitId id) noexcept { store_.give_back(id); }
    // At once, where no unit is looked at.
    void collect_garbage() { store_.collect_garbage(); }
    // Whether the unit's files changed since they were read.
    [[nodiscard]] bool needs_reload(const Unit& unit) const { return store_.needs_reload(unit); }

    // A unit whose file, with this text, is made in /run, and whose main process `starter` starts.
    // To be called before set_up(): these units are the tracker's first owners.
    void add_transient(const std::string& name, std::string_view text, ProcessStarter starter);
    // The starter of the unit; null for one that its settings start.
    [[nodiscard]] const ProcessStarter* starter_of(const Unit& unit) const override {
        return owners_.starter_of(unit);
    }

    // --- verbs -----------------------------------------------------------------------------------
    // Queues a job and what it pulls in. `manual` is for a person's request: RefuseManualStart= and
    // the like hold. The Error's D-Bus name decides the client's exit code.
    Result<JobId> add_job(JobType type, UnitId unit, JobMode mode, bool manual) {
        return jobs_.add(type, unit, mode, manual);
    }
    // The same for a unit that may have to be loaded.
    Result<JobId> add_job(JobType type, std::string_view name, JobMode mode, bool manual) {
        return jobs_.add(type, name, mode, manual);
    }
    Result<void> cancel_job(JobId id) { return jobs_.cancel(id); }
    enum class KillWho : uint8_t { Main, Control, All, MainFail, ControlFail, AllFail };
    Result<void> kill_unit(UnitId unit, KillWho who, int signal);
    // Begins to remove the directories of these types of a unit that is dead.
    Result<void> clean_unit(UnitId unit, const std::vector<DirectoryType>& types);
    Result<void> reset_failed(UnitId unit);
    void reset_failed_all();
    // daemon-reload: generators run, then all unit files are read anew, and `done` is called. One
    // that is asked for while another is under way comes after it.
    void reload(std::function<void()> done = {}) { reload_.reload(std::move(done)); }
    // One unit's files, after the manager itself has added to them.
    void read_again(UnitId id) { store_.read_again(id); }
    // Stops everything in order, then ends the loop. `by_signal`: the grace clock runs from now on
    // (docs/design.md, "Stopping"), also where a verb has begun the shutdown.
    void shut_down(Objective objective, int exit_status, bool by_signal) {
        shutdown_.shut_down(objective, exit_status, by_signal);
    }
    // Without stopping units: SIGTERM to all that runs, SIGKILL to what is left, the end. Also in
    // the middle of a shutdown.
    void end_at_once(Objective objective) { shutdown_.end_at_once(objective); }
    // What `systemctl exit N` leaves for exit.target to end with.
    void set_exit_status(int status) noexcept { shutdown_.set_exit_status(status); }

    // --- the whole -------------------------------------------------------------------------------
    [[nodiscard]] SystemState state() const;
    [[nodiscard]] size_t failed_count() const noexcept {
        return static_cast<size_t>(units_.failed_count());
    }
    [[nodiscard]] Objective objective() const noexcept { return shutdown_.objective(); }
    [[nodiscard]] const Moment& boot_start() const noexcept { return start_; }
    [[nodiscard]] const BootTimes& boot_times() const noexcept { return boot_.times(); }
    // Of the program, once the loop has ended.
    [[nodiscard]] int exit_status() const { return shutdown_.exit_status(); }
    // What `init UNIT...` that ends by itself ends with: the status of the first of them that
    // failed, in the order of the command line, else 0.
    [[nodiscard]] int status_of_units() const { return boot_.status_of_units(); }
    [[nodiscard]] const ManagerOptions& options() const noexcept { return options_; }
    [[nodiscard]] const Facts& facts() const noexcept { return facts_; }
    [[nodiscard]] EventLoop& loop() noexcept { return loop_; }
    [[nodiscard]] Processes& processes() noexcept { return *processes_; }
    [[nodiscard]] ServiceOutput& output() noexcept { return output_; }
    [[nodiscard]] const std::string& notify_path() const override;
    // Whether WatchdogSec= of services is acted on.
    [[nodiscard]] bool& service_watchdogs() noexcept { return service_watchdogs_; }
    // Whether each start and stop, and what else goes well, gets a line on the console.
    [[nodiscard]] bool show_status() const noexcept { return config_.shows_status(); }
    // Nothing: as configured.
    void set_show_status(std::optional<bool> shows) { config_.override_show_status(shows); }
    void set_log_level(std::optional<LogLevel> level) { config_.override_log_level(level); }
    [[nodiscard]] const ManagerConfig& config() const noexcept { return config_.values(); }
    // What services get besides their own: ours, with what clients have set over it.
    [[nodiscard]] const std::vector<std::string>& environment() const noexcept override {
        return environment_.assignments();
    }
    [[nodiscard]] const std::vector<std::string>& client_environment() const noexcept {
        return environment_.of_clients();
    }
    void set_client_environment(std::vector<std::string> assignments) {
        environment_.set_clients(std::move(assignments));
    }
    void add_observer(ManagerObserver* observer) { observers_.add(observer); }
    void remove_observer(ManagerObserver* observer) { observers_.remove(observer); }
    // Users and groups that are in no file.
    [[nodiscard]] NameLookup& names() noexcept { return *names_; }
    [[nodiscard]] DynamicUsers& dynamic_users() noexcept { return dynamic_users_; }
    [[nodiscard]] Remover& remover() noexcept { return *remover_; }
    [[nodiscard]] CommandLines& command_lines() noexcept { return *command_lines_; }
    // What timers wait for.
    [[nodiscard]] ElapseClock& elapses() noexcept { return elapses_; }
    // Handles the ends of all children that have ended.
    void reap() { exits_.reap(); }
    // To be called at SIGCHLD: reaps at once, but while many units stop no more often than each
    // millisecond. Each time costs a look at all our children.
    void reap_soon() { exits_.reap_soon(); }

    // --- for the parts of the manager ------------------------------------------------------------
    // Puts an event into the queue; handled before the loop waits again.
    void post(UnitId unit, UnitEvent event) override { events_.post(unit, std::move(event)); }
    // Handles all events and runs all jobs that can run.
    void run_events() noexcept override { turn_.run(); }
    // A helper of the manager itself, which belongs to no unit.
    void own_helper(pid_t pid) { owners_.own_helper(pid); }
    // What the unit's job has waited for may be there.
    void wake_job(UnitId unit) noexcept override { job_runner_.wake(unit); }
    void log_unit(const Unit& unit, LogLevel level, std::string_view text) override {
        sctl::log_unit(output_, unit, level, text);
    }

  private:
    // What else runs of units ask for (run/host.hpp).
    [[nodiscard]] bool is_to_start(UnitId unit) const override;
    [[nodiscard]] Unit* find_unit(UnitId unit) noexcept override;
    void own_process(pid_t pid, UnitId unit) override { owners_.own_process(pid, unit); }
    [[nodiscard]] const Unit* triggering_unit(const Unit& unit) const override;
    void for_each_trigger(UnitId unit, const std::function<void(const Unit&)>& call) const override;
    Result<Unit*> load_triggered(UnitId trigger, std::string_view name) override;
    Result<void> start(UnitId unit) override;
    [[nodiscard]] bool watches_services() const override { return service_watchdogs_; }

    void begin_perpetual_units();
    void make_run(Unit& unit);
    void read_config();
    void take_config();
    void read_units();
    void notified(pid_t sender, uid_t uid, std::string_view text,
                  std::vector<UniqueFd>& descriptors);

    EventLoop& loop_;
    ServiceOutput& output_;
    ManagerOptions options_;
    Facts facts_;
    ManagerEnvironment environment_;
    CurrentConfig config_;
    bool service_watchdogs_ = true;
    Moment start_ = current_moment();

    // Each needs only what stands above it.
    NextTurn next_turn_;
    // What runs of units have a part in outlives the units.
    ElapseClock elapses_;
    FileWatcher watched_files_;
    MountTable mounts_;
    UnitTable units_;
    Observers observers_;
    DependencyGraph graph_;
    JobQueue queue_;
    std::unique_ptr<Processes> processes_;
    Owners owners_;
    Generators generators_;
    KnownUnitFiles files_;
    Garbage garbage_;
    UnitStore store_;
    FormerRuns former_;
    Reload reload_;
    Shutdown shutdown_;
    Triggers triggers_;
    MountUnits mount_units_;
    Jobs jobs_;
    Boot boot_;
    Propagation propagation_;
    StandingConditions conditions_;
    StateChanges changes_;
    DynamicUsers dynamic_users_;
    std::unique_ptr<NameLookup> names_;
    std::unique_ptr<Remover> remover_;
    std::unique_ptr<CommandLines> command_lines_;
    std::unique_ptr<NotifySocket> notify_;
    RunMeans means_; // of what runs units
    DeferredSignals deferred_signals_;
    SpawnReports spawn_reports_;
    IdleServices idle_;
    UnitActions actions_;
    UnitEvents events_;
    JobRunner job_runner_;
    Exits exits_;
    Turn turn_;
};

} // namespace sctl
