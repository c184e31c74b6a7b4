// The manager owns all run-time state: units, jobs, processes and timers. Everything that happens
// comes in through the event loop, is turned into an event of one unit, and leads to actions; what
// one unit does to another goes through queues, never through a call from inside a step.
//
// It does not know who asks: the wire (bus/) and the boot call the methods below and watch it as
// ManagerObserver. It keeps no file of its own: a new manager starts with what the unit files say.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "graph/job_queue.hpp"
#include "graph/transaction.hpp"
#include "manager/manager_options.hpp"
#include "manager/skipped_units.hpp"
#include "os/event_loop.hpp"
#include "os/reaper.hpp"
#include "os/service_output.hpp"
#include "os/spawn.hpp"
#include "os/tracker.hpp"
#include "run/deferred_signals.hpp"
#include "run/dynamic_users.hpp"
#include "run/host.hpp"
#include "run/spawn_reports.hpp"
#include "run/unit.hpp"
#include "unit/facts.hpp"
#include "unit/search_path.hpp"
#include "unit/unit_index.hpp"

namespace sctl {

class Generators;
class CommandLines;
struct JobMessage;
class NameLookup;
class NotifySocket;
class Remover;

// Is told what happened after it has; must not change units in a call.
class ManagerObserver {
  public:
    virtual ~ManagerObserver() = default;
    virtual void unit_new(const Unit&) {}
    virtual void unit_removed(const UnitName&) {}
    virtual void unit_changed(const Unit&) {} // coalesced: once per turn of the loop
    virtual void job_new(const Job&, const Unit&) {}
    virtual void job_removed(const Job&, const Unit&) {}
    virtual void reloading(bool /*begins*/) {}
    virtual void startup_finished() {}
    // Of any child of ours, while it is still a zombie and before its unit has been told.
    virtual void process_ended(const ProcessExit&) {}
    virtual void processes_reaped() {} // all that had ended
};

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

// When the boot's first steps began and ended.
struct BootTimes {
    Moment generators_start, generators_finish, units_load_start, units_load_finish;
};

// What the manager does once everything has stopped.
enum class Objective : uint8_t { None, Exit, Halt, Poweroff, Reboot };
// The objective that a start of this target asks for: "reboot.target", ...
[[nodiscard]] Objective objective_of_target(std::string_view name);
// Whether the unit has an ExecReload=.
[[nodiscard]] bool can_reload(const Unit& unit);

class Manager final : private RunHost {
  public:
    // `output` captures what services write; it outlives the manager.
    Manager(EventLoop& loop, ServiceOutput& output, ManagerOptions options);
    ~Manager() override;
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    // Scans the unit files and opens the notify socket.
    void set_up();
    // Queues the start of the boot's units, or of `options.units`, once the generators have run,
    // and calls `begun`: from then on all units are known.
    void boot(std::function<void()> begun = {});

    // --- units -----------------------------------------------------------------------------------
    // The unit of that name or alias if it is in memory.
    [[nodiscard]] Unit* find(std::string_view name);
    // The same, loaded from its files if need be, with all it refers to. A unit without files is
    // loaded too, as not-found; an Error (InvalidArgs) is for what is no name of a unit.
    Result<Unit*> load(std::string_view name);
    // A unit that is there: of an id that has been kept, exists() is asked first.
    [[nodiscard]] Unit& unit(UnitId id) { return const_cast<Unit&>(std::as_const(*this).unit(id)); }
    [[nodiscard]] const Unit& unit(UnitId id) const;
    [[nodiscard]] bool exists(UnitId id) const noexcept {
        uint32_t place = place_of(id);
        return place < units_.size() && units_[place] && units_[place]->id == id;
    }
    // By place; entries may be null.
    [[nodiscard]] const std::vector<std::unique_ptr<Unit>>& units() const noexcept {
        return units_;
    }
    // The unit that a running process belongs to, or null.
    [[nodiscard]] Unit* owner_of(pid_t pid) override;
    [[nodiscard]] const DependencyGraph& graph() const noexcept { return graph_; }
    [[nodiscard]] const UnitIndex& index() const noexcept { return *index_; }
    [[nodiscard]] const JobQueue& jobs() const noexcept { return jobs_; }
    // Something that kept the unit may have ended, or a request only looked at it: it is forgotten
    // at the end of this turn, with what it brought in, where nothing holds it
    // (manager_garbage.cpp).
    void may_be_garbage(UnitId id) noexcept;
    // At once, where no unit is held on to.
    void collect_garbage();
    // Whether the unit's files changed since they were read.
    [[nodiscard]] bool needs_reload(const Unit& unit) const;

