// From the start job to running, and reloading.
#include "state/service/step.hpp"

namespace sctl {
namespace {

// Whose start is done as soon as its process has been forked. Type=dbus would wait for its BusName=
// to appear; we have no bus connection, and so it is taken for simple: systemd without a bus could
// not start it at all.
bool starts_at_once(ServiceType type) {
    switch (type) {
        case ServiceType::Simple:
        case ServiceType::Dbus:
        case ServiceType::Idle: return true;
        case ServiceType::Exec:
        case ServiceType::Forking:
        case ServiceType::Oneshot:
        case ServiceType::Notify:
        case ServiceType::NotifyReload: return false;
    }
    return false;
}

} // namespace

void ServiceStep::on(const event::StartRequested&) {
    switch (status_.state) {
        case ServiceState::Dead:
        case ServiceState::Failed:
            reset_for_start();
            emit(action::MakeDirectories{});
            enter_condition();
            return;
        case ServiceState::Condition: // on the way already
        case ServiceState::StartPre:
        case ServiceState::Start:
        case ServiceState::StartPost:
        case ServiceState::Running:
        case ServiceState::Exited:
        case ServiceState::Reload:
        case ServiceState::Stop: // the job waits for the end
        case ServiceState::StopWatchdog:
        case ServiceState::StopSigterm:
        case ServiceState::StopSigkill:
        case ServiceState::StopPost:
        case ServiceState::FinalWatchdog:
        case ServiceState::FinalSigterm:
        case ServiceState::FinalSigkill:
        case ServiceState::Cleaning:
        case ServiceState::AutoRestart: // or for the restart, which stops first for BindsTo= and
                                        // the like
            return;
    }
}

void ServiceStep::reset_for_start() {
    status_.result = ServiceResult::Success;
    status_.reload_result = ServiceResult::Success;
    status_.main_pid = 0;
    status_.main_pid_known = false;
    status_.main_pid_alien = false;
    status_.main_index = 0;
    status_.main_exec = {};
    status_.forbid_restart = false;
    status_.notify_state = NotifyState::Unknown;
    status_.status_text.clear();
    status_.status_errno = 0;
    status_.watchdog_timeout = config_.watchdog;
    status_.watchdog_last = {};
    if (std::exchange(status_.flush_n_restarts, false)) status_.n_restarts = 0;
    cause_.text.clear();
}

void ServiceStep::on(const event::StartLimitHit&) {
    if (status_.state != ServiceState::Dead && status_.state != ServiceState::Failed) return;
    log(LogLevel::Warning, "Start request repeated too quickly.");
    // A failure that led here stays the result, but it is not why this start came to nothing.
    fail(ServiceResult::StartLimitHit, "");
    cause_.text = "start request repeated too quickly";
    enter_dead(false);
}

// With SendSIGKILL=no a second database beside one that would not go is worse than none.
bool ServiceStep::refuses_leftovers(std::string_view task) {
    auto mode = context_.kill.kill_mode;
    if (!status_.processes_left || context_.kill.send_sigkill ||
        (mode != KillConfig::Mode::ControlGroup && mode != KillConfig::Mode::Mixed)) {
        return false;
    }
    log(LogLevel::Error,
        "Will not start SendSIGKILL=no service of type KillMode=control-group or "
        "mixed while processes exist");
    log(LogLevel::Warning, "Failed to run '", task, "' task: Device or resource busy");
    fail(ServiceResult::Resources, "processes of an earlier run exist, and SendSIGKILL=no");
    return true;
}

void ServiceStep::enter_condition() {
    if (!has(ServiceExecCommand::Condition)) return enter_start_pre();
    set_state(ServiceState::Condition);
    if (refuses_leftovers("exec-condition")) return enter_dead(true);
    spawn_control(ServiceExecCommand::Condition, 0);
}

void ServiceStep::enter_start_pre() {
    if (!has(ServiceExecCommand::StartPre)) return enter_start();
    set_state(ServiceState::StartPre);
    if (refuses_leftovers("start-pre")) return enter_dead(true);
    spawn_control(ServiceExecCommand::StartPre, 0);
}

void ServiceStep::enter_start() {
    status_.control_pid = 0;
    set_state(ServiceState::Start);
    if (refuses_leftovers("start")) return enter_signal(ServiceState::StopSigterm);
    if (!has(ServiceExecCommand::Start)) {
        if (config_.type == ServiceType::Oneshot) return enter_start_post();
        log(LogLevel::Error, "There's no 'start' task anymore we could start.");
        fail(ServiceResult::Resources, "no ExecStart= to run");
        return enter_signal(ServiceState::StopSigterm);
    }
    if (config_.type == ServiceType::Forking) return spawn_control(ServiceExecCommand::Start, 0);
    if (config_.type == ServiceType::Idle) {
        disarm_timer();
        emit(action::WaitIdle{});
        return;
    }
    spawn_main(0);
}

void ServiceStep::on(const event::IdleReached&) {
    if (status_.state == ServiceState::Start && config_.type == ServiceType::Idle &&
        status_.awaiting == Awaiting::Nothing && !status_.main_pid_known) {
        spawn_main(0);
    }
}

// As after a start: how far it had come, and since when, went with the former manager.
void ServiceStep::on(const event::FoundRunning& found) {
    if (status_.state != ServiceState::Dead && status_.state != ServiceState::Failed) return;
    reset_for_start();
    emit(action::MakeDirectories{});
    status_.processes_left = true;
    set_main_pid(found.main_pid, found.alien);
    reset_watchdog();
    enter_running();
}

void ServiceStep::spawn_main(size_t index) {
    status_.main_index = index;
    arm_timer(starts_at_once(config_.type) ? infinity : after(config_.timeout_start));
    ask(Awaiting::MainSpawn, action::Spawn{ServiceExecCommand::Start, index, false});
}

void ServiceStep::on(const event::Spawned& spawned) {
    if (take_answer(Awaiting::MainSpawn)) {
        status_.processes_left = true;
        main_spawned(spawned.pid);
    } else if (take_answer(Awaiting::ControlSpawn)) {
        status_.processes_left = true;
        status_.control_pid = spawned.pid;
    }
    if (spawned.executed) on(event::ExecSucceeded{spawned.pid});
}

void ServiceStep::main_spawned(pid_t pid) {
    set_main_pid(pid, false);
    if (starts_at_once(config_.type)) enter_start_post();
}

void ServiceStep::on(const event::SpawnFailed& failure) {
    if (take_answer(Awaiting::MainSpawn))
        main_spawn_failed(failure);
    else if (take_answer(Awaiting::ControlSpawn))
        control_spawn_failed(failure);
}

void ServiceStep::main_spawn_failed(const event::SpawnFailed& failure) {
    fail(ServiceResult::Resources, cat("ExecStart= could not be started: ", failure.text));
    if (status_.main_index > 0) {
        log(LogLevel::Warning, "Failed to run next main task: ", failure.text);
        enter_stop();
    } else {
        log(LogLevel::Warning, "Failed to run 'start' task: ", failure.text);
        enter_signal(ServiceState::StopSigterm);
    }
}

void ServiceStep::control_spawn_failed(const event::SpawnFailed& failure) {
    if (status_.state == ServiceState::Cleaning) return cleaner_spawn_failed(failure);
    auto which = status_.control_command;
    bool first = status_.control_index == 0;
    if (first)
        log(LogLevel::Warning, "Failed to run '", task_name(which), "' task: ", failure.text);
    else
        log(LogLevel::Warning, "Failed to run next control task: ", failure.text);

    if (which == ServiceExecCommand::Reload) {
        status_.reload_result = ServiceResult::Resources;
        return enter_running();
    }
    fail(ServiceResult::Resources,
         cat(directive_name(which), "= could not be started: ", failure.text));
    switch (which) {
        case ServiceExecCommand::Condition:
        case ServiceExecCommand::StartPre:
            if (first)
                enter_dead(true);
            else
                enter_signal(ServiceState::StopSigterm);
            return;
        case ServiceExecCommand::StartPost:
            if (first)
                enter_stop();
            else
                enter_signal(ServiceState::StopSigterm);
            return;
        case ServiceExecCommand::Start:
        case ServiceExecCommand::Stop: enter_signal(ServiceState::StopSigterm); return;
        case ServiceExecCommand::StopPost:
            if (first)
                enter_signal(ServiceState::FinalSigterm);
            else
                enter_dead(true);
            return;
        case ServiceExecCommand::Reload: return; // above
    }
}

void ServiceStep::on(const event::ExecSucceeded& process) {
    if (config_.type == ServiceType::Exec && status_.state == ServiceState::Start && main_runs() &&
        process.pid == status_.main_pid) {
        enter_start_post();
    }
}

void ServiceStep::enter_start_post() {
    status_.control_pid = 0;
    reset_watchdog();
    if (!has(ServiceExecCommand::StartPost)) return enter_running();
    set_state(ServiceState::StartPost);
    spawn_control(ServiceExecCommand::StartPost, 0);
}

// The service is to be running: what it is instead, where that is not so, is found out here.
void ServiceStep::enter_running() {
    status_.control_pid = 0;
    status_.reload_asked.reset();
    if (status_.result != ServiceResult::Success) return enter_signal(ServiceState::StopSigterm);
    if (!is_good()) {
        if (config_.remain_after_exit) return set_state(ServiceState::Exited);
        return enter_stop();
    }
    switch (status_.notify_state) {
        case NotifyState::Reloading: enter_reload_by_notify(); return;
        case NotifyState::Stopping: enter_stop_by_notify(); return;
        case NotifyState::Unknown:
        case NotifyState::Ready:
            set_state(ServiceState::Running);
            arm_timer(runtime_limit());
            return;
    }
}

Span ServiceStep::runtime_limit() const {
    auto extra = config_.runtime_randomized_extra;
    if (extra > Span{} && extra != infinity) {
        extra = Span(static_cast<int64_t>(context_.random() % (to_usec(extra) + 1)));
    }
    return add_saturating(add_saturating(status_.active_since, config_.runtime_max), extra);
}

void ServiceStep::on(const event::ReloadRequested&) {
    if (status_.state == ServiceState::Running || status_.state == ServiceState::Exited)
        enter_reload();
}

void ServiceStep::enter_reload() {
    status_.reload_result = ServiceResult::Success;
    bool by_signal = config_.type == ServiceType::NotifyReload && main_runs();
    if (by_signal) emit(action::KillProcess{status_.main_pid, config_.reload_signal});
    if (has(ServiceExecCommand::Reload)) {
        set_state(ServiceState::Reload);
        return spawn_control(ServiceExecCommand::Reload, 0);
    }
    if (!by_signal) return enter_running();
    status_.reload_asked = context_.now.monotonic;
    arm_timer(after(config_.timeout_start));
    set_state(ServiceState::Reload);
}

void ServiceStep::enter_reload_by_notify() {
    arm_timer(after(config_.timeout_start));
    set_state(ServiceState::Reload);
    emit(action::PropagateReload{});
}

} // namespace sctl
