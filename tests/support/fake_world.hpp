// A world for one service: a clock, processes and files that exist in the test's mind alone. It
// carries out the actions of service_step() as the manager would and feeds back the answers, so
// that a test says what happens to the service and looks at what becomes of it.
#pragma once

#include <csignal>
#include <deque>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "state/service/service.hpp"

// A service with ExecStart=/bin/main.
inline sctl::ServiceConfig service_of_type(sctl::ServiceType type) {
    sctl::ServiceConfig config;
    config.type = type;
    if (type == sctl::ServiceType::Oneshot) config.timeout_start = sctl::infinity;
    if (type == sctl::ServiceType::Notify) config.notify_access = sctl::NotifyAccess::Main;
    sctl::ExecCommand main;
    main.path = "/bin/main";
    config.exec[static_cast<size_t>(sctl::ServiceExecCommand::Start)] = {main};
    return config;
}

inline void add_command(sctl::ServiceConfig& config, sctl::ServiceExecCommand which,
                        bool ignore_failure = false) {
    sctl::ExecCommand command;
    command.path = "/bin/command";
    command.ignore_failure = ignore_failure;
    config.exec[static_cast<size_t>(which)].push_back(command);
}

class FakeWorld {
  public:
    explicit FakeWorld(sctl::ServiceConfig service) : config(std::move(service)) {
        context.now = {.realtime = std::chrono::hours(500000), .monotonic = std::chrono::hours(1)};
    }

    // --- what happens ---------------------------------------------------------------------------
    void start() { send(sctl::event::StartRequested{}); }
    void stop() { send(sctl::event::StopRequested{}); }
    void clean() { send(sctl::event::CleanRequested{{"/run/x"}}); }
    void reload() { send(sctl::event::ReloadRequested{}); }
    void exits(pid_t pid, int code = 0) { ends(pid, {CLD_EXITED, code}); }
    void killed(pid_t pid, int signal) { ends(pid, {CLD_KILLED, signal}); }
    void dumps_core(pid_t pid, int signal = SIGSEGV) { ends(pid, {CLD_DUMPED, signal}); }
    void exec_succeeds() { send(sctl::event::ExecSucceeded{status.main_pid}); }
    void says(sctl::event::Notified said) { send(std::move(said)); }
    void says_ready() {
        sctl::event::Notified said{};
        said.sender = status.main_pid;
        said.ready = true;
        says(said);
    }
    // A process that the service's own processes have started.
    pid_t forks() {
        alive.insert(++last_pid_);
        return last_pid_;
    }
    void writes_pid_file(pid_t pid) {
        pid_file = sctl::event::PidFileRead{pid};
        if (watching_pid_file) send(sctl::event::PidFileChanged{});
    }
    // Time goes by; timers fire in order, and what they lead to happens at their moment.
    void advance(sctl::Span by) {
        auto until = context.now.monotonic + by;
        while (fire_next(until)) {
        }
        set_clock(until);
    }
    void send(const sctl::UnitEvent& event) {
        step(event);
        while (!answers_.empty()) {
            auto answer = std::move(answers_.front());
            answers_.pop_front();
            step(answer);
        }
        if (std::exchange(restart_job_, false) && run_restart_jobs) {
            stop();
            start();
        }
    }

    // --- what is to be seen
    // -----------------------------------------------------------------------
    pid_t main() const { return status.main_pid; }
    pid_t control() const { return status.control_pid; }
    sctl::ServiceState state() const { return status.state; }
    sctl::ServiceResult result() const { return status.result; }
    // The command that was started last.
    const sctl::action::Spawn& spawned() const { return spawns.back(); }
    bool logged(std::string_view text) const {
        for (const auto& line : log) {
            if (line.find(text) != std::string::npos) return true;
        }
        return false;
    }
    bool passed_through(sctl::ServiceState state) const {
        for (const auto& change : changes) {
            if (change.sub_to == to_string(state)) return true;
        }
        return false;
    }

    sctl::ServiceConfig config;
    sctl::ServiceContext context;
    sctl::ServiceStatus status;
    sctl::Cause cause;

    std::set<pid_t> alive;
    std::optional<sctl::event::PidFileRead> pid_file; // nothing: ENOENT
    pid_t guess = 0; // what GuessMainPid finds; 0: the only process
    bool fork_fails = false;
    bool run_restart_jobs = true;

    std::vector<sctl::action::Spawn> spawns;
    std::vector<std::string> cleaned; // what was to be removed last
    std::vector<sctl::action::KillWhat> signals;
    std::vector<sctl::action::StateChanged> changes;
    std::vector<std::string> log;
    std::vector<std::pair<pid_t, int>> killed_one;
    std::optional<sctl::Span> timer, watchdog, restart;
    bool watching_pid_file = false, waiting_idle = false;
    int restarts = 0, directories_made = 0, files_removed = 0, reloads_propagated = 0;