    // A unit whose file, with this text, is made in /run, and whose main process `starter` starts.
    // To be called before set_up(): these units are the tracker's first owners.
    void add_transient(const std::string& name, std::string_view text, ProcessStarter starter);
    // The starter of the unit; null for one that its settings start.
    [[nodiscard]] const ProcessStarter* starter_of(const Unit& unit) const override;

    // --- verbs -----------------------------------------------------------------------------------
    // Queues a job and what it pulls in. `manual` is for a person's request: RefuseManualStart= and
    // the like hold. The Error's D-Bus name decides the client's exit code.
    Result<JobId> add_job(JobType type, UnitId unit, JobMode mode, bool manual);
    // The same for a unit that may have to be loaded.
    Result<JobId> add_job(JobType type, std::string_view name, JobMode mode, bool manual);
    Result<void> cancel_job(JobId id);
    enum class KillWho : uint8_t { Main, Control, All, MainFail, ControlFail, AllFail };
    Result<void> kill_unit(UnitId unit, KillWho who, int signal);
    // Begins to remove the directories of these types of a unit that is dead.
    Result<void> clean_unit(UnitId unit, const std::vector<DirectoryType>& types);
    Result<void> reset_failed(UnitId unit);
    void reset_failed_all();
    // daemon-reload: generators run, then all unit files are read anew, and `done` is called. One
    // that is asked for while another is under way comes after it.
    void reload(std::function<void()> done = {});
    // One unit's files, after the manager itself has added to them.
    void read_again(UnitId id);
    // Stops everything in order, then ends the loop. `by_signal`: the grace clock runs from now on
    // (docs/design.md, "Stopping"), also where a verb has begun the shutdown.
    void shut_down(Objective objective, int exit_status, bool by_signal);
    // Without stopping units: SIGTERM to all that runs, SIGKILL to what is left, the end. Also in
    // the middle of a shutdown.
    void end_at_once(Objective objective);
    // What `systemctl exit N` leaves for exit.target to end with.
    void set_exit_status(int status) noexcept { requested_exit_status_ = status; }

    // --- the whole -------------------------------------------------------------------------------
    [[nodiscard]] SystemState state() const;
    [[nodiscard]] size_t failed_count() const noexcept {
        return static_cast<size_t>(failed_count_);
    }
    [[nodiscard]] Objective objective() const noexcept { return objective_; }
    [[nodiscard]] const BootTimes& boot_times() const noexcept { return boot_times_; }
    // Of the program, once the loop has ended.
    [[nodiscard]] int exit_status() const;
    // What `init UNIT...` that ends by itself ends with: the status of the first of them that
    // failed, in the order of the command line, else 0.
    [[nodiscard]] int status_of_units();
    [[nodiscard]] const ManagerOptions& options() const noexcept { return options_; }
    [[nodiscard]] const Facts& facts() const noexcept { return facts_; }
    [[nodiscard]] EventLoop& loop() noexcept { return loop_; }
    [[nodiscard]] Tracker& tracker() noexcept { return tracker_; }
    [[nodiscard]] ServiceOutput& output() noexcept { return output_; }
    [[nodiscard]] const std::string& notify_path() const override;
    // Whether WatchdogSec= of services is acted on.
    [[nodiscard]] bool& service_watchdogs() noexcept { return service_watchdogs_; }
    // Whether each start and stop, and what else goes well, gets a line on the console: at first as
    // `options` says. The log has them all.
    [[nodiscard]] bool show_status() const noexcept { return options_.show_status; }
    void set_show_status(bool shows);
    // What services get besides their own: ours, with what clients have set over it.
    [[nodiscard]] const std::vector<std::string>& environment() const noexcept override {
        return environment_;
    }
    [[nodiscard]] const std::vector<std::string>& client_environment() const noexcept {
        return client_environment_;
    }
    void set_client_environment(std::vector<std::string> assignments);
    void add_observer(ManagerObserver* observer) { observers_.push_back(observer); }
    void remove_observer(ManagerObserver* observer);
    // Users and groups that are in no file.
    [[nodiscard]] NameLookup& names() noexcept { return *names_; }
    [[nodiscard]] DynamicUsers& dynamic_users() noexcept { return dynamic_users_; }
    [[nodiscard]] Remover& remover() noexcept { return *remover_; }
    [[nodiscard]] CommandLines& command_lines() noexcept { return *command_lines_; }
    // Handles the ends of all children that have ended.
    void reap();
    // To be called at SIGCHLD: reaps at once, but while many units stop no more often than each
    // millisecond. Each time costs a look at all our children.
    void reap_soon();

