#include <doctest/doctest.h>

#include "fake_world.hpp"

using namespace sctl;
using enum ServiceExecCommand;

TEST_SUITE_BEGIN("state");

TEST_CASE("Type=simple is running as soon as its process exists") {
    FakeWorld world(service_of_type(ServiceType::Simple));
    world.start();
    CHECK(world.state() == ServiceState::Running);
    CHECK(world.main() != 0);
    CHECK_FALSE(world.spawned().is_control);
    CHECK(world.directories_made == 1);
    CHECK_FALSE(world.timer); // no limit for the start, nor for the run
}

TEST_CASE("Type=dbus without a bus is as simple") {
    FakeWorld world(service_of_type(ServiceType::Dbus));
    world.start();
    CHECK(world.state() == ServiceState::Running);
}

TEST_CASE("a start that is asked for twice happens once") {
    FakeWorld world(service_of_type(ServiceType::Simple));
    world.start();
    world.start();
    CHECK(world.spawns.size() == 1);
}

TEST_CASE("ExecStartPre, ExecStart and ExecStartPost run one after the other") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, StartPre);
    add_command(config, StartPre);
    add_command(config, StartPost);
    FakeWorld world(config);
    world.start();
    CHECK(world.state() == ServiceState::StartPre);
    CHECK(world.spawned().is_control);
    world.exits(world.control());
    CHECK(world.state() == ServiceState::StartPre);
    CHECK(world.spawned().index == 1);
    world.exits(world.control());
    CHECK(world.state() == ServiceState::StartPost);
    CHECK(world.main() != 0);
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Running);
}

TEST_CASE("a failing ExecStartPre fails the start, and ExecStart does not run") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, StartPre);
    FakeWorld world(config);
    world.start();
    world.exits(world.control(), 1);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::ExitCode);
    CHECK(world.spawns.size() == 1);
    CHECK(world.logged("Control process exited, code=exited, status=1/FAILURE"));
    CHECK(world.logged("Failed with result 'exit-code'."));
    CHECK(world.cause.text == "ExecStartPre= process exited, code=exited, status=1/FAILURE");
}

TEST_CASE("a failing ExecStartPre with - does not matter") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, StartPre, true);
    FakeWorld world(config);
    world.start();
    world.exits(world.control(), 1);
    CHECK(world.state() == ServiceState::Running);
}

TEST_CASE("SIGTERM is no clean end of a command") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, StartPre);
    FakeWorld world(config);
    world.start();
    world.killed(world.control(), SIGTERM);
    CHECK(world.result() == ServiceResult::Signal);
    CHECK(world.logged("Control process exited, code=killed, status=15/TERM"));
}

TEST_CASE("a failing ExecStartPost stops the service") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, StartPost);
    FakeWorld world(config);
    world.start();
    world.exits(world.control(), 1);
    CHECK(world.state() == ServiceState::StopSigterm);
    world.killed(world.main(), SIGTERM);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::ExitCode);
}

TEST_CASE("a main process that ends during ExecStartPost is noticed after it") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, StartPost);
    FakeWorld world(config);
    world.start();
    world.exits(world.main(), 3);
    CHECK(world.state() == ServiceState::StartPost);
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::ExitCode);
}

TEST_CASE("ExecCondition with a status from 1 to 254 skips the service without failing it") {
    auto config = service_of_type(ServiceType::Simple);
    config.restart = Restart::Always;
    add_command(config, ServiceExecCommand::Condition);
    FakeWorld world(config);
    world.start();
    CHECK(world.state() == ServiceState::Condition);
    world.exits(world.control(), 254);
    CHECK(world.state() == ServiceState::Dead);
    CHECK(world.result() == ServiceResult::ExecCondition);
    CHECK(world.logged("Skipped due to 'exec-condition'."));
    CHECK_FALSE(world.logged("Failed with"));
}

TEST_CASE("ExecCondition fails the service with 255 or by a signal") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, ServiceExecCommand::Condition);
    FakeWorld world(config);
    world.start();
    world.exits(world.control(), 255);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::ExitCode);
    CHECK(world.logged("Condition check process exited, code=exited, status=255/EXCEPTION"));

    FakeWorld shot(config);
    shot.start();
    shot.killed(shot.control(), SIGKILL);
    CHECK(shot.state() == ServiceState::Failed);
    CHECK(shot.result() == ServiceResult::Signal);
}

TEST_CASE("ExecCondition with status 0 lets the start go on") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, ServiceExecCommand::Condition);
    FakeWorld world(config);
    world.start();
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Running);
}

TEST_CASE("Type=exec waits for execve") {
    FakeWorld world(service_of_type(ServiceType::Exec));
    world.start();
    CHECK(world.state() == ServiceState::Start);
    world.exec_succeeds();
    CHECK(world.state() == ServiceState::Running);
}

