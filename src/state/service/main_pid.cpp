// Which process is the main one, where the service tells it or it must be found: PIDFile=,
// GuessMainPID=.
#include <unistd.h>

#include "state/service/step.hpp"

namespace sctl {

void ServiceStep::set_main_pid(pid_t pid, bool alien) {
    if (pid <= 1) return;
    if (status_.main_pid_known && status_.main_pid == pid) return;
    if (status_.main_pid != pid)
        status_.main_exec = {.start = context_.now, .exit = {}, .pid = pid, .info = {}};
    status_.main_pid = pid;
    status_.main_pid_known = true;
    status_.main_pid_alien = alien;
    if (alien) {
        log(LogLevel::Warning, "Supervising process ", pid,
            " which is not our child. We'll most likely not notice when it exits.");
    }
}

void ServiceStep::on(const event::PidFileRead& read) {
    if (!take_answer(Awaiting::PidFile)) return;
    if (auto held = std::exchange(status_.held_main_exit, std::nullopt)) {
        if (load_pid_file(read, false) != Loaded::Changed) main_exited(*held);
        return;
    }
    switch (status_.state) {
        case ServiceState::Start: pid_file_read_in_start(read); return;
        case ServiceState::StartPost: pid_file_read_in_start_post(read); return;
        case ServiceState::Reload:
            if (load_pid_file(read, true) == Loaded::Failed)
                search_main_pid();
            else
                enter_running();
            return;
        case ServiceState::Dead: // not asked for in these
        case ServiceState::Condition:
        case ServiceState::StartPre:
        case ServiceState::Running:
        case ServiceState::Exited:
        case ServiceState::Stop:
        case ServiceState::StopWatchdog:
        case ServiceState::StopSigterm:
        case ServiceState::StopSigkill:
        case ServiceState::StopPost:
        case ServiceState::FinalWatchdog:
        case ServiceState::FinalSigterm:
        case ServiceState::FinalSigkill:
        case ServiceState::Failed:
        case ServiceState::AutoRestart:
        case ServiceState::Cleaning: return;
    }
}

void ServiceStep::pid_file_read_in_start(const event::PidFileRead& read) {
    if (status_.pid_file_watched) {
        if (load_pid_file(read, false) != Loaded::Failed) enter_running();
        return;
    }
    // ExecStartPost= may be what writes it.
    bool may_come = has(ServiceExecCommand::StartPost);
    if (load_pid_file(read, !may_come) != Loaded::Failed || may_come)
        enter_start_post();
    else
        demand_pid_file();
}

void ServiceStep::pid_file_read_in_start_post(const event::PidFileRead& read) {
    if (load_pid_file(read, !status_.pid_file_watched) != Loaded::Failed)
        enter_running();
    else if (!status_.pid_file_watched)
        demand_pid_file();
}

// Waits for the file while somebody is there who could write it.
void ServiceStep::demand_pid_file() {
    if (!status_.processes_left && !main_runs()) {
        fail(ServiceResult::Protocol, "no process is left that could write the PID file");
        if (status_.state == ServiceState::Start)
            enter_signal(ServiceState::StopSigterm);
        else
            enter_stop();
        return;
    }
    status_.pid_file_watched = true;
    emit(action::WatchPidFile{});
    // It may have appeared just before.
    ask(Awaiting::PidFile, action::ReadPidFile{});
}

void ServiceStep::on(const event::PidFileChanged&) {
    if (status_.pid_file_watched && status_.awaiting == Awaiting::Nothing) {
        ask(Awaiting::PidFile, action::ReadPidFile{});
    }
}

void ServiceStep::on(const event::PidFileWatchFailed& failure) {
    if (!status_.pid_file_watched) return;
    log(LogLevel::Error, "Failed to set a watch for PID file ", config_.pid_file, ": ",
        failure.text);
    fail(ServiceResult::Resources, cat("cannot watch the PID file: ", failure.text));
    enter_signal(ServiceState::StopSigterm);
}

// All processes have ended, and the file they should write is not there.
void ServiceStep::give_up_pid_file() {
    log(LogLevel::Warning, "Daemon never wrote its PID file. Failing.");
    fail(ServiceResult::Protocol, "the PID file was never written");
    if (status_.state == ServiceState::Start)
        enter_stop_post();
    else
        enter_stop();
}

ServiceStep::Loaded ServiceStep::load_pid_file(const event::PidFileRead& read, bool may_warn) {
    auto level = may_warn ? LogLevel::Info : LogLevel::Debug;
    if (!read.pid) {
        log(level, "Can't open PID file ", config_.pid_file, " (yet?) after ",
            to_string(status_.state), ": ", read.pid.error().text);
        return Loaded::Failed;
    }
    pid_t pid = *read.pid;
    if (status_.main_pid_known && pid == status_.main_pid) return Loaded::Same;
    if (!is_suitable_main_pid(read, level)) return Loaded::Failed;
    if (status_.main_pid_known) {
        log(LogLevel::Debug, "Main PID changing: ", status_.main_pid, " -> ", pid);
        status_.main_pid = 0;
        status_.main_pid_known = false;
    } else {
        log(LogLevel::Debug, "Main PID loaded: ", pid);
    }
    set_main_pid(pid, read.alien);
    return Loaded::Changed;
}

// A process of another service is believed to be this one's where the file shows that root says so.
bool ServiceStep::is_suitable_main_pid(const event::PidFileRead& read, LogLevel level) {
    pid_t pid = *read.pid;
    if (pid <= 1 || pid == getpid()) {
        log(level, "New main PID ", pid, " is the manager, refusing.");
        return false;
    }
    if (pid == status_.control_pid) {
        log(level, "New main PID ", pid, " is the control process, refusing.");
        return false;
    }
    if (!read.alive) {
        log(level, "New main PID ", pid, " does not exist or is a zombie.");
        return false;
    }
    if (read.belongs) return true;
    if (!read.safe_path) {
        log(LogLevel::Error,
            "Refusing to accept PID outside of service control group, acquired through "
            "unsafe symlink chain: ",
            config_.pid_file);
        return false;
    }
    if (!read.owned_by_root) {
        log(LogLevel::Error, "New main PID ", pid,
            " does not belong to service, and PID file is not owned by root. Refusing.");
        return false;
    }
    log(LogLevel::Debug, "New main PID ", pid,
        " does not belong to service, but we'll accept it since PID file is owned by root.");
    return true;
}

void ServiceStep::search_main_pid() {
    if (status_.main_pid_known || !config_.guess_main_pid) return main_pid_settled();
    ask(Awaiting::MainPidGuess, action::GuessMainPid{});
}

void ServiceStep::on(const event::MainPidGuessed& guess) {
    if (!take_answer(Awaiting::MainPidGuess)) return;
    if (guess.pid > 1) {
        log(LogLevel::Debug, "Main PID guessed: ", guess.pid);
        set_main_pid(guess.pid, guess.alien);
    }
    main_pid_settled();
}

// Known or not: there is no more to be found out.
void ServiceStep::main_pid_settled() {
    if (status_.state == ServiceState::Start)
        enter_start_post();
    else
        enter_running();
}

} // namespace sctl
