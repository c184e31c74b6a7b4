// Not a story but a search: every event in every state of every type, with each answer that the
// manager may give, and long walks of random events. Whatever happens, the status stays sound.
#include <doctest/doctest.h>

#include <random>

#include "base/text.hpp"
#include "fake_world.hpp"

using namespace sctl;
using enum ServiceExecCommand;

TEST_SUITE_BEGIN("state");

namespace {

constexpr pid_t main_pid = 500, control_pid = 501, other_pid = 502;

constexpr ServiceType all_types[] = {ServiceType::Simple,  ServiceType::Exec, ServiceType::Forking,
                                     ServiceType::Oneshot, ServiceType::Dbus, ServiceType::Notify,
                                     ServiceType::Idle};

// What is armed, as the manager would know from the actions alone.
struct Timers {
    std::optional<Span> timer, watchdog;
};

struct Situation {
    ServiceStatus status;
    Timers timers;
};

bool is_question(const UnitAction& action) {
    return std::holds_alternative<action::Spawn>(action) ||
           std::holds_alternative<action::SpawnCleaner>(action) ||
           std::holds_alternative<action::SendSignal>(action) ||
           std::holds_alternative<action::ReadPidFile>(action) ||
           std::holds_alternative<action::GuessMainPid>(action);
}

std::vector<UnitEvent> answers_to(Awaiting question) {
    switch (question) {
        case Awaiting::Nothing: return {};
        case Awaiting::MainSpawn:
        case Awaiting::ControlSpawn:
            return {event::Spawned{question == Awaiting::MainSpawn ? main_pid : control_pid},
                    event::SpawnFailed{"no"}};
        case Awaiting::SignalSent: return {event::SignalSent{true}, event::SignalSent{false}};
        case Awaiting::PidFile:
            return {event::PidFileRead{other_pid}, event::PidFileRead{Error{2, "no", {}}}};
        case Awaiting::MainPidGuess:
            return {event::MainPidGuessed{other_pid}, event::MainPidGuessed{0}};
    }
    return {};
}

void note_timers(const std::vector<UnitAction>& actions, Timers& timers) {
    for (const auto& action : actions) {
        if (auto* armed = std::get_if<action::ArmTimer>(&action)) timers.timer = armed->deadline;
        if (auto* armed = std::get_if<action::ScheduleRestart>(&action))
            timers.timer = armed->deadline;
        if (std::holds_alternative<action::CancelTimer>(action)) timers.timer.reset();
        if (auto* armed = std::get_if<action::ArmWatchdog>(&action))
            timers.watchdog = armed->deadline;
        if (std::holds_alternative<action::CancelWatchdog>(action)) timers.watchdog.reset();
    }
}

// The event means that the timer has fired: it is armed no more.
void fire(const UnitEvent& event, Timers& timers) {
    if (std::holds_alternative<event::TimedOut>(event) ||
        std::holds_alternative<event::AutoRestartElapsed>(event)) {
        timers.timer.reset();
    }
    if (std::holds_alternative<event::WatchdogElapsed>(event)) timers.watchdog.reset();
}

// Empty where all is well, else what is not.
std::string unsound(const ServiceStatus& status, const Timers& timers) {
    bool has_pids = status.main_pid != 0 || status.control_pid != 0;
    switch (status.state) {
        case ServiceState::Dead:
        case ServiceState::Failed:
        case ServiceState::Exited:
            if (has_pids) return "a process without a run";
            if (status.timer_deadline || timers.timer) return "a timer without a run";
            if (status.watchdog_deadline || timers.watchdog) return "a watchdog without a run";
            if (status.awaiting != Awaiting::Nothing) return "a question without a run";
            break;
        case ServiceState::AutoRestart:
            if (has_pids || status.watchdog_deadline || timers.watchdog)
                return "auto-restart with a process";
            break;
        case ServiceState::Running:
            if (status.control_pid != 0) return "running with a control process";
            break;
        case ServiceState::Condition:
        case ServiceState::StartPre:
            if (status.main_pid != 0) return "a main process before the start";
            break;
        default: break;
    }
    if (status.state == ServiceState::Failed && status.result == ServiceResult::Success) {
        return "failed without a reason";
    }
    if (static_cast<size_t>(status.state) >= service_state_count) return "no such state";
    if (status.timer_deadline && timers.timer && *status.timer_deadline != *timers.timer)
        return "timers differ";
    if (!status.timer_deadline && timers.timer) return "a timer is left armed";
    if (!status.watchdog_deadline && timers.watchdog) return "a watchdog is left armed";
    if (status.main_pid != 0 && !status.main_pid_known) return "a main process that is not known";
    return {};
}

std::string unsound_actions(std::string_view before, const std::vector<UnitAction>& actions,
                            const ServiceStatus& status) {
    int questions = 0;
    for (const auto& action : actions) {
        if (is_question(action)) ++questions;
        auto* change = std::get_if<action::StateChanged>(&action);
        if (!change) continue;
        if (change->sub_from != before) return "a gap between states";
        before = change->sub_to;
    }
    if (before != to_string(status.state)) return "a state that was not told";
    if (questions > 1) return "two questions at once";
    if (questions == 1 && status.awaiting == Awaiting::Nothing)
        return "a question that nobody remembers";
    return {};
}

struct Search {
    const ServiceConfig& config;
    ServiceContext context{};
    int steps = 0;
    std::string trouble{};

