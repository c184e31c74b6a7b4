// Carries out what the state machine of a service decides: starts and signals processes, arms
// timers, reads PID files; and turns what comes of it into the service's next events. One object
// serves all services; what belongs to one lives in its ServiceRuntime.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "manager/unit.hpp"
#include "os/reaper.hpp"
#include "state/service/service.hpp"

namespace sctl {

class Manager;

class ServiceRunner {
  public:
    explicit ServiceRunner(Manager& manager) : manager_(manager) {}
    ServiceRunner(const ServiceRunner&) = delete;
    ServiceRunner& operator=(const ServiceRunner&) = delete;

    // Makes what a service needs to be run, before its first event.
    void set_up(UnitId unit, ServiceRuntime& service);
    // Does one action. What it is answered by is posted to the unit, ahead of all other events.
    void execute(Unit& unit, const UnitAction& action);
    // The same for an action that ran out of memory: tries again where that may help, and sees to
    // it that the service is not left waiting for an answer.
    void execute_again(Unit& unit, const UnitAction& action) noexcept;

    // A process has ended and is still a zombie; `unit` owns it.
    void note_exit(Unit& unit, const ProcessExit& exit);
    // Ends of processes of `unit` that have been noted; since then all that had ended were reaped.
    // Tells the unit of those it knows, and whether others are left.
    void tell_exits(Unit& unit, const std::vector<ProcessExit>& exits);
    void notified(Unit& unit, event::Notified said, pid_t sender, uid_t sender_uid);
    // A person's `systemctl kill`. ESRCH where there is no such process.
    Result<void> kill(Unit& unit, bool main, bool control, bool rest, int signal);

  private:
    void timer_elapsed(UnitId unit);
    void arm_watchdog(Unit& unit, Span deadline);
    void watchdog_elapsed(UnitId unit);
    void spawn_command(Unit& unit, const action::Spawn& what);
    void spawn_cleaner(Unit& unit, const action::SpawnCleaner& what);
    void answer_no_memory(Unit& unit) noexcept;
    void adopt(Unit& unit, Spawned spawned, bool is_main,
               const std::function<ServiceProcess(pid_t)>& describe);
    [[nodiscard]] Result<Spawned> spawn_by_settings(Unit& unit, const action::Spawn& what,
                                                    const Placement& placement,
                                                    ServiceOutput::StreamId& stream_id);
    void take_report(Unit& unit, ServiceProcess& process, SpawnReport report,
                     bool is_main) noexcept;
    void log_report(const Unit& unit, const ServiceProcess& process, const SpawnReport& report);
    void watch_report(Unit& unit, ServiceProcess& process, UniqueFd status, bool is_main) noexcept;
    void report_came(UnitId id, bool is_main);
    void say_moved_directory(const Unit& unit, const SpawnProblem& moved);
    void say_step(const Unit& unit, const SpawnProblem& problem, const std::string& program,
                  LogLevel level);
    void finish_report(Unit& unit, ServiceProcess& process, bool is_main);
    void take_finished_reports();
    void send_signal(Unit& unit, action::KillWhat what);
    void log_killing(Unit& unit, int signal, bool everyone);
    [[nodiscard]] SignalRequest request_to_rest(const Unit& unit, int signal, bool continue_after);
    bool signal_rest(Unit& unit, SignalRequest request);
    void tell_rest_soon(Unit& unit, SignalRequest request);
    void tell_rest_at_end_of_turn();
    void tell_some_rest();
    void continue_signalling(UnitId unit, SignalRequest request, uint32_t round, int turns_left);
    void read_pid_file(Unit& unit);
    void watch_pid_file(Unit& unit);
    void stop_watching_pid_file(Unit& unit);
    void guess_main_pid(Unit& unit);
    [[nodiscard]] event::PidFileRead look_at_pid_file(Unit& unit);
    // `vouched` is a user, besides the service's own, whose word counts for its own processes.
    [[nodiscard]] bool belongs_to(Unit& unit, pid_t pid, std::optional<uid_t> vouched = {});
    void take_main_pid(Unit& unit, pid_t pid, bool alien);
    void watch_alien(Unit& unit, pid_t pid);
    void forget_alien(Unit& unit);
    void remove_credentials(Unit& unit);
    void remove_runtime_files(Unit& unit, bool will_restart);
    void remove_slowly(Unit& unit, std::vector<std::string> paths);
    void say_unmet_wishes(Unit& unit);

    // A service whose main or control process has been told to stop, and whose others are next.
    struct Rest {
        UnitId unit;
        uint32_t round;
        SignalRequest request;
    };

    // A process whose exec has not been told of.
    struct AwaitedReport {
        UnitId unit;
        pid_t pid;
        bool is_main;
    };

    Manager& manager_;
    std::vector<AwaitedReport> awaited_reports_;
    size_t many_reports_ = 0;       // so many are looked through for finished ones
    std::deque<Rest> rest_to_tell_; // at most one of each unit that has not been overtaken
    bool rest_is_deferred_ = false;
};

} // namespace sctl