TEST_CASE("where execve fails, the start of Type=exec fails, that of Type=simple has succeeded") {
    FakeWorld world(service_of_type(ServiceType::Exec));
    world.start();
    world.exits(world.main(), 203);
    CHECK(world.state() == ServiceState::Failed);
    CHECK_FALSE(world.passed_through(ServiceState::Running));
    CHECK(world.logged("Main process exited, code=exited, status=203/EXEC"));

    FakeWorld simple(service_of_type(ServiceType::Simple));
    simple.start();
    simple.exits(simple.main(), 203);
    CHECK(simple.state() == ServiceState::Failed);
    CHECK(simple.passed_through(ServiceState::Running));
}

TEST_CASE("a fork that fails is Result=resources") {
    FakeWorld world(service_of_type(ServiceType::Simple));
    world.fork_fails = true;
    world.start();
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::Resources);
    CHECK(world.logged("Failed to run 'start' task: Cannot allocate memory"));
    CHECK(world.cause.text == "ExecStart= could not be started: Cannot allocate memory");
}

TEST_CASE("a fork that fails before ExecStart leaves nothing to stop") {
    for (auto which : {ServiceExecCommand::Condition, StartPre}) {
        auto config = service_of_type(ServiceType::Simple);
        add_command(config, which);
        add_command(config, which);
        FakeWorld world(config);
        world.fork_fails = true;
        world.start();
        CHECK(world.state() == ServiceState::Failed);
        CHECK(world.result() == ServiceResult::Resources);
        world.fork_fails = false;
        world.start();
        world.fork_fails = true;
        world.exits(world.control());
        CHECK(world.state() == ServiceState::Failed);
        CHECK(world.logged("Failed to run next control task: Cannot allocate memory"));
    }
}

TEST_CASE("a fork that fails for ExecStartPost stops the service") {
    auto config = service_of_type(ServiceType::Exec);
    add_command(config, StartPost);
    FakeWorld world(config);
    world.start();
    world.fork_fails = true;
    world.exec_succeeds();
    CHECK(world.state() == ServiceState::StopSigterm);
    CHECK(world.logged("Failed to run 'start-post' task: Cannot allocate memory"));
    world.killed(world.main(), SIGTERM);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::Resources);
}

TEST_CASE("a fork that fails for ExecReload keeps the service running") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, Reload);
    FakeWorld world(config);
    world.start();
    world.fork_fails = true;
    world.reload();
    CHECK(world.state() == ServiceState::Running);
    CHECK(world.status.reload_result == ServiceResult::Resources);
    CHECK(world.result() == ServiceResult::Success);
}

TEST_CASE("a fork that fails for ExecStop or ExecStopPost does not keep the service from ending") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, Stop);
    add_command(config, StopPost);
    FakeWorld world(config);
    world.start();
    world.fork_fails = true;
    world.stop();
    CHECK(world.state() == ServiceState::StopSigterm);
    world.killed(world.main(), SIGTERM);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.logged("Failed to run 'stop' task"));
    CHECK(world.logged("Failed to run 'stop-post' task"));
}

TEST_CASE("a fork that fails for a oneshot's second command stops it") {
    auto config = service_of_type(ServiceType::Oneshot);
    add_command(config, Start);
    FakeWorld world(config);
    world.start();
    world.fork_fails = true;
    world.exits(world.main());
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.logged("Failed to run next main task: Cannot allocate memory"));
}

TEST_CASE("a oneshot is activating until its last command has ended, then dead") {
    auto config = service_of_type(ServiceType::Oneshot);
    add_command(config, Start);
    FakeWorld world(config);
    world.start();
    CHECK(world.state() == ServiceState::Start);
    auto first = world.main();
    world.exits(first);
    CHECK(world.state() == ServiceState::Start);
    CHECK(world.main() != first);
    world.exits(world.main());
    CHECK(world.state() == ServiceState::Dead);
    CHECK(world.result() == ServiceResult::Success);
    CHECK(world.logged("Deactivated successfully."));
}

TEST_CASE("a oneshot's failing command ends it, unless it has -") {
    auto config = service_of_type(ServiceType::Oneshot);
    add_command(config, Start);
    FakeWorld world(config);
    world.start();
    world.exits(world.main(), 2);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.spawns.size() == 1);
    CHECK(world.logged("status=2/INVALIDARGUMENT"));

    config.exec[static_cast<size_t>(Start)][0].ignore_failure = true;
    FakeWorld lenient(config);
    lenient.start();
    lenient.exits(lenient.main(), 2);
    CHECK(lenient.spawns.size() == 2);
}

TEST_CASE("a oneshot with RemainAfterExit stays active after its process") {
    auto config = service_of_type(ServiceType::Oneshot);
    config.remain_after_exit = true;
    add_command(config, Stop);
    FakeWorld world(config);
    world.start();
    world.exits(world.main());
    CHECK(world.state() == ServiceState::Exited);
    world.stop();
    CHECK(world.state() == ServiceState::Stop);
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Dead);
}