    // Feeds `event` and then every answer to what it asks, and so on to the end.
    void explore(Situation situation, const UnitEvent& event, int depth = 0) {
        auto before = situation.status.state;
        std::vector<UnitAction> actions;
        Cause cause;
        fire(event, situation.timers);
        service_step(config, context, situation.status, event, actions, cause);
        note_timers(actions, situation.timers);
        ++steps;
        auto wrong = unsound(situation.status, situation.timers);
        if (wrong.empty()) wrong = unsound_actions(to_string(before), actions, situation.status);
        if (wrong.empty() && depth > 16) wrong = "questions without an end";
        if (!wrong.empty()) {
            trouble = cat(wrong, ": event ", event.index(), " in ", to_string(before), " led to ",
                          to_string(situation.status.state));
            return;
        }
        for (const auto& answer : answers_to(situation.status.awaiting)) {
            explore(situation, answer, depth + 1);
        }
    }
};

ServiceConfig full_config(ServiceType type) {
    auto config = service_of_type(type);
    for (auto which :
         {ServiceExecCommand::Condition, StartPre, StartPost, Reload, Stop, StopPost}) {
        add_command(config, which);
        add_command(config, which);
    }
    if (type == ServiceType::Oneshot) add_command(config, Start);
    if (type == ServiceType::Forking) config.pid_file = "/run/main.pid";
    config.restart = Restart::OnFailure;
    config.watchdog = 10s;
    config.runtime_max = 3600s;
    return config;
}

struct Settings {
    ServiceConfig service;
    KillConfig kill{};
};

std::vector<Settings> settings_of(ServiceType type) {
    std::vector<Settings> settings{{service_of_type(type)}, {full_config(type)}};
    settings.push_back({full_config(type)});
    settings.back().kill.send_sigkill = false;
    settings.back().service.remain_after_exit = true;
    settings.back().service.exit_type = ExitType::Cgroup;
    settings.back().service.timeout_start_failure_mode = TimeoutFailureMode::Kill;
    settings.back().service.timeout_stop_failure_mode = TimeoutFailureMode::Abort;
    settings.push_back({service_of_type(type)});
    settings.back().service.exec[static_cast<size_t>(Start)].clear();
    settings.back().service.restart = Restart::Always;
    settings.back().service.timeout_stop_failure_mode = TimeoutFailureMode::Kill;
    return settings;
}

ServiceExecCommand command_in(ServiceState state) {
    switch (state) {
        case ServiceState::Condition: return ServiceExecCommand::Condition;
        case ServiceState::StartPre: return StartPre;
        case ServiceState::Start: return Start;
        case ServiceState::StartPost: return StartPost;
        case ServiceState::Reload: return Reload;
        case ServiceState::Stop: return Stop;
        default: return StopPost;
    }
}

Situation situation_in(ServiceState state, bool with_main, bool with_control, bool alien,
                       Span now) {
    Situation situation;
    auto& status = situation.status;
    status.state = state;
    if (state == ServiceState::Failed) status.result = ServiceResult::ExitCode;
    status.main_pid = with_main ? main_pid : 0;
    status.main_pid_known = with_main;
    status.main_pid_alien = alien;
    status.control_pid = with_control ? control_pid : 0;
    status.control_command = command_in(state);
    status.processes_left = with_main || with_control;
    bool has_timer = state != ServiceState::Dead && state != ServiceState::Failed &&
                     state != ServiceState::Exited;
    if (has_timer) status.timer_deadline = now;
    if (state == ServiceState::Running) status.watchdog_deadline = now;
    situation.timers = {status.timer_deadline, status.watchdog_deadline};
    return situation;
}

// The state with each set of processes that may be there.
std::vector<Situation> situations_in(ServiceState state, Span now) {
    bool ended = state == ServiceState::Dead || state == ServiceState::Failed ||
                 state == ServiceState::AutoRestart || state == ServiceState::Exited;
    bool before_main = state == ServiceState::Condition || state == ServiceState::StartPre ||
                       state == ServiceState::Cleaning;
    std::vector<Situation> all;
    for (bool with_main : {false, true}) {
        for (bool with_control : {false, true}) {
            for (bool alien : {false, true}) {
                if (with_main && (ended || before_main)) continue;
                if (with_control && (ended || state == ServiceState::Running)) continue;
                if (alien && !with_main) continue;
                all.push_back(situation_in(state, with_main, with_control, alien, now));
            }
        }
    }
    return all;
}

std::vector<UnitEvent> all_events() {
    std::vector<UnitEvent> events{event::StartRequested{},
                                  event::StartLimitHit{},
                                  event::StopRequested{},
                                  event::ReloadRequested{},
                                  event::CleanRequested{{"/run/x"}},
                                  event::AutoRestartElapsed{},
                                  event::RestartJobRefused{"no"},
                                  event::RestartJobRefused{"no", true},
                                  event::Spawned{other_pid},
                                  event::SpawnFailed{"no"},
                                  event::ExecSucceeded{main_pid},
                                  event::ProcessesGone{},
                                  event::SignalSent{true},
                                  event::SignalSent{false},
                                  event::PidFileRead{other_pid},
                                  event::PidFileChanged{},
                                  event::PidFileWatchFailed{"no"},
                                  event::MainPidGuessed{other_pid},
                                  event::TimedOut{},
                                  event::WatchdogElapsed{},
                                  event::ResetFailed{},
                                  event::IdleReached{},
                                  event::FoundRunning{77, true}};
    for (pid_t pid : {main_pid, control_pid, other_pid}) {
        for (bool others : {false, true}) {
            for (ExitInfo info :
                 {ExitInfo{CLD_EXITED, 0}, ExitInfo{CLD_EXITED, 1}, ExitInfo{CLD_EXITED, 255},
                  ExitInfo{CLD_KILLED, SIGKILL}, ExitInfo{CLD_DUMPED, SIGABRT}, ExitInfo{}}) {
                events.push_back(event::ProcessExited{pid, info, others});
            }
        }
    }
    for (int what = 0; what < 8; ++what) {
        event::Notified said{};
        said.sender = main_pid;
        said.ready = what == 0;
        said.reloading = what == 1;
        said.stopping = what == 2;
        said.watchdog = what == 3 || what == 0;
        said.watchdog_trigger = what == 4 || what == 2;
        if (what == 5) said.main_pid = other_pid;
        if (what == 6) said.watchdog_usec = 5s;
        if (what == 7) said.extend_timeout = 500s;
        events.push_back(said);
    }
    return events;
}

// One random thing that may happen to a service.
void happen(FakeWorld& world, std::mt19937& random) {
    auto pick = [&](size_t below) { return static_cast<size_t>(random() % below); };
    world.fork_fails = pick(20) == 0;
    switch (pick(10)) {
        case 0: world.start(); return;
        case 1: world.stop(); return;
        case 2: world.reload(); return;
        case 3: world.advance(std::chrono::seconds(pick(100))); return;
        case 4: world.says_ready(); return;
        case 5:
            if (!world.alive.empty()) world.forks();
            return;
        case 6: world.exec_succeeds(); return;
        case 7: world.send(event::IdleReached{}); return;
        case 8: world.clean(); return;
        default: break;
    }
    if (world.alive.empty()) return;
    auto who = *std::next(world.alive.begin(), static_cast<long>(pick(world.alive.size())));
    if (pick(3) == 0)
        world.killed(who, SIGKILL);
    else
        world.exits(who, static_cast<int>(pick(3)));
}

} // namespace

