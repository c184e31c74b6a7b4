// The inside of service_step(): one object for one step, its functions grouped by file. on() takes
// an event, enter_*() goes on to a phase of the service's life and may fall through to later ones
// where there is nothing to do or wait for.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/text.hpp"
#include "state/service/service.hpp"

namespace sctl {

class ServiceStep {
  public:
    ServiceStep(const ServiceConfig& config, const ServiceContext& context, ServiceStatus& status,
                std::vector<UnitAction>& actions, Cause& cause)
        : config_(config), context_(context), status_(status), actions_(actions), cause_(cause) {}

    // service_start.cpp
    void on(const event::StartRequested&);
    void on(const event::StartLimitHit&);
    void on(const event::IdleReached&);
    void on(const event::FoundRunning& found);
    void on(const event::Spawned& spawned);
    void on(const event::SpawnFailed& failure);
    void on(const event::ExecSucceeded& process);
    void on(const event::ReloadRequested&);
    // service_clean.cpp
    void on(const event::CleanRequested& request);
    // service_stop.cpp
    void on(const event::StopRequested&);
    void on(const event::SignalSent& answer);
    void on(const event::AutoRestartElapsed&);
    void on(const event::RestartJobRefused& refusal);
    void on(const event::ResetFailed&);
    // service_exit.cpp
    void on(const event::ProcessExited& exit);
    void on(const event::ProcessesGone&);
    // service_main_pid.cpp
    void on(const event::PidFileRead& read);
    void on(const event::PidFileChanged&);
    void on(const event::PidFileWatchFailed& failure);
    void on(const event::MainPidGuessed& guess);
    // service_timeout.cpp
    void on(const event::TimedOut&);
    void on(const event::WatchdogElapsed&);
    // service_notify.cpp
    void on(const event::Notified& said);
    // What happens to units of other kinds alone.
    template <class Other>
    void on(const Other&) {}

  private:
    // service.cpp: what all of them use
    void set_state(ServiceState state, bool will_restart = false);
    // The first failure is the unit's result, what comes after it does not change it.
    void fail(ServiceResult result, std::string_view why);
    void arm_timer(Span deadline); // infinity disarms
    void disarm_timer();
    [[nodiscard]] Span after(Span timeout) const {
        return add_saturating(context_.now.monotonic, timeout);
    }
    void spawn_control(ServiceExecCommand which, size_t index);
    void ask(Awaiting answer, UnitAction action);
    // True once for the answer that was asked for.
    [[nodiscard]] bool take_answer(Awaiting answer);
    // Whether the service does what it is for: its main process runs, or, where none is known, any.
    [[nodiscard]] bool is_good() const;
    // Known to be gone, not just unknown.
    [[nodiscard]] bool main_is_gone() const {
        return status_.main_pid_known && status_.main_pid == 0;
    }
    [[nodiscard]] bool main_runs() const { return status_.main_pid != 0; }
    [[nodiscard]] bool control_runs() const { return status_.control_pid != 0; }
    [[nodiscard]] bool nobody_left() const {
        return !main_runs() && !control_runs() && !status_.processes_left;
    }
    [[nodiscard]] bool has(ServiceExecCommand which) const {
        return !config_.commands(which).empty();
    }
    void emit(UnitAction action) { actions_.push_back(std::move(action)); }
    template <class... Parts>
    void log(LogLevel level, const Parts&... parts) {
        emit(action::Log{static_cast<int>(level), cat(parts...)});
    }

    // service_start.cpp
    void reset_for_start();
    [[nodiscard]] bool refuses_leftovers(std::string_view task);
    void enter_condition();
    void enter_start_pre();
    void enter_start();
    void spawn_main(size_t index);
    void main_spawned(pid_t pid);
    void main_spawn_failed(const event::SpawnFailed& failure);
    void control_spawn_failed(const event::SpawnFailed& failure);
    void enter_start_post();
    void enter_running();
    [[nodiscard]] Span runtime_limit() const;
    void enter_reload();
    void enter_reload_by_notify();
    void hear_of_reload(const event::Notified& said);
    [[nodiscard]] Span restart_delay() const;

    // service_stop.cpp
    void enter_stop();
    void enter_stop_by_notify();
    void enter_signal(ServiceState state);
    void enter_after_signal(ServiceState state);
    void enter_stop_post();
    void enter_dead(bool allow_restart);
    [[nodiscard]] bool shall_restart() const;

    // service_exit.cpp
    void main_exited(ExitInfo info);
    void main_exit_decided(ServiceResult result);
    void main_ended_start(ServiceResult result);
    void control_exited(ExitInfo info);
    [[nodiscard]] ServiceResult control_result(ExitInfo info) const;
    void control_exit_decided(ServiceResult result);
    void forking_start_exited(ServiceResult result);
    void start_post_exited(ServiceResult result);
    void reload_exited(ServiceResult result);
    void gone_while_starting();
    void log_exit(std::string_view kind, ExitInfo info, bool success);

    // service_clean.cpp
    void cleaner_spawn_failed(const event::SpawnFailed& failure);
    void cleaner_exited(ExitInfo info);
    void cleaning_timed_out();

    // service_main_pid.cpp
    enum class Loaded { Failed, Same, Changed };
    [[nodiscard]] Loaded load_pid_file(const event::PidFileRead& read, bool may_warn);
    [[nodiscard]] bool is_suitable_main_pid(const event::PidFileRead& read, LogLevel level);
    void pid_file_read_in_start(const event::PidFileRead& read);
    void pid_file_read_in_start_post(const event::PidFileRead& read);
    void demand_pid_file();
    void give_up_pid_file();
    void search_main_pid();
    void main_pid_settled();
    void set_main_pid(pid_t pid, bool alien);

    // service_timeout.cpp
    enum class Phase { Stop, Final }; // whether ExecStopPost= is still to come
    void state_timed_out();
    void timed_out_by(TimeoutFailureMode mode, std::string_view what, Phase phase);
    void timed_out_abort(std::string_view what, Phase phase);
    void timed_out_kill(std::string_view what, Phase phase);
    void sigterm_timed_out(std::string_view what, Phase phase);
    void sigkill_timed_out(Phase phase);
    void runtime_over();
    void reload_timed_out();
    void reset_watchdog();
    void start_watchdog();
    void stop_watchdog();
    void fire_watchdog(std::string_view why);
    [[nodiscard]] bool may_watch() const;

    // service_notify.cpp
    void notified_main_pid(const event::Notified& said);
    void notified_state(const event::Notified& said);
    void notified_trigger();
    void extend_timeouts(Span by);

    const ServiceConfig& config_;
    const ServiceContext& context_;
    ServiceStatus& status_;
    std::vector<UnitAction>& actions_;
    Cause& cause_;
};

// "start-pre": how the log names the task of running these commands.
[[nodiscard]] std::string_view task_name(ServiceExecCommand which);
// "ExecStartPre"
[[nodiscard]] std::string_view directive_name(ServiceExecCommand which);

} // namespace sctl
