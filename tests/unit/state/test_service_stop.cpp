#include <doctest/doctest.h>

#include "fake_world.hpp"

using namespace sctl;
using enum ServiceExecCommand;
using action::KillWhat;
using Signals = std::vector<KillWhat>;

TEST_SUITE_BEGIN("state");

TEST_CASE("a stop runs ExecStop, sends SIGTERM, runs ExecStopPost") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, Stop);
    add_command(config, StopPost);
    FakeWorld world(config);
    world.start();
    world.stop();
    CHECK(world.state() == ServiceState::Stop);
    world.exits(world.control());
    CHECK(world.state() == ServiceState::StopSigterm);
    bool terminated = world.signals == Signals{KillWhat::Terminate};
    CHECK(terminated);
    world.killed(world.main(), SIGTERM);
    CHECK(world.state() == ServiceState::StopPost);
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Dead);
    CHECK(world.result() == ServiceResult::Success);
    CHECK(world.files_removed == 1);
}

TEST_CASE("a failing ExecStop fails the unit, but it is stopped") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, Stop);
    FakeWorld world(config);
    world.start();
    world.stop();
    world.exits(world.control(), 1);
    world.killed(world.main(), SIGTERM);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::ExitCode);
}

TEST_CASE("a main process that ends by itself during ExecStop waits for it") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, Stop);
    FakeWorld world(config);
    world.start();
    world.stop();
    world.exits(world.main());
    CHECK(world.state() == ServiceState::Stop);
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Dead);
    CHECK(world.signals.empty());
}

TEST_CASE("SIGTERM that is ignored is followed by SIGKILL, and the unit has failed with timeout") {
    FakeWorld world(service_of_type(ServiceType::Simple));
    world.start();
    world.stop();
    world.advance(90s);
    CHECK(world.state() == ServiceState::StopSigkill);
    CHECK(world.logged("State 'stop-sigterm' timed out. Killing."));
    bool both = world.signals == Signals{KillWhat::Terminate, KillWhat::Kill};
    CHECK(both);
    world.killed(world.main(), SIGKILL);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::Timeout);
    CHECK(world.logged("Main process exited, code=killed, status=9/KILL"));
}

TEST_CASE("a process that survives SIGKILL does not hold the unit for ever") {
    FakeWorld world(service_of_type(ServiceType::Simple));
    world.start();
    world.stop();
    world.advance(90s);
    world.advance(90s);
    CHECK(world.logged("Processes still around after SIGKILL. Ignoring."));
    CHECK(world.state() == ServiceState::FinalSigterm);
    world.advance(90s);
    CHECK(world.state() == ServiceState::FinalSigkill);
    world.advance(90s);
    CHECK(world.logged("Processes still around after final SIGKILL. Entering failed mode."));
    CHECK(world.state() == ServiceState::Failed);
}

TEST_CASE("SendSIGKILL=no leaves processes alone after their time") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, StopPost);
    FakeWorld world(config);
    world.context.kill.send_sigkill = false;
    world.start();
    world.stop();
    world.advance(90s);
    CHECK(world.logged("State 'stop-sigterm' timed out. Skipping SIGKILL."));
    CHECK(world.state() == ServiceState::StopPost);
    world.exits(world.control());
    CHECK(world.state() == ServiceState::StopPost); // the main process is still waited for
    world.advance(90s);
    CHECK(world.state() == ServiceState::FinalSigterm);
    world.advance(90s);
    CHECK(world.logged("State 'final-sigterm' timed out. Skipping SIGKILL. Entering failed mode."));
    CHECK(world.state() == ServiceState::Failed);
    bool never_killed = world.signals == Signals{KillWhat::Terminate, KillWhat::Terminate};
    CHECK(never_killed);
}

TEST_CASE("what the main process leaves is told to end, then killed") {
    FakeWorld world(service_of_type(ServiceType::Simple));
    world.start();
    auto child = world.forks();
    world.stop();
    world.killed(world.main(), SIGTERM);
    CHECK(world.state() == ServiceState::FinalSigterm);
    world.advance(90s);
    CHECK(world.state() == ServiceState::FinalSigkill);
    world.killed(child, SIGKILL);
    CHECK(world.state() == ServiceState::Failed);
}

TEST_CASE("KillMode=mixed kills what the main process leaves without asking") {
    auto config = service_of_type(ServiceType::Simple);
    FakeWorld world(config);
    world.context.kill.kill_mode = KillConfig::Mode::Mixed;
    world.start();
    auto child = world.forks();
    world.stop();
    world.killed(world.main(), SIGTERM);
    CHECK(world.state() == ServiceState::FinalSigkill);
    world.killed(child, SIGKILL);
    CHECK(world.state() == ServiceState::Dead);
}

TEST_CASE("KillMode=process ends with the main process and spares the others") {
    auto config = service_of_type(ServiceType::Simple);
    FakeWorld world(config);
    world.context.kill.kill_mode = KillConfig::Mode::Process;
    world.start();
    world.forks();
    world.stop();
    CHECK(world.state() == ServiceState::StopSigterm);
    world.killed(world.main(), SIGTERM);
    CHECK(world.state() == ServiceState::Dead);
    CHECK(world.alive.size() == 1);
}

