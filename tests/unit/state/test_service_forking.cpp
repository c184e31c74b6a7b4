#include <doctest/doctest.h>

#include "fake_world.hpp"

using namespace sctl;
using enum ServiceExecCommand;

TEST_SUITE_BEGIN("state");

namespace {

ServiceConfig forking_with_pid_file() {
    auto config = service_of_type(ServiceType::Forking);
    config.pid_file = "/run/main.pid";
    return config;
}

} // namespace

TEST_CASE("Type=forking is up when its command has ended, with the process it left as main") {
    FakeWorld world(service_of_type(ServiceType::Forking));
    world.start();
    CHECK(world.state() == ServiceState::Start);
    CHECK(world.main() == 0);
    auto daemon = world.forks();
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Running);
    CHECK(world.main() == daemon);
    world.exits(daemon);
    CHECK(world.state() == ServiceState::Dead);
}

TEST_CASE("Type=forking whose command fails has failed") {
    FakeWorld world(service_of_type(ServiceType::Forking));
    world.start();
    world.exits(world.control(), 1);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.logged("Control process exited, code=exited, status=1/FAILURE"));
}

TEST_CASE("where the main process cannot be guessed the service runs until nobody is left") {
    FakeWorld world(service_of_type(ServiceType::Forking));
    world.start();
    auto one = world.forks(), other = world.forks();
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Running);
    CHECK(world.main() == 0);
    world.exits(one, 1);
    CHECK(world.state() == ServiceState::Running);
    world.exits(other, 1);
    CHECK(world.state() == ServiceState::Dead); // nobody knows whose status counts
}

TEST_CASE("GuessMainPID=no guesses nothing") {
    auto config = service_of_type(ServiceType::Forking);
    config.guess_main_pid = false;
    FakeWorld world(config);
    world.start();
    world.forks();
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Running);
    CHECK(world.main() == 0);
}

TEST_CASE("Type=forking that leaves no process is over, or has remained") {
    FakeWorld world(service_of_type(ServiceType::Forking));
    world.start();
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Dead);

    auto config = service_of_type(ServiceType::Forking);
    config.remain_after_exit = true;
    FakeWorld remaining(config);
    remaining.start();
    remaining.exits(remaining.control());
    CHECK(remaining.state() == ServiceState::Exited);
}

TEST_CASE("PIDFile says which process is the main one") {
    FakeWorld world(forking_with_pid_file());
    world.start();
    world.forks();
    auto daemon = world.forks();
    world.writes_pid_file(daemon);
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Running);
    CHECK(world.main() == daemon);
}

TEST_CASE("a PID file that comes late is waited for") {
    FakeWorld world(forking_with_pid_file());
    world.start();
    auto daemon = world.forks();
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Start);
    CHECK(world.watching_pid_file);
    CHECK(world.logged(
        "Can't open PID file /run/main.pid (yet?) after start: No such file or directory"));
    world.send(event::PidFileChanged{}); // of something else in the directory
    CHECK(world.state() == ServiceState::Start);
    world.writes_pid_file(daemon);
    CHECK(world.state() == ServiceState::Running);
    CHECK(world.main() == daemon);
}

TEST_CASE("a PID file that never comes ends with the start's time limit") {
    FakeWorld world(forking_with_pid_file());
    world.start();
    auto daemon = world.forks();
    world.exits(world.control());
    world.advance(90s);
    CHECK(world.logged("start operation timed out. Terminating."));
    CHECK(world.state() == ServiceState::StopSigterm);
    world.killed(daemon, SIGTERM);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::Timeout);
}

TEST_CASE("a daemon that ends before it writes its PID file is a protocol failure") {
    FakeWorld world(forking_with_pid_file());
    world.start();
    auto daemon = world.forks();
    world.exits(world.control());
    world.exits(daemon);
    CHECK(world.logged("Daemon never wrote its PID file. Failing."));
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::Protocol);
}

TEST_CASE("a PID file is not waited for where nobody is left to write it") {
    FakeWorld world(forking_with_pid_file());
    world.start();
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::Protocol);
}

TEST_CASE("a watch for the PID file that cannot be had is Result=resources") {
    FakeWorld world(forking_with_pid_file());
    world.start();
    auto daemon = world.forks();
    world.exits(world.control());
    world.send(event::PidFileWatchFailed{"Too many open files"});
    CHECK(world.logged("Failed to set a watch for PID file /run/main.pid: Too many open files"));
    world.killed(daemon, SIGTERM);
    CHECK(world.result() == ServiceResult::Resources);
}

