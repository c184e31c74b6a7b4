#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>

#include "base/text.hpp"
#include "state/socket/socket.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("state");

namespace {

// A socket unit and what its machine wants done.
struct SocketLife {
    SocketLife() {
        unit.id = UnitName::of_ours("a.socket");
        unit.load_state = LoadState::Loaded;
        auto own = std::make_unique<SocketConfig>();
        config = own.get();
        unit.own = std::move(own);
        config->service = "a.service";
        config->trigger_limit_interval = 2s;
        config->trigger_limit_burst = 3;
        context.now.monotonic = 1h;
        context.triggered.emplace();
        context.triggered->sub_state = "dead";
        context.triggered->is_loaded = true;
    }
    void send(const UnitEvent& event) {
        actions.clear();
        Cause said;
        machine.step(unit, context, event, actions, said);
        if (!said.text.empty()) cause = said.text;
        for (const auto& action : actions) {
            if (const auto* line = std::get_if<action::Log>(&action)) log += cat(line->text, "\n");
            if (const auto* timer = std::get_if<action::ArmTimer>(&action))
                deadline = timer->deadline;
            if (const auto* change = std::get_if<action::StateChanged>(&action))
                states += cat(change->sub_to, " ");
        }
    }
    template <class Action>
    [[nodiscard]] bool asks() const {
        return std::ranges::any_of(
            actions, [](const auto& action) { return std::holds_alternative<Action>(action); });
    }
    template <class Action>
    [[nodiscard]] Action asked() const {
        for (const auto& action : actions)
            if (const auto* found = std::get_if<Action>(&action)) return *found;
        FAIL("not asked for");
        return Action{};
    }
    void listen() {
        send(event::StartRequested{});
        REQUIRE(asks<action::OpenSockets>());
        send(event::SocketsOpened{});
        REQUIRE(asks<action::WatchSockets>());
        send(event::SocketsWatched{});
        REQUIRE(state() == "listening");
    }
    void add_command(SocketExecCommand which, std::string_view path) {
        ExecCommand command;
        command.path = path;
        config->exec[static_cast<size_t>(which)].push_back(command);
    }
    void exits(int status, bool others_left = false) {
        send(event::ProcessExited{machine.control_pid(), {CLD_EXITED, status}, others_left});
    }
    void time_out() {
        REQUIRE(deadline > context.now.monotonic);
        context.now.monotonic = deadline;
        send(event::TimedOut{});
    }
    [[nodiscard]] std::string_view state() const { return machine.sub_state(); }
    [[nodiscard]] std::string_view result() const { return to_string(machine.status().result); }

    LoadedUnit unit;
    SocketConfig* config;
    StepContext context;
    SocketMachine machine;
    std::vector<UnitAction> actions;
    std::string log, states, cause;
    Span deadline{};
};

} // namespace

TEST_CASE("a socket listens once it is open, and closes when it is stopped") {
    SocketLife socket;
    CHECK(socket.machine.phase() == Phase::Down);
    socket.listen();
    CHECK(socket.machine.phase() == Phase::Up);
    CHECK(socket.states == "listening ");
    socket.send(event::StopRequested{});
    CHECK(socket.asks<action::UnwatchSockets>());
    CHECK(socket.asks<action::CloseSockets>());
    CHECK(socket.state() == "dead");
    CHECK(socket.log == "Deactivated successfully.\n");
}

TEST_CASE("its commands run in their phases") {
    SocketLife socket;
    socket.config->user = "daemon";
    for (auto which : {SocketExecCommand::StartPre, SocketExecCommand::StartPost,
                       SocketExecCommand::StopPre, SocketExecCommand::StopPost})
        socket.add_command(which, "/bin/x");
    socket.add_command(SocketExecCommand::StartPre, "/bin/y");
    socket.send(event::StartRequested{});
    CHECK(socket.state() == "start-pre");
    CHECK(socket.machine.phase() == Phase::ComingUp);
    socket.send(event::Spawned{10});
    socket.exits(0);
    CHECK(socket.asked<action::Spawn>().index == 1);
    socket.send(event::Spawned{11});
    socket.exits(0);
    CHECK(socket.asks<action::OpenSockets>());
    socket.send(event::SocketsOpened{});
    CHECK(socket.asks<action::ChownSockets>());
    socket.send(event::SocketsChowned{0});
    socket.send(event::Spawned{12});
    socket.exits(0);
    socket.send(event::SocketsWatched{});
    socket.send(event::StopRequested{});
    socket.send(event::Spawned{13});
    CHECK(socket.machine.phase() == Phase::Busy);
    socket.exits(0);
    socket.send(event::Spawned{14});
    socket.exits(0);
    CHECK(socket.states == "start-pre start-chown start-post listening stop-pre stop-post dead ");
}

