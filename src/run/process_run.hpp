// The run of a unit that is processes: it starts commands as the settings of systemd.exec(5) say,
// signals processes as systemd.kill(5) does, notes how they end, and takes away what a run leaves.
// A kind of units adds what it alone can do.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "os/event_loop.hpp"
#include "os/service_output.hpp"
#include "os/spawn.hpp"
#include "run/clean.hpp"
#include "run/exec_plan.hpp"
#include "run/host.hpp"
#include "run/unit_run.hpp"

namespace sctl {

// The start of a process, until its exec has been told of.
struct StartInProgress {
    std::string program;
    ServiceOutput::StreamId stream = 0;
    UniqueFd status_pipe; // while the child still runs its steps before exec
    Watch status_watch;
    SpawnReport report;
};

// A process that was started for a unit.
struct StartedProcess {
    pid_t pid = 0;
    std::unique_ptr<StartInProgress> start;
};

class ProcessRun : public UnitRun {
  public:
    // `unit` owns this object; `means` outlive it.
    ProcessRun(Unit& unit, RunMeans& means, OwnerId owner);
    ProcessRun(const ProcessRun&) = delete;
    ProcessRun& operator=(const ProcessRun&) = delete;

    [[nodiscard]] Answer execute(const UnitAction& action) override;
    [[nodiscard]] bool may_start() override;
    void begin_start() override { records_.clear(); }
    void state_changes() override { ++signal_round_; }
    [[nodiscard]] OwnerId owner() const override { return owner_; }
    void note_exit(const ProcessExit& exit) override;
    void tell_exits(const std::vector<ProcessExit>& exits) override;
    [[nodiscard]] std::vector<std::string> paths_to_clean(DirectoryType type) const override {
        return sctl::paths_to_clean(*loaded().exec, type);
    }
    Result<void> kill(bool main, bool control, bool rest, int signal) override;

    // The last run of a command, for ExecStart= and the like in `show`; null where it has not run.
    [[nodiscard]] const ExecRecord* record(CommandList list, size_t index) const;
    // What the last start set: UID= and GID= of `show`.
    [[nodiscard]] std::optional<uid_t> ran_as_uid() const { return ran_as_uid_; }
    [[nodiscard]] std::optional<gid_t> ran_as_gid() const { return ran_as_gid_; }

    // --- for what serves many units --------------------------------------------------------------
    [[nodiscard]] uint32_t signal_round() const { return signal_round_; }
    // SIGCONT to those of the main and the control process that have got the signal.
    void continue_told(const SignalRequest& request);
    // The process whose exec has not been told of; null where it has been, or is another's.
    [[nodiscard]] StartedProcess* awaiting_report(pid_t pid);
    void finish_report(StartedProcess& process);

  protected:
    // What the kind adds to the plan of a command, or why it cannot be started.
    [[nodiscard]] virtual Result<void> describe(const action::Spawn& what,
                                                ExecPlanInputs& inputs) = 0;
    [[nodiscard]] virtual const ExecCommand& command(const action::Spawn& what) const = 0;
    // A new main process takes the place of the one before.
    virtual void main_replaced() {}
    // Whether we are told when `pid`, the main process, ends.
    [[nodiscard]] virtual bool end_is_seen(pid_t) const { return true; }
    // When the run is over: takes away what is the kind's own, and says what sctl-remove has to.
    [[nodiscard]] virtual std::vector<std::string> left_files() { return {}; }

    // `vouched` is a user, besides the unit's own, whose word counts for its own processes.
    [[nodiscard]] bool belongs_to_us(pid_t pid, std::optional<uid_t> vouched = {});
    [[nodiscard]] bool runs_as(uid_t uid) const { return uid == uid_ || uid == user_; }
    void log(LogLevel level, std::string_view text) const;
    void arm(Span deadline, bool is_restart);
    [[nodiscard]] const LoadedUnit& loaded() const;
    [[nodiscard]] pid_t main_pid() const;
    [[nodiscard]] pid_t control_pid() const;

    Unit& unit_;
    RunMeans& means_;

  private:
    void timer_elapsed();
    void say_unmet_wishes();
    [[nodiscard]] Answer spawn_command(const action::Spawn& what);
    [[nodiscard]] Answer spawn_cleaner(const action::SpawnCleaner& what);
    [[nodiscard]] Result<Spawned> spawn_by_settings(const action::Spawn& what,
                                                    const Placement& placement,
                                                    ServiceOutput::StreamId& stream_id);
    [[nodiscard]] Answer adopt(Spawned spawned, bool is_main,
                               std::unique_ptr<StartInProgress> start);
    // Whether the program runs.
    bool take_report(const StartInProgress& start, const SpawnReport& report) noexcept;
    void log_report(const std::string& program, const SpawnReport& report);
    [[nodiscard]] bool watch_report(StartedProcess& process, UniqueFd status) noexcept;
    void say_moved_directory(const SpawnProblem& moved);
    void say_step(const SpawnProblem& problem, const std::string& program, LogLevel level);

    [[nodiscard]] Answer send_signal(action::KillWhat what);
    void log_killing(int signal, bool everyone);
    void say_to_rest(int signal);
    [[nodiscard]] SignalRequest request_to_rest(int signal, bool continue_after);
    bool signal_rest(SignalRequest request);

    [[nodiscard]] bool runs_known_process() const;
    void remove_runtime_files(bool will_restart);
    void remove_slowly(std::vector<std::string> paths);
    void remove_credentials();

    OwnerId owner_;
    StartedProcess main_, control_;
    OwnedTimer timer_; // of the step that it is in, or until its restart
    bool timer_is_restart_ = false;
    std::map<std::pair<uint8_t, size_t>, ExecRecord> records_; // by list and index
    std::vector<std::string> made_directories_; // RuntimeDirectory=, removed at the end
    bool made_credentials_ = false;             // likewise
    uid_t uid_ = 0;                             // that the last start ran as
    // Of User=, also where that start began as root and was to change by itself ("!").
    std::optional<uid_t> user_;
    std::optional<uid_t> ran_as_uid_;
    std::optional<gid_t> ran_as_gid_;
    uint32_t signal_round_ = 0; // the last signal to all of its processes, or step that ended it
    unsigned removals_ = 0;     // of files of the last run, still under way
    bool wishes_said_ = false;  // of unmet_wishes()
};

// The processes of a unit; null for one that runs none.
[[nodiscard]] const ProcessRun* process_run(const Unit& unit);
[[nodiscard]] ProcessRun* process_run(Unit& unit);

} // namespace sctl
