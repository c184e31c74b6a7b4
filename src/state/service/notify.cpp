// What the service says of itself: sd_notify(3).
#include "state/service/step.hpp"

namespace sctl {

void ServiceStep::on(const event::Notified& said) {
    switch (status_.state) {
        case ServiceState::Dead: // a left-over of a run that is over
        case ServiceState::Failed:
        case ServiceState::AutoRestart:
        case ServiceState::Cleaning: return;
        case ServiceState::Condition:
        case ServiceState::StartPre:
        case ServiceState::Start:
        case ServiceState::StartPost:
        case ServiceState::Running:
        case ServiceState::Exited:
        case ServiceState::Reload:
        case ServiceState::Stop:
        case ServiceState::StopWatchdog:
        case ServiceState::StopSigterm:
        case ServiceState::StopSigkill:
        case ServiceState::StopPost:
        case ServiceState::FinalWatchdog:
        case ServiceState::FinalSigterm:
        case ServiceState::FinalSigkill: break;
    }
    if (said.status) status_.status_text = *said.status;
    if (said.errno_value) status_.status_errno = *said.errno_value;
    notified_main_pid(said);
    if (said.watchdog_trigger) notified_trigger();
    notified_state(said);
    // What comes with STOPPING=1 and the like is about the time limit of the state they lead to.
    if (said.extend_timeout) extend_timeouts(*said.extend_timeout);
    if (said.watchdog) reset_watchdog();
    if (said.watchdog_usec) {
        status_.watchdog_timeout = *said.watchdog_usec;
        if (may_watch()) start_watchdog();
    }
}

void ServiceStep::notified_main_pid(const event::Notified& said) {
    if (!said.main_pid) return;
    auto state = status_.state;
    if (state != ServiceState::Start && state != ServiceState::StartPost &&
        state != ServiceState::Running && state != ServiceState::Reload) {
        return;
    }
    if (*said.main_pid == status_.control_pid) {
        log(LogLevel::Warning, "New main PID ", *said.main_pid,
            " is the control process, refusing.");
        return;
    }
    set_main_pid(*said.main_pid, said.main_pid_alien);
}

void ServiceStep::notified_state(const event::Notified& said) {
    bool running = status_.state == ServiceState::Running;
    if (said.stopping) {
        status_.notify_state = NotifyState::Stopping;
        if (running) enter_stop_by_notify();
    } else if (said.reloading) {
        status_.notify_state = NotifyState::Reloading;
        hear_of_reload(said);
        if (running) enter_reload_by_notify();
    } else if (said.ready) {
        status_.notify_state = NotifyState::Ready;
        if (said.reloaded) hear_of_reload(said);
        if (is_told_when_ready(config_.type) && status_.state == ServiceState::Start)
            enter_start_post();
        else if (status_.state == ServiceState::Reload && !control_runs() && !status_.reload_asked)
            enter_running();
    }
}

// Only what was said after the signal tells of the reload that it asked for.
void ServiceStep::hear_of_reload(const event::Notified& said) {
    if (said.monotonic && status_.reload_asked && *said.monotonic >= *status_.reload_asked)
        status_.reload_asked.reset();
}

void ServiceStep::notified_trigger() {
    if (!may_watch()) return;
    auto status = status_.status_text.empty() ? std::string("<unset>") : status_.status_text;
    log(LogLevel::Error, "Watchdog request (last status: ", status, ")!");
    fire_watchdog("the service asked for its watchdog to act");
}

// EXTEND_TIMEOUT_USEC= can only give more time, never less.
void ServiceStep::extend_timeouts(Span by) {
    if (by <= Span{} || by == infinity) return;
    auto extended = after(by);
    if (status_.timer_deadline && *status_.timer_deadline < extended) arm_timer(extended);
    if (status_.watchdog_deadline && *status_.watchdog_deadline < extended) {
        status_.watchdog_deadline = extended;
        emit(action::ArmWatchdog{extended});
    }
}

} // namespace sctl