TEST_CASE("what comes in starts the service, which has the socket until it is over") {
    SocketLife socket;
    socket.listen();
    socket.send(event::Incoming{0, {}});
    CHECK(!socket.asked<action::StartTriggered>().is_told);
    CHECK(socket.asks<action::UnwatchSockets>());
    CHECK(socket.state() == "running");
    socket.send(event::Incoming{0, {}});
    CHECK(socket.actions.empty());

    socket.context.triggered->has_job = true;
    socket.send(event::TriggeredChanged{});
    CHECK(socket.actions.empty());
    socket.context.triggered->has_job = false;
    for (auto ends : {"dead", "failed", "final-sigterm", "final-sigkill", "auto-restart"}) {
        CAPTURE(ends);
        socket.context.triggered->sub_state = "running";
        socket.send(event::TriggeredChanged{});
        CHECK(socket.state() == "running");
        socket.context.triggered->sub_state = ends;
        socket.send(event::TriggeredChanged{});
        CHECK(!socket.asked<action::WatchSockets>().flush);
        socket.send(event::SocketsWatched{});
        CHECK(socket.state() == "listening");
    }
}

TEST_CASE("a service that is on its way is not started again") {
    SocketLife socket;
    socket.listen();
    socket.context.triggered->active = ActiveState::Activating;
    socket.send(event::Incoming{0, {}});
    CHECK(!socket.asks<action::StartTriggered>());
    CHECK(socket.state() == "running");
}

TEST_CASE("FlushPending= takes away what waits before the socket is watched") {
    SocketLife socket;
    socket.config->flush_pending = true;
    socket.send(event::StartRequested{});
    socket.send(event::SocketsOpened{});
    CHECK(socket.asked<action::WatchSockets>().flush);
}

TEST_CASE("a socket that is to stop starts nobody, and forgets what came in") {
    SocketLife socket;
    socket.listen();
    socket.context.stop_job_pending = true;
    socket.send(event::Incoming{0, {}});
    CHECK(socket.asks<action::FlushSockets>());
    CHECK(socket.state() == "listening");
}

TEST_CASE("triggered too often it fails") {
    SocketLife socket;
    socket.listen();
    for (int i = 0; i < 4; ++i) {
        socket.send(event::Incoming{0, {}});
        if (i == 3) break;
        socket.send(event::TriggeredChanged{}); // a condition was not met: the service stays dead
        socket.send(event::SocketsWatched{});
    }
    CHECK(socket.state() == "failed");
    CHECK(socket.result() == "trigger-limit-hit");
    CHECK(socket.log ==
          "Trigger limit hit, refusing further activation.\n"
          "Failed with result 'trigger-limit-hit'.\n");
    CHECK(socket.cause == "it was triggered too often");
    socket.send(event::ResetFailed{});
    CHECK(socket.state() == "dead");
    CHECK(socket.result() == "success");
}

TEST_CASE("it fails with its service's start limit, and where that cannot be started") {
    SocketLife limited;
    limited.listen();
    limited.context.triggered->start_limit_hit = true;
    limited.send(event::TriggeredChanged{});
    CHECK(limited.result() == "service-start-limit-hit");

    SocketLife masked;
    masked.listen();
    masked.send(event::Incoming{0, {}});
    masked.send(event::TriggerRefused{"Failed to queue: no", "no"});
    CHECK(masked.result() == "resources");
    CHECK(
        masked.log.starts_with("Failed to queue service startup job (Maybe the service file is "
                               "missing or not a non-template unit?): no\n"));

    SocketLife vanished;
    vanished.listen();
    vanished.context.triggered.reset();
    vanished.send(event::Incoming{0, {}});
    CHECK(vanished.result() == "resources");
    CHECK(vanished.log.starts_with("Service to activate vanished, refusing activation.\n"));
}