    // --- for the parts of the manager ------------------------------------------------------------
    // Puts an event into the queue; handled before the loop waits again.
    void post(UnitId unit, UnitEvent event) override;
    // Handles all events and runs all jobs that can run.
    void run_events() noexcept;
    // A helper of the manager itself, which belongs to no unit.
    void own_helper(pid_t pid);
    // What the unit's job has waited for may be there.
    void wake_job(UnitId unit) noexcept override;
    void log_unit(const Unit& unit, LogLevel level, std::string_view text) override;

  private:
    // What runs of units ask for (run/host.hpp).
    [[nodiscard]] bool is_to_start(UnitId unit) const override;
    [[nodiscard]] Unit* find_unit(UnitId unit) noexcept override;
    void own_process(pid_t pid, UnitId unit) override;
    [[nodiscard]] const Unit* triggering_unit(const Unit& unit) const override;
    [[nodiscard]] bool watches_services() const override { return service_watchdogs_; }

    class GraphView;

    // manager.cpp
    void queue_boot();
    void boot_default();
    void boot_unit(const std::string& name);
    void notified(pid_t sender, uid_t uid, std::string_view text);
    void take_exit(const ProcessExit& exit);
    void tell_exits();
    [[nodiscard]] std::string unit_of(const LogSender& sender);
    void check_idle();
    void end_idle();

    // manager_units.cpp
    UnitId stub(const UnitName& name);
    void load_queued();
    void order_targets(UnitId id);
    void read_anew(Unit& unit);
    void read_files(Unit& unit);
    void make_runtime(Unit& unit);
    void find_late_units();
    void rescan_for_missing();
    void complete(UnitId id);
    void load_again(UnitId id);
    void link_dependencies(Unit& unit);
    void begin_perpetual_units();
    [[nodiscard]] static bool may_be_merged(const Unit& unit);
    void merge_into(Unit& unit, Unit& alias);
    void merge_later(Unit& unit, LoadedUnit& loaded);
    void merge_what_ended();
    void take_names(Unit& unit);

    // manager_garbage.cpp
    [[nodiscard]] bool is_in_use(UnitId id) const;
    [[nodiscard]] std::vector<UnitId> garbage_around(UnitId id, std::set<UnitId>& held) const;
    void remove_unit(UnitId id);
    void release(const Unit& unit);
    void let_go(UnitId id) noexcept;

    // manager_reload.cpp
    void rescan();
    void begin_reload();
    void read_all_again();
    enum class UnitFiles : uint8_t { Known, MayHaveChanged }; // since the last look at them
    void generate(UnitFiles files, std::function<void()> done);
    [[nodiscard]] bool start_generators();
    void generated(UnitFiles files);
    void reloaded();
    [[nodiscard]] std::vector<std::string> generator_environment() const;