  private:
    void step(const sctl::UnitEvent& event) {
        std::vector<sctl::UnitAction> actions;
        sctl::Cause new_cause;
        sctl::service_step(config, context, status, event, actions, new_cause);
        if (!new_cause.text.empty()) cause = new_cause;
        for (const auto& action : actions) {
            std::visit([&](const auto& what) { act(what); }, action);
        }
    }

    void ends(pid_t pid, sctl::ExitInfo info) {
        alive.erase(pid);
        send(sctl::event::ProcessExited{pid, info, !alive.empty()});
        if (alive.empty()) send(sctl::event::ProcessesGone{});
    }

    void set_clock(sctl::Span monotonic) {
        context.now.realtime += monotonic - context.now.monotonic;
        context.now.monotonic = monotonic;
    }
    bool fire_next(sctl::Span until) {
        std::optional<sctl::Span>* next = nullptr;
        for (auto* candidate : {&timer, &watchdog, &restart}) {
            if (*candidate && **candidate <= until && (!next || **candidate < **next))
                next = candidate;
        }
        if (!next) return false;
        if (**next > context.now.monotonic) set_clock(**next);
        next->reset();
        if (next == &timer)
            send(sctl::event::TimedOut{});
        else if (next == &watchdog)
            send(sctl::event::WatchdogElapsed{});
        else
            send(sctl::event::AutoRestartElapsed{});
        return true;
    }

    void act(const sctl::action::StateChanged& change) {
        changes.push_back(change);
        watching_pid_file = false;
    }
    void act(const sctl::action::Spawn& spawn) {
        spawns.push_back(spawn);
        fork();
    }
    void act(const sctl::action::SpawnCleaner& cleaner) {
        cleaned = cleaner.paths;
        fork();
    }
    void fork() {
        if (fork_fails) {
            answers_.push_back(sctl::event::SpawnFailed{"Cannot allocate memory"});
            return;
        }
        alive.insert(++last_pid_);
        answers_.push_back(sctl::event::Spawned{last_pid_});
    }
    void act(const sctl::action::SendSignal& signal) {
        using Mode = sctl::KillConfig::Mode;
        signals.push_back(signal.what);
        auto mode = context.kill.kill_mode;
        bool all = mode == Mode::ControlGroup ||
                   (mode == Mode::Mixed && signal.what == sctl::action::KillWhat::Kill);
        bool own = status.control_pid != 0 || (status.main_pid != 0 && !status.main_pid_alien);
        bool left = mode != Mode::None && (all ? !alive.empty() : own);
        answers_.push_back(sctl::event::SignalSent{left});
    }
    void act(const sctl::action::KillProcess& kill) {
        killed_one.emplace_back(kill.pid, kill.signal);
    }
    void act(const sctl::action::ReadPidFile&) {
        auto none = sctl::Error{2, "No such file or directory", {}};
        answers_.push_back(pid_file.value_or(sctl::event::PidFileRead{none}));
    }
    void act(const sctl::action::WatchPidFile&) { watching_pid_file = true; }
    void act(const sctl::action::GuessMainPid&) {
        pid_t only = alive.size() == 1 ? *alive.begin() : 0;
        answers_.push_back(sctl::event::MainPidGuessed{guess ? guess : only});
    }
    void act(const sctl::action::ArmTimer& armed) { timer = armed.deadline; }
    void act(const sctl::action::CancelTimer&) {
        timer.reset();
        restart.reset();
    }
    void act(const sctl::action::ArmWatchdog& armed) { watchdog = armed.deadline; }
    void act(const sctl::action::CancelWatchdog&) { watchdog.reset(); }
    void act(const sctl::action::ScheduleRestart& armed) { restart = armed.deadline; }
    void act(const sctl::action::WaitIdle&) { waiting_idle = true; }
    void act(const sctl::action::MakeDirectories&) { ++directories_made; }
    void act(const sctl::action::RemoveRuntimeFiles&) {
        ++files_removed;
        pid_file.reset();
    }
    void act(const sctl::action::EnqueueRestartJob&) {
        restart_job_ = true;
        ++restarts;
    }
    void act(const sctl::action::PropagateReload&) { ++reloads_propagated; }
    void act(const sctl::action::Log& line) { log.push_back(line.text); }
    // What units of other kinds alone ask for.
    template <class Other>
    void act(const Other&) {
        log.emplace_back("an action of no service");
    }

    pid_t last_pid_ = 100;
    bool restart_job_ = false;
    std::deque<sctl::UnitEvent> answers_;
};

// For the messages of failed checks.
namespace sctl {
inline std::ostream& operator<<(std::ostream& out, ServiceState state) {
    return out << to_string(state);
}
inline std::ostream& operator<<(std::ostream& out, ServiceResult result) {
    return out << to_string(result);
}
} // namespace sctl