TEST_CASE("every event in every state of every type has an answer that leaves the status sound") {
    int steps = 0;
    const auto events = all_events();
    for (auto type : all_types) {
        for (const auto& settings : settings_of(type)) {
            Search search{settings.service};
            search.context.kill = settings.kill;
            search.context.now = {.realtime = 1000s, .monotonic = 1000s};
            for (size_t number = 0; number < service_state_count; ++number) {
                for (const auto& situation :
                     situations_in(static_cast<ServiceState>(number), 1000s)) {
                    for (const auto& event : events) search.explore(situation, event);
                }
            }
            CAPTURE(static_cast<int>(type));
            CHECK(search.trouble == "");
            steps += search.steps;
        }
    }
    CHECK(steps > 100000);
}

TEST_CASE("a service comes through long walks of random events and can always be stopped") {
    std::mt19937 random(1);
    for (auto type : all_types) {
        for (const auto& settings : settings_of(type)) {
            FakeWorld world(settings.service);
            world.context.kill = settings.kill;
            std::string wrong;
            for (int i = 0; i < 2000 && wrong.empty(); ++i) {
                happen(world, random);
                wrong = unsound(world.status,
                                {world.timer ? world.timer : world.restart, world.watchdog});
            }
            CAPTURE(static_cast<int>(type));
            CHECK(wrong == "");
            world.fork_fails = false;
            world.stop();
            for (int i = 0; i < 12; ++i) world.advance(100s);
            CHECK((world.state() == ServiceState::Dead || world.state() == ServiceState::Failed));
        }
    }
}

TEST_SUITE_END();