    // manager_jobs.cpp
    [[nodiscard]] UnitId find_late(UnitId id);
    Result<JobId> install(const Transaction& transaction, UnitId anchor);
    bool run_one_job();
    void run_job(const Job& job);
    void run_start(const Job& job, Unit& unit);
    void begin_start(const Job& job, Unit& unit);
    [[nodiscard]] static bool may_start_again(Unit& unit);
    void run_verify(const Job& job, Unit& unit);
    void run_stop(const Job& job, Unit& unit);
    void run_reload(const Job& job, Unit& unit);
    bool check_conditions(Unit& unit);
    bool check_asserts(Unit& unit);
    [[nodiscard]] UnitId unmet_dependency(UnitId id);
    void finish_job(JobId id, JobResult result, JobCause cause);
    void fail_job(UnitId unit, JobId id) noexcept;
    void finish_quietly(JobId id);
    void job_ended(const Job& job) noexcept;
    void announce_begin(const Job& job) noexcept;
    void announce_end(const Job& job) noexcept;
    void say_of_job(const Unit& unit, const JobMessage& message);
    void say_why_job_failed(const Job& job);
    void arm_job_timer(const Job& job);
    void arm_running_timer(const Job& job);
    [[nodiscard]] OwnedTimer job_timer(const Job& job, Span timeout, std::string_view directive);

    // manager_events.cpp
    void schedule_turn() noexcept;
    bool take_step();
    bool take_event();
    void handle(UnitId id, const UnitEvent& event);
    [[nodiscard]] Answer step(UnitId id, const UnitEvent& event);
    [[nodiscard]] Answer carry_out(Unit& unit, const std::vector<UnitAction>& actions) noexcept;
    [[nodiscard]] Answer execute(Unit& unit, const UnitAction& action);
    [[nodiscard]] Answer enqueue_restart(Unit& unit);
    void state_changed(Unit& unit, const action::StateChanged& change) noexcept;
    void propagate_reload(Unit& unit);
    void wait_idle(UnitId unit);
    void set_active(Unit& unit, ActiveState now, bool reload_failed, bool will_restart) noexcept;
    void stamp(Unit& unit, ActiveState before) noexcept;
    bool settle_job(Unit& unit, bool reload_failed);
    bool settle_what_is_open();
    void leave_open(Unit& unit, Unit::Open how) noexcept;
    void propagate(Unit& unit, ActiveState before, bool unexpected, bool will_restart);
    void act_on_end(const Unit& unit, bool failed);
    void queue_jobs(UnitId asker, std::string_view what, const std::vector<UnitId>& units,
                    JobType type, JobMode mode);
    std::vector<UnitId> neighbours(UnitId id, Atom atom, bool (*wanted)(const Unit&));
    void start_retroactively(Unit& unit);
    void stop_retroactively(Unit& unit);
    void trigger(Unit& unit, Dependency kind, JobMode mode);
    void examine_later(Unit& unit) noexcept;
    void mark_changed(UnitId id) noexcept;
    // Each of them, whatever the others do. Twice, where memory was short for the first time: a
    // client that is not told would wait for ever.
    template <class Tell>
    void tell_observers(Tell&& tell) noexcept {
        for (auto* observer : observers_)
            run_insistently("telling of a change", [&] { tell(*observer); });
    }
    void flush_changes();

    // manager_standing.cpp
    bool check_standing_conditions();
    void start_if_upheld(UnitId id);
    void stop_if_bound(UnitId id);
    void stop_if_unneeded(UnitId id);
    [[nodiscard]] bool may_act_by_itself(Unit& unit, std::string_view refusal);

    // manager_halt.cpp
    void begin_shutdown(Objective objective);
    void start_grace_clock();
    void tell_everyone();
    void kill_all_that_is_left();
    void check_finished();
    void end_without_memory() noexcept;
    void kill_the_rest();
    void watch_the_rest(UniqueFd pidfd);
    void finish_if_alone();
    void check_booted();
    void finish_boot();
    void tell_left_out();
    void check_units_ended();
    [[nodiscard]] static int status_of_failure(const Unit& unit);
    void act_on(EmergencyAction action, const Unit& unit, std::optional<int> exit_status);

