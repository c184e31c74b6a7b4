// What the end of a process means for its service.
#include <csignal>

#include "state/service/exec_status.hpp"
#include "state/service/step.hpp"

namespace sctl {
namespace {

ServiceState state_of(ServiceExecCommand which) {
    switch (which) {
        case ServiceExecCommand::Condition: return ServiceState::Condition;
        case ServiceExecCommand::StartPre: return ServiceState::StartPre;
        case ServiceExecCommand::Start: return ServiceState::Start;
        case ServiceExecCommand::StartPost: return ServiceState::StartPost;
        case ServiceExecCommand::Reload: return ServiceState::Reload;
        case ServiceExecCommand::Stop: return ServiceState::Stop;
        case ServiceExecCommand::StopPost: return ServiceState::StopPost;
    }
    return ServiceState::Dead;
}

bool ignores_failure(const ServiceConfig& config, ServiceExecCommand which, size_t index) {
    const auto& commands = config.commands(which);
    return index < commands.size() && commands[index].ignore_failure;
}

} // namespace

void ServiceStep::on(const event::ProcessExited& exit) {
    status_.processes_left = exit.others_left;
    if (exit.pid > 0 && exit.pid == status_.main_pid) {
        if (config_.pid_file.empty()) return main_exited(exit.info);
        // A daemon may move to another process, as long as its PID file says so before the old one
        // ends.
        status_.held_main_exit = exit.info;
        ask(Awaiting::PidFile, action::ReadPidFile{});
    } else if (exit.pid > 0 && exit.pid == status_.control_pid) {
        control_exited(exit.info);
    }
}

void ServiceStep::log_exit(std::string_view kind, ExitInfo info, bool success) {
    if (info.code == 0) return; // not our child: nobody saw how it ended
    // A program that exits by itself has said why; a signal is worth more attention.
    auto level = LogLevel::Warning;
    if (success)
        level = LogLevel::Debug;
    else if (info.code == CLD_EXITED)
        level = LogLevel::Notice;
    log(level, kind, " exited, ", describe_exit(info), success ? " (success)" : "");
}

void ServiceStep::main_exited(ExitInfo info) {
    auto kind = config_.type == ServiceType::Oneshot ? ExitKind::Command : ExitKind::Daemon;
    auto result = judge_exit(info, kind, *config_.success_exit_status);
    // The process that a forking command left is spared with the command.
    if (ignores_failure(config_, ServiceExecCommand::Start, status_.main_index)) {
        result = ServiceResult::Success;
    }
    status_.main_exec.pid = std::exchange(status_.main_pid, 0);
    status_.main_exec.exit = context_.now;
    status_.main_exec.info = info;
    log_exit("Main process", info, result == ServiceResult::Success);
    fail(result, cat("main process exited, ", describe_exit(info)));

    bool more = status_.main_index + 1 < config_.commands(ServiceExecCommand::Start).size();
    if (more && config_.type == ServiceType::Oneshot && result == ServiceResult::Success &&
        status_.state == ServiceState::Start) {
        return spawn_main(status_.main_index + 1);
    }
    if (config_.exit_type == ExitType::Cgroup && status_.processes_left) {
        // It goes on without its first process, which may have ended before its exec was seen.
        if (status_.state == ServiceState::Start) enter_start_post();
        return;
    }
    main_exit_decided(result);
}

void ServiceStep::main_exit_decided(ServiceResult result) {
    switch (status_.state) {
        case ServiceState::Start: main_ended_start(result); return;
        case ServiceState::Running: enter_running(); return;
        case ServiceState::StartPost:
        case ServiceState::Reload:
            // The command that runs is waited for.
            if (!control_runs()) enter_stop();
            return;
        case ServiceState::Stop: return; // ExecStop= is waited for
        case ServiceState::StopWatchdog:
        case ServiceState::StopSigterm:
        case ServiceState::StopSigkill:
            if (!control_runs()) enter_stop_post();
            return;
        case ServiceState::StopPost:
            if (!control_runs()) enter_signal(ServiceState::FinalSigterm);
            return;
        case ServiceState::FinalWatchdog:
        case ServiceState::FinalSigterm:
        case ServiceState::FinalSigkill:
            if (!control_runs()) enter_dead(true);
            return;
        case ServiceState::Dead: // there is no main process in these
        case ServiceState::Condition:
        case ServiceState::StartPre:
        case ServiceState::Exited:
        case ServiceState::Failed:
        case ServiceState::AutoRestart:
        case ServiceState::Cleaning: return;
    }
}

// The main process has ended before the start was through.
void ServiceStep::main_ended_start(ServiceResult result) {
    switch (config_.type) {
        case ServiceType::Oneshot:
            if (result == ServiceResult::Success)
                enter_start_post();
            else
                enter_signal(ServiceState::StopSigterm);
            return;
        case ServiceType::Notify:
        case ServiceType::NotifyReload:
            // Somebody else of the service may still say READY=1 where that is allowed.
            if (result == ServiceResult::Success && config_.remain_after_exit &&
                config_.notify_access != NotifyAccess::Main) {
                return;
            }
            fail(ServiceResult::Protocol, "main process ended before it said READY=1");
            enter_signal(ServiceState::StopSigterm);
            return;
        case ServiceType::Simple:
        case ServiceType::Exec:
        case ServiceType::Forking:
        case ServiceType::Dbus:
        case ServiceType::Idle: enter_running(); return;
    }
}

ServiceResult ServiceStep::control_result(ExitInfo info) const {
    // ExecStart= of Type=forking is held for a daemon's, all else is a command.
    bool command = config_.type == ServiceType::Oneshot ||
                   status_.control_command != ServiceExecCommand::Start;
    auto result = judge_exit(info, command ? ExitKind::Command : ExitKind::Daemon,
                             *config_.success_exit_status);
    if (ignores_failure(config_, status_.control_command, status_.control_index)) {
        return ServiceResult::Success;
    }
    // systemd.service(5), ExecCondition=: 255 is a failure, any other status says "not now".
    if (status_.state == ServiceState::Condition && result == ServiceResult::ExitCode &&
        info.status < 255) {
        return ServiceResult::ExecCondition;
    }
    return result;
}

void ServiceStep::control_exited(ExitInfo info) {
    status_.control_pid = 0;
    if (status_.state == ServiceState::Cleaning) return cleaner_exited(info);
    auto result = control_result(info);
    bool succeeded = result == ServiceResult::Success;
    bool is_condition = status_.state == ServiceState::Condition;
    log_exit(is_condition ? "Condition check process" : "Control process", info,
             succeeded || result == ServiceResult::ExecCondition);
    if (status_.state != ServiceState::Reload) {
        fail(result, cat(directive_name(status_.control_command), "= process exited, ",
                         describe_exit(info)));
    }
    // One that is being stopped does not go on with its list.
    auto which = status_.control_command;
    if (succeeded && status_.control_index + 1 < config_.commands(which).size() &&
        status_.state == state_of(which)) {
        return spawn_control(which, status_.control_index + 1);
    }
    control_exit_decided(result);
}

void ServiceStep::control_exit_decided(ServiceResult result) {
    bool succeeded = result == ServiceResult::Success;
    switch (status_.state) {
        case ServiceState::Condition:
            if (succeeded)
                enter_start_pre();
            else
                enter_signal(ServiceState::StopSigterm);
            return;
        case ServiceState::StartPre:
            if (succeeded)
                enter_start();
            else
                enter_signal(ServiceState::StopSigterm);
            return;
        case ServiceState::Start: forking_start_exited(result); return;
        case ServiceState::StartPost: start_post_exited(result); return;
        case ServiceState::Reload: reload_exited(result); return;
        case ServiceState::Stop: enter_signal(ServiceState::StopSigterm); return;
        case ServiceState::StopWatchdog:
        case ServiceState::StopSigterm:
        case ServiceState::StopSigkill:
            if (!main_runs()) enter_stop_post();
            return;
        case ServiceState::StopPost:
            if (!main_runs()) enter_signal(ServiceState::FinalSigterm);
            return;
        case ServiceState::FinalWatchdog:
        case ServiceState::FinalSigterm:
        case ServiceState::FinalSigkill:
            if (!main_runs()) enter_dead(true);
            return;
        case ServiceState::Dead: // there is no control process in these, or another's
        case ServiceState::Running:
        case ServiceState::Exited:
        case ServiceState::Failed:
        case ServiceState::AutoRestart:
        case ServiceState::Cleaning: return;
    }
}

void ServiceStep::forking_start_exited(ServiceResult result) {
    if (config_.type != ServiceType::Forking) return;
    if (result != ServiceResult::Success) return enter_signal(ServiceState::StopSigterm);
    if (!config_.pid_file.empty()) return ask(Awaiting::PidFile, action::ReadPidFile{});
    search_main_pid();
}

void ServiceStep::start_post_exited(ServiceResult result) {
    if (result != ServiceResult::Success) return enter_signal(ServiceState::StopSigterm);
    if (!config_.pid_file.empty()) return ask(Awaiting::PidFile, action::ReadPidFile{});
    search_main_pid();
}

// A reload that failed is told to who asked for it; the service runs on.
void ServiceStep::reload_exited(ServiceResult result) {
    status_.reload_result = result;
    if (result != ServiceResult::Success) return enter_running();
    if (!config_.pid_file.empty()) return ask(Awaiting::PidFile, action::ReadPidFile{});
    search_main_pid();
}

void ServiceStep::on(const event::ProcessesGone&) {
    // It may have been sent before a process was started that this step knows of.
    if (control_runs() || (main_runs() && !status_.main_pid_alien)) return;
    status_.processes_left = false;
    status_.main_pid = 0; // alien: nobody tells of its end but this

    switch (status_.state) {
        case ServiceState::Start: gone_while_starting(); return;
        case ServiceState::StartPost:
            if (status_.pid_file_watched) give_up_pid_file();
            return;
        case ServiceState::Running: enter_running(); return;
        case ServiceState::StopWatchdog:
        case ServiceState::StopSigterm:
        case ServiceState::StopSigkill: enter_stop_post(); return;
        case ServiceState::StopPost:
        case ServiceState::FinalWatchdog:
        case ServiceState::FinalSigterm:
        case ServiceState::FinalSigkill: enter_dead(true); return;
        case ServiceState::Dead: // for the others the exit of a known process is what counts
        case ServiceState::Condition:
        case ServiceState::StartPre:
        case ServiceState::Exited:
        case ServiceState::Reload:
        case ServiceState::Stop:
        case ServiceState::Failed:
        case ServiceState::AutoRestart:
        case ServiceState::Cleaning: return;
    }
}

void ServiceStep::gone_while_starting() {
    if (is_told_when_ready(config_.type)) {
        fail(ServiceResult::Protocol, "all processes ended before READY=1 was said");
        return enter_stop_post();
    }
    if (status_.pid_file_watched) return give_up_pid_file();
    if (config_.exit_type == ExitType::Cgroup && status_.main_pid_known) enter_start_post();
}

} // namespace sctl