TEST_CASE("KillMode=none sends nothing and is dead at once") {
    auto config = service_of_type(ServiceType::Simple);
    FakeWorld world(config);
    world.context.kill.kill_mode = KillConfig::Mode::None;
    world.start();
    world.stop();
    CHECK(world.state() == ServiceState::Dead);
    CHECK(world.main() == 0);
}

TEST_CASE("where no process is left nobody is looked for") {
    FakeWorld world(service_of_type(ServiceType::Simple));
    world.start();
    world.exits(world.main());
    CHECK(world.state() == ServiceState::Dead);
    CHECK(world.signals.empty());
    CHECK_FALSE(world.passed_through(ServiceState::StopSigterm));
}

TEST_CASE("a restart's stop is told apart for RestartKillSignal") {
    FakeWorld world(service_of_type(ServiceType::Simple));
    world.start();
    world.context.restart_job = true;
    world.stop();
    bool as_restart = world.signals == Signals{KillWhat::Restart};
    CHECK(as_restart);
}

TEST_CASE("a stop during the start ends it") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, StartPre);
    add_command(config, StartPre);
    FakeWorld world(config);
    world.start();
    world.stop();
    CHECK(world.state() == ServiceState::StopSigterm);
    world.exits(world.control()); // ends well, but the next one is not run
    CHECK(world.state() == ServiceState::Dead);
    CHECK(world.spawns.size() == 1);
}

TEST_CASE("a oneshot that is stopped and ends well does not go on with its next command") {
    auto config = service_of_type(ServiceType::Oneshot);
    add_command(config, Start);
    FakeWorld world(config);
    world.start();
    world.stop();
    world.exits(world.main());
    CHECK(world.state() == ServiceState::Dead);
    CHECK(world.spawns.size() == 1);
}

TEST_CASE("a failing ExecStopPost fails the unit") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, StopPost);
    FakeWorld world(config);
    world.start();
    world.exits(world.main());
    world.exits(world.control(), 1);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::ExitCode);
}

TEST_CASE("the first failure is the result") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, StopPost);
    FakeWorld world(config);
    world.start();
    world.dumps_core(world.main());
    CHECK(world.logged("Main process exited, code=dumped, status=11/SEGV"));
    world.exits(world.control(), 1);
    CHECK(world.result() == ServiceResult::CoreDump);
    CHECK(world.cause.text == "main process exited, code=dumped, status=11/SEGV");
}

TEST_CASE("SuccessExitStatus makes statuses and signals clean, but no core dump") {
    auto config = service_of_type(ServiceType::Simple);
    config.success_exit_status.edit() = {.statuses = {7}, .signals = {SIGKILL}};
    FakeWorld world(config);
    world.start();
    world.exits(world.main(), 7);
    CHECK(world.state() == ServiceState::Dead);
    world.start();
    world.killed(world.main(), SIGKILL);
    CHECK(world.state() == ServiceState::Dead);
    world.start();
    world.dumps_core(world.main(), SIGKILL);
    CHECK(world.state() == ServiceState::Failed);
}

TEST_CASE("ExecStart with - never fails the unit") {
    auto config = service_of_type(ServiceType::Simple);
    config.exec[static_cast<size_t>(Start)][0].ignore_failure = true;
    FakeWorld world(config);
    world.start();
    world.exits(world.main(), 1);
    CHECK(world.state() == ServiceState::Dead);
    CHECK(world.status.main_exec.info.status == 1);
}

TEST_CASE("ExitType=cgroup runs until the last process has ended") {
    auto config = service_of_type(ServiceType::Simple);
    config.exit_type = ExitType::Cgroup;
    FakeWorld world(config);
    world.start();
    auto child = world.forks();
    world.exits(world.main());
    CHECK(world.state() == ServiceState::Running);
    world.exits(child);
    CHECK(world.state() == ServiceState::Dead);
}

TEST_CASE(
    "ExitType=cgroup with Type=exec is up though its first process ended before it was seen") {
    auto config = service_of_type(ServiceType::Exec);
    config.exit_type = ExitType::Cgroup;
    FakeWorld world(config);
    world.start();
    world.forks();
    world.exits(world.main());
    CHECK(world.state() == ServiceState::Running);
}

TEST_CASE("reset-failed makes a failed unit dead and forgets its result and counter") {
    FakeWorld world(service_of_type(ServiceType::Simple));
    world.start();
    world.exits(world.main(), 1);
    world.status.n_restarts = 3;
    world.send(event::ResetFailed{});
    CHECK(world.state() == ServiceState::Dead);
    CHECK(world.result() == ServiceResult::Success);
    CHECK(world.status.n_restarts == 0);
    CHECK(world.status.main_exec.info.status == 1); // still to be looked at
}

TEST_SUITE_END();