    EventLoop& loop_;
    ServiceOutput& output_;
    ManagerOptions options_;
    Facts facts_;
    WarningSink warn_; // about directories of unit files
    std::unique_ptr<UnitIndex> index_;
    SkippedUnits skipped_;
    std::vector<std::unique_ptr<Unit>> units_; // by place
    std::vector<UnitId> free_ids_;             // of places without a unit: the next one's
    // Units that went in this turn: who is at work on one may look at it until the turn is over.
    std::vector<std::unique_ptr<Unit>> gone_;
    std::unordered_map<std::string, UnitId> ids_; // by every name and alias
    std::deque<UnitId> to_load_;
    std::deque<UnitId> to_order_;  // loaded, and their targets' order still to be looked at
    std::vector<UnitId> unmerged_; // aliases of other units, once they have ended
    std::vector<UnitId> maybe_garbage_;
    DependencyGraph graph_;
    JobQueue jobs_{graph_};
    std::unordered_map<JobId, OwnedTimer> job_timers_;     // JobTimeoutSec=
    std::unordered_map<JobId, OwnedTimer> running_timers_; // JobRunningTimeoutSec=
    Tracker tracker_;
    OwnerId own_processes_ = no_owner; // of the manager itself
    std::unordered_map<OwnerId, UnitId> owners_;
    struct Transient {
        ProcessStarter starter;
        OwnerId owner;
    };
    std::map<std::string, Transient> transients_; // by the name of the unit
    std::unordered_map<pid_t, UnitId> processes_;
    std::unique_ptr<Generators> generators_;
    std::unique_ptr<NameLookup> names_;
    DynamicUsers dynamic_users_;
    std::unique_ptr<Remover> remover_;
    std::unique_ptr<CommandLines> command_lines_;
    RunMeans means_;
    DeferredSignals deferred_signals_{means_};
    SpawnReports spawn_reports_{*this};
    using Waiters = std::vector<std::function<void()>>;
    Waiters reload_waiters_;                 // of the reload that is to begin next
    Waiters served_waiters_;                 // of the one that is under way
    bool reloading_ = false;                 // or booting: the generators run
    std::function<void()> after_generators_; // what is to be done then
    std::unique_ptr<NotifySocket> notify_;
    std::vector<ManagerObserver*> observers_;
    std::vector<std::string> own_environment_, client_environment_;
    std::vector<std::string> environment_; // both

    // Whoever gets into these is marked in its unit, and there is room for all units.
    std::vector<UnitId> changed_;    // to be told to observers
    std::vector<UnitId> to_examine_; // whose neighbours may have to follow
    std::vector<UnitId> open_;       // whose job is to be ended, where memory was short before
    std::deque<std::pair<UnitId, UnitEvent>> events_;
    std::vector<std::pair<UnitId, ProcessExit>> exits_; // reaped and still to be told
    std::vector<UnitId> idle_;                          // Type=idle, waiting
    OwnedTimer idle_timer_{loop_, [this] { end_idle(); }};
    bool service_watchdogs_ = true;
    OwnedTimer turn_timer_{loop_, [this] { run_events(); }};
    bool short_of_memory_ = false; // in this turn: what is left waits for a moment
    bool in_turn_ = false;
    BootTimes boot_times_;
    bool booting_ = false;
    bool booted_ = false;
    JobId nothing_done_ = 0;        // the job that ends now found its unit as it should be
    std::set<UnitId> start_failed_; // of options_.units
    long failed_count_ = 0;
    long stopping_count_ = 0; // units that are deactivating
    Span reaped_at_{};
    OwnedTimer reap_timer_{loop_, [this] { reap(); }};

    Objective objective_ = Objective::None;
    int requested_exit_status_ = 0;
    Span grace_ends_ = infinity; // when all that is left gets SIGKILL
    OwnedTimer grace_timer_, rest_timer_;
    bool killing_the_rest_ = false;
    Span without_memory_until_{}; // in a shutdown; 0: there was always enough
    // Processes that get no more than SIGTERM and SIGKILL.
    std::list<std::pair<UniqueFd, Watch>> rest_;
};

} // namespace sctl