TEST_CASE("a oneshot without ExecStart has no process, and is up with RemainAfterExit") {
    auto config = service_of_type(ServiceType::Oneshot);
    config.exec[static_cast<size_t>(Start)].clear();
    config.remain_after_exit = true;
    FakeWorld world(config);
    world.start();
    CHECK(world.state() == ServiceState::Exited);
    CHECK(world.passed_through(ServiceState::Start));
}

TEST_CASE("a oneshot killed by SIGTERM has failed, a daemon has not") {
    FakeWorld oneshot(service_of_type(ServiceType::Oneshot));
    oneshot.start();
    oneshot.killed(oneshot.main(), SIGTERM);
    CHECK(oneshot.result() == ServiceResult::Signal);

    for (int signal : {SIGHUP, SIGINT, SIGTERM, SIGPIPE}) {
        FakeWorld daemon(service_of_type(ServiceType::Simple));
        daemon.start();
        daemon.killed(daemon.main(), signal);
        CHECK(daemon.state() == ServiceState::Dead);
    }
}

TEST_CASE("Type=idle is active at once and starts its process when it is its turn") {
    FakeWorld world(service_of_type(ServiceType::Idle));
    world.start();
    CHECK(world.waiting_idle);
    CHECK(world.spawns.empty());
    CHECK((active_state(world.state(), world.config.type) == ActiveState::Active));
    world.send(event::IdleReached{});
    CHECK(world.state() == ServiceState::Running);
    world.send(event::IdleReached{});
    CHECK(world.spawns.size() == 1);
}

TEST_CASE("Type=idle that is stopped before its turn never runs") {
    FakeWorld world(service_of_type(ServiceType::Idle));
    world.start();
    world.stop();
    CHECK(world.state() == ServiceState::Dead);
    world.send(event::IdleReached{});
    CHECK(world.spawns.empty());
}

TEST_CASE("a reload runs ExecReload and keeps the service running, also where it fails") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, Reload);
    FakeWorld world(config);
    world.start();
    auto main = world.main();
    world.reload();
    CHECK(world.state() == ServiceState::Reload);
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Running);
    CHECK(world.status.reload_result == ServiceResult::Success);
    world.reload();
    world.exits(world.control(), 1);
    CHECK(world.state() == ServiceState::Running);
    CHECK(world.status.reload_result == ServiceResult::ExitCode);
    CHECK(world.result() == ServiceResult::Success);
    CHECK(world.main() == main);
}

TEST_CASE("a main process that ends during its reload is noticed after it") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, Reload);
    FakeWorld world(config);
    world.start();
    world.reload();
    world.exits(world.main(), 1);
    CHECK(world.state() == ServiceState::Reload);
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Failed);
}

TEST_CASE("a start that comes too often fails with start-limit-hit, or keeps an earlier failure") {
    FakeWorld world(service_of_type(ServiceType::Simple));
    world.send(event::StartLimitHit{});
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::StartLimitHit);
    CHECK(world.logged("Start request repeated too quickly."));

    FakeWorld failed(service_of_type(ServiceType::Simple));
    failed.start();
    failed.exits(failed.main(), 1);
    failed.send(event::StartLimitHit{});
    CHECK(failed.result() == ServiceResult::ExitCode);
    CHECK(failed.cause.text == "start request repeated too quickly");
}

TEST_CASE("with SendSIGKILL=no a service is not started beside what an earlier run left") {
    auto config = service_of_type(ServiceType::Simple);
    FakeWorld world(config);
    world.context.kill.send_sigkill = false;
    world.start();
    world.forks();
    world.stop();
    world.killed(world.main(), SIGTERM);
    world.advance(200s); // the other one ignores SIGTERM
    CHECK(world.state() == ServiceState::Failed);
    world.start();
    CHECK(world.spawns.size() == 1);
    CHECK(world.result() == ServiceResult::Resources);
}

TEST_CASE("what a former manager has started is running, whatever its type") {
    for (auto type : {ServiceType::Simple, ServiceType::Forking, ServiceType::Notify}) {
        FakeWorld world(service_of_type(type));
        pid_t pid = world.forks();
        world.send(event::FoundRunning{pid, true});
        CHECK(world.state() == ServiceState::Running);
        CHECK(world.main() == pid);
        CHECK(world.status.main_pid_alien);
        world.stop();
        world.exits(pid);
        CHECK(world.state() == ServiceState::Dead);
        CHECK(world.result() == ServiceResult::Success);
    }
}

TEST_CASE("what runs already is not found a second time") {
    FakeWorld world(service_of_type(ServiceType::Simple));
    world.start();
    pid_t pid = world.main();
    world.send(event::FoundRunning{pid + 1, true});
    CHECK(world.main() == pid);
}

TEST_SUITE_END();
