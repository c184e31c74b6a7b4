// Time limits, and the watchdog.
#include <csignal>

#include "state/service/step.hpp"
#include "unit/syntax/time_span.hpp"

namespace sctl {

void ServiceStep::on(const event::TimedOut&) {
    if (!status_.timer_deadline || status_.state == ServiceState::AutoRestart) return;
    if (context_.now.monotonic < *status_.timer_deadline) { // of a timer armed earlier
        emit(action::ArmTimer{*status_.timer_deadline});
        return;
    }
    status_.timer_deadline.reset();
    state_timed_out();
}

void ServiceStep::state_timed_out() {
    auto state = cat("State '", to_string(status_.state), "'");
    switch (status_.state) {
        case ServiceState::Condition:
        case ServiceState::StartPre:
        case ServiceState::Start:
        case ServiceState::StartPost:
            timed_out_by(config_.timeout_start_failure_mode,
                         cat(to_string(status_.state), " operation"), Phase::Stop);
            return;
        case ServiceState::Running: runtime_over(); return;
        case ServiceState::Reload: reload_timed_out(); return;
        case ServiceState::Stop:
            timed_out_by(config_.timeout_stop_failure_mode, "Stopping", Phase::Stop);
            return;
        case ServiceState::StopWatchdog: timed_out_kill(state, Phase::Stop); return;
        case ServiceState::StopSigterm: sigterm_timed_out(state, Phase::Stop); return;
        case ServiceState::StopSigkill: sigkill_timed_out(Phase::Stop); return;
        case ServiceState::StopPost:
            timed_out_by(config_.timeout_stop_failure_mode, state, Phase::Final);
            return;
        case ServiceState::FinalWatchdog: timed_out_kill(state, Phase::Final); return;
        case ServiceState::FinalSigterm: sigterm_timed_out(state, Phase::Final); return;
        case ServiceState::FinalSigkill: sigkill_timed_out(Phase::Final); return;
        case ServiceState::Cleaning: cleaning_timed_out(); return;
        case ServiceState::Dead: // no timer is armed in these
        case ServiceState::Exited:
        case ServiceState::Failed:
        case ServiceState::AutoRestart: return;
    }
}

// systemd.service(5), TimeoutStartFailureMode=
void ServiceStep::timed_out_by(TimeoutFailureMode mode, std::string_view what, Phase phase) {
    switch (mode) {
        case TimeoutFailureMode::Terminate:
            log(LogLevel::Warning, what, " timed out. Terminating.");
            fail(ServiceResult::Timeout, cat(what, " timed out"));
            enter_signal(phase == Phase::Stop ? ServiceState::StopSigterm
                                              : ServiceState::FinalSigterm);
            return;
        case TimeoutFailureMode::Abort: timed_out_abort(what, phase); return;
        case TimeoutFailureMode::Kill: timed_out_kill(what, phase); return;
    }
}

void ServiceStep::timed_out_abort(std::string_view what, Phase phase) {
    log(LogLevel::Warning, what, " timed out. Aborting.");
    fail(ServiceResult::Timeout, cat(what, " timed out"));
    enter_signal(phase == Phase::Stop ? ServiceState::StopWatchdog : ServiceState::FinalWatchdog);
}

void ServiceStep::timed_out_kill(std::string_view what, Phase phase) {
    bool final = phase == Phase::Final;
    fail(ServiceResult::Timeout, cat(what, " timed out"));
    if (context_.kill.send_sigkill) {
        log(LogLevel::Warning, what, " timed out. Killing.");
        enter_signal(final ? ServiceState::FinalSigkill : ServiceState::StopSigkill);
    } else if (final) {
        log(LogLevel::Warning, what, " timed out. Skipping SIGKILL. Entering failed mode.");
        enter_dead(false);
    } else {
        log(LogLevel::Warning, what, " timed out. Skipping SIGKILL.");
        enter_stop_post();
    }
}

void ServiceStep::sigterm_timed_out(std::string_view what, Phase phase) {
    if (config_.timeout_stop_failure_mode == TimeoutFailureMode::Abort) {
        timed_out_abort(what, phase);
    } else {
        timed_out_kill(what, phase);
    }
}

// Not even SIGKILL ends what hangs in the kernel: life goes on without it.
void ServiceStep::sigkill_timed_out(Phase phase) {
    fail(ServiceResult::Timeout, "processes still around after SIGKILL");
    if (phase == Phase::Stop) {
        log(LogLevel::Warning, "Processes still around after SIGKILL. Ignoring.");
        enter_stop_post();
    } else {
        log(LogLevel::Warning, "Processes still around after final SIGKILL. Entering failed mode.");
        enter_dead(true);
    }
}

void ServiceStep::runtime_over() {
    log(LogLevel::Warning, "Service reached runtime time limit. Stopping.");
    fail(ServiceResult::Timeout, "runtime time limit reached");
    enter_stop();
}

void ServiceStep::reload_timed_out() {
    log(LogLevel::Warning, "Reload operation timed out. Killing reload process.");
    if (control_runs()) emit(action::KillProcess{status_.control_pid, SIGKILL});
    status_.reload_result = ServiceResult::Timeout;
    enter_running();
}

// --- the watchdog --------------------------------------------------------------------------------

// While the service is expected to answer: not when it has been sent SIGABRT or SIGKILL already.
bool ServiceStep::may_watch() const {
    switch (status_.state) {
        case ServiceState::Start:
        case ServiceState::StartPost:
        case ServiceState::Running:
        case ServiceState::Reload:
        case ServiceState::Stop:
        case ServiceState::StopSigterm: return true;
        case ServiceState::Dead:
        case ServiceState::Condition:
        case ServiceState::StartPre:
        case ServiceState::Exited:
        case ServiceState::StopWatchdog:
        case ServiceState::StopSigkill:
        case ServiceState::StopPost:
        case ServiceState::FinalWatchdog:
        case ServiceState::FinalSigterm:
        case ServiceState::FinalSigkill:
        case ServiceState::Failed:
        case ServiceState::AutoRestart:
        case ServiceState::Cleaning: return false;
    }
    return false;
}

void ServiceStep::reset_watchdog() {
    if (!may_watch()) return;
    status_.watchdog_last = context_.now;
    start_watchdog();
}

void ServiceStep::start_watchdog() {
    if (status_.watchdog_timeout <= Span{} || status_.watchdog_timeout == infinity)
        return stop_watchdog();
    if (!status_.watchdog_last.set()) status_.watchdog_last = context_.now;
    status_.watchdog_deadline =
        add_saturating(status_.watchdog_last.monotonic, status_.watchdog_timeout);
    emit(action::ArmWatchdog{*status_.watchdog_deadline});
}

void ServiceStep::stop_watchdog() {
    status_.watchdog_last = {};
    if (!status_.watchdog_deadline) return;
    status_.watchdog_deadline.reset();
    emit(action::CancelWatchdog{});
}

void ServiceStep::on(const event::WatchdogElapsed&) {
    if (!status_.watchdog_deadline) return;
    if (context_.now.monotonic < *status_.watchdog_deadline) { // it has been heard of since
        emit(action::ArmWatchdog{*status_.watchdog_deadline});
        return;
    }
    status_.watchdog_deadline.reset();
    auto limit = format_span(status_.watchdog_timeout);
    log(LogLevel::Error, "Watchdog timeout (limit ", limit, ")!");
    fire_watchdog(cat("watchdog timeout (limit ", limit, ")"));
}

void ServiceStep::fire_watchdog(std::string_view why) {
    fail(ServiceResult::Watchdog, why);
    enter_signal(ServiceState::StopWatchdog);
}

} // namespace sctl
