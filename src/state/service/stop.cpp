// From running to dead, failed or the next start.
#include <algorithm>
#include <cmath>

#include "state/service/exec_status.hpp"
#include "state/service/step.hpp"

namespace sctl {
namespace {

constexpr Span shortest_wait_for_memory = 1s;

action::KillWhat kill_operation(ServiceState state, bool restarting) {
    if (state == ServiceState::StopWatchdog || state == ServiceState::FinalWatchdog) {
        return action::KillWhat::Watchdog;
    }
    if (state == ServiceState::StopSigkill || state == ServiceState::FinalSigkill) {
        return action::KillWhat::Kill;
    }
    // RestartKillSignal= is for the service, not for what its ExecStopPost= left.
    if (state == ServiceState::StopSigterm && restarting) return action::KillWhat::Restart;
    return action::KillWhat::Terminate;
}

} // namespace

void ServiceStep::on(const event::StopRequested&) {
    switch (status_.state) {
        case ServiceState::Dead:
        case ServiceState::Failed: return;
        case ServiceState::AutoRestart:
            status_.forbid_restart = true;
            set_state(ServiceState::Dead);
            return;
        case ServiceState::Condition:
        case ServiceState::StartPre:
        case ServiceState::Start:
        case ServiceState::StartPost:
        case ServiceState::Reload:
        case ServiceState::StopWatchdog:
            status_.forbid_restart = true;
            enter_signal(ServiceState::StopSigterm);
            return;
        case ServiceState::Running:
        case ServiceState::Exited:
            status_.forbid_restart = true;
            enter_stop();
            return;
        case ServiceState::Stop: // on the way already
        case ServiceState::StopSigterm:
        case ServiceState::StopSigkill:
        case ServiceState::StopPost:
        case ServiceState::FinalWatchdog:
        case ServiceState::FinalSigterm:
        case ServiceState::FinalSigkill: status_.forbid_restart = true; return;
        case ServiceState::Cleaning:
            status_.forbid_restart = true;
            enter_signal(ServiceState::FinalSigkill);
            return;
    }
}

void ServiceStep::enter_stop() {
    status_.control_pid = 0;
    if (!has(ServiceExecCommand::Stop)) return enter_signal(ServiceState::StopSigterm);
    set_state(ServiceState::Stop);
    spawn_control(ServiceExecCommand::Stop, 0);
}

// STOPPING=1: as if it had been sent SIGTERM.
void ServiceStep::enter_stop_by_notify() {
    arm_timer(after(config_.timeout_stop));
    set_state(ServiceState::StopSigterm);
}

void ServiceStep::enter_signal(ServiceState state) {
    // Nobody to look for: the walk over the processes is spared.
    if (nobody_left()) return enter_after_signal(state);
    set_state(state);
    ask(Awaiting::SignalSent, action::SendSignal{kill_operation(state, context_.restart_job)});
}

void ServiceStep::on(const event::SignalSent& answer) {
    if (!take_answer(Awaiting::SignalSent)) return;
    if (!answer.any_left) return enter_after_signal(status_.state);
    bool abort =
        status_.state == ServiceState::StopWatchdog || status_.state == ServiceState::FinalWatchdog;
    arm_timer(
        after(abort ? config_.timeout_abort.value_or(config_.timeout_stop) : config_.timeout_stop));
}

// The signal of `state` found nobody whose end could be waited for. SIGKILL is tried even so: with
// KillMode=mixed it alone goes to all processes.
void ServiceStep::enter_after_signal(ServiceState state) {
    switch (state) {
        case ServiceState::StopWatchdog:
        case ServiceState::StopSigterm:
            if (context_.kill.send_sigkill)
                enter_signal(ServiceState::StopSigkill);
            else
                enter_stop_post();
            return;
        case ServiceState::StopSigkill: enter_stop_post(); return;
        case ServiceState::FinalWatchdog:
        case ServiceState::FinalSigterm:
            if (context_.kill.send_sigkill)
                enter_signal(ServiceState::FinalSigkill);
            else
                enter_dead(true);
            return;
        case ServiceState::FinalSigkill: enter_dead(true); return;
        case ServiceState::Dead: // no signal is sent in these
        case ServiceState::Condition:
        case ServiceState::StartPre:
        case ServiceState::Start:
        case ServiceState::StartPost:
        case ServiceState::Running:
        case ServiceState::Exited:
        case ServiceState::Reload:
        case ServiceState::Stop:
        case ServiceState::StopPost:
        case ServiceState::Failed:
        case ServiceState::AutoRestart:
        case ServiceState::Cleaning: return;
    }
}

void ServiceStep::enter_stop_post() {
    status_.control_pid = 0;
    if (!has(ServiceExecCommand::StopPost)) return enter_signal(ServiceState::FinalSigterm);
    set_state(ServiceState::StopPost);
    spawn_control(ServiceExecCommand::StopPost, 0);
}

void ServiceStep::enter_dead(bool allow_restart) {
    auto end = ServiceState::Failed;
    if (status_.result == ServiceResult::Success) {
        log(LogLevel::Info, "Deactivated successfully.");
        end = ServiceState::Dead;
    } else if (status_.result == ServiceResult::ExecCondition) {
        log(LogLevel::Info, "Skipped due to '", to_string(status_.result), "'.");
        end = ServiceState::Dead;
    } else {
        log(LogLevel::Warning, "Failed with result '", to_string(status_.result), "'.");
    }

    // A stop that is queued must not be undone.
    bool restart = allow_restart && !context_.stop_job_pending && !context_.manager_stopping &&
                   shall_restart();
    // Nobody is to see the service fail that is started again directly.
    bool is_seen = !restart || config_.restart_mode == RestartMode::Normal;
    if (is_seen) set_state(end, restart);
    if (restart) {
        set_state(ServiceState::AutoRestart);
        auto deadline = after(restart_delay());
        if (deadline != infinity) {
            status_.timer_deadline = deadline;
            emit(action::ScheduleRestart{deadline});
        }
    } else {
        status_.flush_n_restarts = true;
    }
    status_.forbid_restart = false; // the next end may not be a person's wish
    emit(action::RemoveRuntimeFiles{restart});
}

// RestartSteps= of systemd 254: each wait is longer than the one before by the same factor.
Span ServiceStep::restart_delay() const {
    auto least = config_.restart_sec, most = config_.restart_max_delay;
    unsigned next = status_.n_restarts + 1;
    if (next <= 1 || config_.restart_steps == 0 || least <= Span{} || most == infinity ||
        least >= most)
        return least;
    if (next > config_.restart_steps) return most;
    double factor = std::pow(static_cast<double>(most.count()) / static_cast<double>(least.count()),
                             static_cast<double>(next - 1) / config_.restart_steps);
    return Span(static_cast<int64_t>(static_cast<double>(least.count()) * factor));
}

// systemd.service(5), Restart=
bool ServiceStep::shall_restart() const {
    if (status_.forbid_restart) return false;
    if (contains(*config_.restart_prevent_exit_status, status_.main_exec.info)) return false;
    if (contains(*config_.restart_force_exit_status, status_.main_exec.info)) return true;
    auto result = status_.result;
    bool succeeded = result == ServiceResult::Success,
         skipped = result == ServiceResult::ExecCondition;
    switch (config_.restart) {
        case Restart::No: return false;
        case Restart::OnSuccess: return succeeded;
        case Restart::OnFailure: return !succeeded && !skipped;
        case Restart::OnAbnormal:
            return !succeeded && !skipped && result != ServiceResult::ExitCode;
        case Restart::OnAbort:
            return result == ServiceResult::Signal || result == ServiceResult::CoreDump;
        case Restart::OnWatchdog: return result == ServiceResult::Watchdog;
        case Restart::Always: return !skipped;
    }
    return false;
}

void ServiceStep::on(const event::AutoRestartElapsed&) {
    if (status_.state != ServiceState::AutoRestart || !status_.timer_deadline) return;
    if (context_.now.monotonic < *status_.timer_deadline) { // of an earlier wait
        emit(action::ScheduleRestart{*status_.timer_deadline});
        return;
    }
    status_.timer_deadline.reset();
    if (context_.stop_job_pending) {
        log(LogLevel::Info, "Stop job pending for unit, skipping automatic restart.");
        return;
    }
    ++status_.n_restarts;
    status_.flush_n_restarts = false;
    log(LogLevel::Info, "Scheduled restart job, restart counter is at ", status_.n_restarts, ".");
    // The state is left when the job stops the unit, as its first half.
    emit(action::EnqueueRestartJob{});
}

void ServiceStep::on(const event::RestartJobRefused& refusal) {
    if (status_.state != ServiceState::AutoRestart) return;
    if (status_.n_restarts > 0) --status_.n_restarts;
    if (refusal.is_shortage) {
        auto deadline = after(std::max(config_.restart_sec, shortest_wait_for_memory));
        status_.timer_deadline = deadline;
        return emit(action::ScheduleRestart{deadline});
    }
    log(LogLevel::Warning, "Failed to schedule restart job: ", refusal.text);
    fail(ServiceResult::Resources, cat("no restart job: ", refusal.text));
    enter_dead(false);
}

void ServiceStep::on(const event::ResetFailed&) {
    if (status_.state == ServiceState::Failed) set_state(ServiceState::Dead);
    status_.result = ServiceResult::Success;
    status_.reload_result = ServiceResult::Success;
    status_.clean_result = ServiceResult::Success;
    status_.n_restarts = 0;
    status_.flush_n_restarts = false;
    cause_.text.clear();
}

} // namespace sctl