TEST_CASE("what cannot be opened, given away or watched fails the start") {
    SocketLife taken;
    taken.send(event::StartRequested{});
    taken.send(event::SocketsOpened{"Address already in use"});
    CHECK(taken.state() == "failed");
    CHECK(taken.result() == "resources");
    CHECK(taken.log ==
          "Failed to listen on sockets: Address already in use\nFailed with result 'resources'.\n");

    SocketLife unknown;
    unknown.config->user = "nobody-knows";
    unknown.send(event::StartRequested{});
    unknown.send(event::SocketsOpened{});
    unknown.send(event::SocketsChowned{217});
    CHECK(unknown.result() == "exit-code");
    CHECK(unknown.log.starts_with("Control process exited, code=exited, status=217/USER\n"));

    SocketLife regular;
    regular.send(event::StartRequested{});
    regular.send(event::SocketsOpened{});
    regular.send(event::SocketsWatched{"Operation not permitted"});
    CHECK(regular.log ==
          "Failed to watch listening fds: Operation not permitted\n"
          "Failed to watch sockets: Operation not permitted\nFailed with result 'resources'.\n");
    CHECK(regular.states == "failed ");

    SocketLife shut;
    shut.listen();
    shut.send(event::Incoming{0, "Got POLLHUP on a listening socket."});
    CHECK(shut.result() == "resources");
}

TEST_CASE("commands that fail or take too long end as systemd's do") {
    SocketLife fails;
    fails.add_command(SocketExecCommand::StartPre, "/bin/false");
    fails.send(event::StartRequested{});
    fails.send(event::Spawned{10});
    fails.exits(1);
    CHECK(fails.result() == "exit-code");
    CHECK(fails.log ==
          "Control process exited, code=exited, status=1/FAILURE\n"
          "Failed with result 'exit-code'.\n");

    SocketLife hangs;
    hangs.add_command(SocketExecCommand::StartPre, "/bin/sleep");
    hangs.config->timeout = 5s;
    hangs.send(event::StartRequested{});
    hangs.send(event::Spawned{10});
    hangs.time_out();
    CHECK(hangs.state() == "final-sigterm");
    hangs.send(event::SignalSent{true});
    hangs.time_out();
    CHECK(hangs.state() == "final-sigkill");
    hangs.send(event::SignalSent{true});
    hangs.time_out();
    CHECK(hangs.result() == "timeout");
    CHECK(hangs.log ==
          "Starting timed out. Terminating.\nStopping timed out (2). Killing.\n"
          "Still around after SIGKILL (2). Entering failed mode.\nFailed with result 'timeout'.\n");

    SocketLife stops;
    stops.add_command(SocketExecCommand::StopPre, "/bin/sleep");
    stops.add_command(SocketExecCommand::StopPost, "/bin/sleep");
    stops.listen();
    stops.send(event::StopRequested{});
    stops.send(event::Spawned{10});
    stops.time_out();
    CHECK(stops.state() == "stop-pre-sigterm");
    stops.send(event::SignalSent{true});
    stops.exits(0);
    CHECK(stops.state() == "stop-post");
    stops.send(event::SpawnFailed{"no"});
    CHECK(stops.result() == "timeout");

    SocketLife unborn;
    unborn.add_command(SocketExecCommand::StartPre, "/bin/x");
    unborn.send(event::StartRequested{});
    unborn.send(event::SpawnFailed{"no fork"});
    CHECK(unborn.result() == "resources");
    CHECK(unborn.log.starts_with("Failed to run 'start-pre' task: no fork\n"));
}