TEST_CASE("ExecStartPost may write the PID file") {
    auto config = forking_with_pid_file();
    add_command(config, StartPost);
    FakeWorld world(config);
    world.start();
    auto daemon = world.forks();
    world.exits(world.control());
    CHECK(world.state() == ServiceState::StartPost);
    world.writes_pid_file(daemon);
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Running);
    CHECK(world.main() == daemon);
}

TEST_CASE("after ExecStartPost a late PID file is waited for, too") {
    auto config = forking_with_pid_file();
    add_command(config, StartPost);
    FakeWorld world(config);
    world.start();
    auto daemon = world.forks();
    world.exits(world.control());
    world.exits(world.control());
    CHECK(world.state() == ServiceState::StartPost);
    CHECK(world.logged("(yet?) after start-post"));
    world.writes_pid_file(daemon);
    CHECK(world.state() == ServiceState::Running);
}

TEST_CASE("a daemon that moves to another process and says so in its PID file lives on") {
    FakeWorld world(forking_with_pid_file());
    world.start();
    auto daemon = world.forks();
    world.writes_pid_file(daemon);
    world.exits(world.control());
    auto next = world.forks();
    world.writes_pid_file(next);
    world.exits(daemon, 1);
    CHECK(world.state() == ServiceState::Running);
    CHECK(world.main() == next);
    CHECK(world.logged("Main PID changing: "));
    world.exits(next, 1);
    CHECK(world.state() == ServiceState::Failed);
}

TEST_CASE("a PID file that names the process that has ended changes nothing") {
    FakeWorld world(forking_with_pid_file());
    world.start();
    auto daemon = world.forks();
    world.writes_pid_file(daemon);
    world.exits(world.control());
    world.exits(daemon, 1);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::ExitCode);
}

TEST_CASE("a PID file that names no process of the service is not believed") {
    struct Row {
        pid_t pid;
        bool alive, belongs, owned_by_root, safe_path;
        std::string_view says;
    };
    const Row table[] = {
        {1, true, true, true, true, "is the manager, refusing."},
        {4000, false, true, true, true, "New main PID 4000 does not exist or is a zombie."},
        {4000, true, false, false, true,
         "New main PID 4000 does not belong to service, and PID file is not owned by root. "
         "Refusing."},
        {4000, true, false, true, false, "Refusing to accept PID outside of service control group"},
    };
    for (const auto& row : table) {
        FakeWorld world(forking_with_pid_file());
        world.start();
        world.forks();
        event::PidFileRead read{row.pid};
        read.alive = row.alive;
        read.belongs = row.belongs;
        read.owned_by_root = row.owned_by_root;
        read.safe_path = row.safe_path;
        world.pid_file = read;
        world.exits(world.control());
        CHECK(world.state() == ServiceState::Start);
        CHECK(world.main() == 0);
        CHECK(world.logged(row.says));
    }
}

TEST_CASE(
    "a PID file of root's may name a process of another, which is then supervised as an alien") {
    FakeWorld world(forking_with_pid_file());
    world.start();
    world.forks();
    event::PidFileRead read{4000};
    read.alien = true;
    read.belongs = false;
    world.pid_file = read;
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Running);
    CHECK(world.main() == 4000);
    CHECK(world.logged("Supervising process 4000 which is not our child."));
}

TEST_CASE("an alien main process is over when nobody is left") {
    FakeWorld world(forking_with_pid_file());
    world.start();
    event::PidFileRead read{world.forks()};
    read.alien = true;
    world.pid_file = read;
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Running);
    world.alive.clear();
    world.send(event::ProcessesGone{});
    CHECK(world.state() == ServiceState::Dead);
}

TEST_CASE("after a reload the PID file is read again") {
    auto config = forking_with_pid_file();
    add_command(config, Reload);
    FakeWorld world(config);
    world.start();
    world.writes_pid_file(world.forks());
    world.exits(world.control());
    world.reload();
    auto next = world.forks();
    world.writes_pid_file(next);
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Running);
    CHECK(world.main() == next);
}

TEST_CASE("ExecStart with - spares the daemon that it left") {
    auto config = service_of_type(ServiceType::Forking);
    config.exec[static_cast<size_t>(Start)][0].ignore_failure = true;
    FakeWorld world(config);
    world.start();
    auto daemon = world.forks();
    world.exits(world.control(), 1);
    CHECK(world.state() == ServiceState::Running);
    world.exits(daemon, 1);
    CHECK(world.state() == ServiceState::Dead);
}

TEST_SUITE_END();