TEST_CASE("with Accept= each connection gets an instance, within the limits") {
    SocketLife socket;
    socket.config->accept = true;
    socket.config->service.clear();
    socket.context.triggered.reset();
    socket.config->max_connections = 2;
    socket.config->max_connections_per_source = 1;
    socket.config->trigger_limit_burst = 200;
    socket.listen();
    auto comes = [&](unsigned open, unsigned from_source) {
        socket.send(event::Incoming{0, {}});
        CHECK(socket.asks<action::TakeConnection>());
        socket.send(event::ConnectionTaken{{}, true, open, from_source, "1.2.3.4"});
    };
    comes(0, 0);
    CHECK(socket.asked<action::StartInstance>().number == 0);
    CHECK(socket.state() == "listening");
    comes(1, 1);
    CHECK(socket.asks<action::DropConnection>());
    comes(2, 0);
    CHECK(socket.asks<action::DropConnection>());
    CHECK(socket.log ==
          "Too many incoming connections (2) from source 1.2.3.4, dropping connection.\n"
          "Too many incoming connections (2), dropping connection.\n");
    comes(1, 0);
    CHECK(socket.asked<action::StartInstance>().number == 1);
    CHECK(socket.machine.status().n_accepted == 2);
    CHECK(socket.machine.status().n_refused == 2);
    socket.send(event::InstanceRefused{"", false}); // it has gone
    CHECK(socket.state() == "listening");
    CHECK(socket.machine.status().n_accepted == 1);

    socket.send(event::Incoming{0, {}});
    socket.send(event::ConnectionTaken{{}, false, 0, 0, {}});
    CHECK(socket.state() == "listening");
    socket.context.stop_job_pending = true;
    comes(0, 0);
    CHECK(socket.asks<action::DropConnection>());
    socket.context.stop_job_pending = false;
    comes(0, 0);
    socket.send(event::InstanceRefused{"Invalid argument", true});
    CHECK(socket.result() == "resources");
    CHECK(socket.log.find("not a template unit?): Invalid argument\n") != std::string::npos);
}

TEST_CASE("a service that is not there or that runs already keeps its socket from starting") {
    SocketLife socket;
    auto refusal = [&] { return socket.machine.refusal(socket.unit, socket.context); };
    for (auto state : {"dead", "failed", "auto-restart"}) {
        socket.context.triggered->sub_state = state;
        CHECK(refusal() == "");
    }
    socket.context.triggered->sub_state = "running";
    CHECK(refusal() == "Socket service a.service already active, refusing.");
    socket.context.triggered->is_loaded = false;
    CHECK(refusal() == "Socket service a.service not loaded, refusing.");
    socket.context.triggered.reset();
    CHECK(refusal() == "Socket service a.service not loaded, refusing.");
    socket.config->service.clear();
    CHECK(refusal() == "");
}

TEST_CASE("every event in every state is taken, and a dead socket has nothing open") {
    const std::vector<UnitEvent> events = {event::StartRequested{},
                                           event::StopRequested{},
                                           event::StartLimitHit{},
                                           event::Spawned{10},
                                           event::SpawnFailed{"x"},
                                           event::ProcessesGone{},
                                           event::SignalSent{true},
                                           event::SignalSent{false},
                                           event::TimedOut{},
                                           event::ResetFailed{},
                                           event::SocketsOpened{},
                                           event::SocketsOpened{"x"},
                                           event::SocketsWatched{},
                                           event::SocketsWatched{"x"},
                                           event::SocketsChowned{0},
                                           event::SocketsChowned{1},
                                           event::Incoming{0, {}},
                                           event::Incoming{0, "x"},
                                           event::ConnectionTaken{{}, true, 0, 0, {}},
                                           event::ConnectionTaken{"x"},
                                           event::InstanceRefused{"x", true},
                                           event::TriggeredChanged{},
                                           event::TriggerRefused{"x", "x"},
                                           event::CleanRequested{{"/a"}},
                                           event::ProcessExited{10, {CLD_EXITED, 0}, false},
                                           event::ReloadRequested{},
                                           event::ProcessExited{10, {CLD_KILLED, SIGKILL}, true},
                                           event::IdleReached{}};
    uint32_t random = 12345;
    for (int life = 0; life < 300; ++life) {
        SocketLife socket;
        socket.config->accept = life % 2 != 0;
        if (life % 3 == 0) socket.config->user = "daemon";
        for (size_t which = 0; which < socket_exec_command_count; ++which)
            if ((life >> which) % 3 == 0)
                socket.add_command(static_cast<SocketExecCommand>(which), "/bin/x");
        bool is_open = false;
        for (int step = 0; step < 60; ++step) {
            random = random * 1664525 + 1013904223;
            socket.context.now.monotonic += 1s;
            socket.send(events[(random >> 16) % events.size()]);
            if (socket.asks<action::OpenSockets>()) is_open = true;
            if (socket.asks<action::CloseSockets>()) is_open = false;
            bool is_new = socket.asks<action::StateChanged>();
            if (is_new && socket.machine.phase() == Phase::Down) CHECK(!is_open);
            if (socket.machine.phase() == Phase::Up) CHECK(is_open);
        }
    }
}

TEST_SUITE_END();
