#include "manager/manager.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>

#include "manager/unit_hold.hpp"
#include "manager_world.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("manager");

TEST_CASE("a simple service is started, found running, and stopped") {
    ManagerWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/sleep 1000\n");
    REQUIRE(world.start("a.service"));
    UnitHold hold(world.manager(), world.unit("a.service").id);
    Unit& unit = world.unit("a.service");
    CHECK(unit.active == ActiveState::Active);
    CHECK(service_status(unit).main_pid > 0);
    CHECK(kill(service_status(unit).main_pid, 0) == 0);
    CHECK(world.output.said("Started a.service"));
    REQUIRE(world.stop("a.service"));
    CHECK(unit.active == ActiveState::Inactive);
    CHECK(world.output.said("Stopped a.service"));
}

TEST_CASE("the slices and the root mount are there from the start and cannot be stopped") {
    ManagerWorld world;
    world.write("a@.service", "[Service]\nExecStart=/bin/sleep 1000\n");
    for (auto name : {"-.slice", "system.slice", "init.scope", "-.mount"}) {
        CHECK(world.unit(name).active == ActiveState::Active);
        CHECK_FALSE(world.stop(name));
    }
    CHECK(world.unit("-.mount").sub_state() == "mounted");
    REQUIRE(world.start("a@x.service"));
    CHECK(world.unit("system-a.slice").active == ActiveState::Active);
    REQUIRE(world.stop("system-a.slice"));
    CHECK(world.unit("a@x.service").active == ActiveState::Inactive);
}

TEST_CASE("reset-failed without units lets all start as often as at first") {
    ManagerWorld world;
    world.write("a.service",
                "[Unit]\nStartLimitBurst=1\n[Service]\nType=oneshot\nExecStart=/bin/true\n");
    REQUIRE(world.start("a.service"));
    world.manager().reset_failed_all();
    REQUIRE(world.start("a.service"));
    CHECK(service_status(world.unit("a.service")).result == ServiceResult::Success);
}

TEST_CASE("a start forgets the runs of the commands before it") {
    ManagerWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/sleep 1000\nExecStop=/bin/true\n");
    REQUIRE(world.start("a.service"));
    UnitHold hold(world.manager(), world.unit("a.service").id);
    REQUIRE(world.stop("a.service"));
    const ProcessRun* run = process_run(world.unit("a.service"));
    CHECK(run->record(ServiceExecCommand::Stop, 0));
    REQUIRE(world.start("a.service"));
    CHECK_FALSE(run->record(ServiceExecCommand::Stop, 0));
    CHECK(run->record(ServiceExecCommand::Start, 0));
}

TEST_CASE("JobTimeoutAction= ends the system when the job is not done in time") {
    ManagerWorld world;
    world.write("a.service",
                "[Unit]\nJobTimeoutSec=20ms\nJobTimeoutAction=exit-force\n[Service]\n"
                "Type=oneshot\nExecStart=/bin/sleep 1000\n");
    CHECK(world.start("a.service"));
    CHECK(world.run_until([&] { return world.manager().objective() == Objective::Exit; }));
}

TEST_CASE("a service whose program is missing fails with 203 and says so") {
    ManagerWorld world;
    world.write("a.service", "[Service]\nExecStart=/nonexistent/program\n");
    CHECK(world.start("a.service"));
    CHECK(world.run_until([&] { return world.unit("a.service").active == ActiveState::Failed; }));
    CHECK(service_status(world.unit("a.service")).main_exec.info.status == 203);
    CHECK(world.output.said(
        "Failed at step EXEC spawning /nonexistent/program: No such file or directory"));
}

TEST_CASE("dependencies start first and a failure is told with its cause") {
    ManagerWorld world;
    world.write(
        "a.service",
        "[Unit]\nRequires=b.service\nAfter=b.service\n[Service]\nExecStart=/bin/sleep 1000\n");
    world.write("b.service", "[Service]\nType=oneshot\nExecStart=/bin/false\n");
    CHECK(world.start("a.service"));
    CHECK(world.unit("a.service").active == ActiveState::Inactive);
    CHECK(world.unit("b.service").active == ActiveState::Failed);
    for (auto line :
         {"Starting b.service...", "Failed to start b.service.", "Dependency failed for a.service.",
          "a.service: Job a.service/start failed with result 'dependency'.",
          "a.service: The cause is b.service: main process exited, code=exited, status=1/FAILURE."})
        CHECK(std::ranges::count(world.output.lines, line) == 1);
}

TEST_CASE("the log says in systemd's words what begins and what has ended") {
    ManagerWorld world;
    world.write("a.service",
                "[Unit]\nDescription=A\n[Service]\nExecStart=/bin/sleep 1000\n"
                "ExecReload=/bin/true\n");
    world.write("b.service", "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n");
    auto lines_of = [&](JobType type, std::string_view name) {
        world.output.lines.clear();
        REQUIRE(world.ask(type, name).empty());
        REQUIRE(world.settle());
        return world.output.lines;
    };
    using Lines = std::vector<std::string>;
    // After the targets that all services wait for.
    CHECK(lines_of(JobType::Start, "a.service").back() == "Started a.service - A.");
    CHECK(lines_of(JobType::Reload, "a.service") ==
          Lines{"Reloading a.service - A...", "Reloaded a.service - A."});
    CHECK(lines_of(JobType::Restart, "a.service") ==
          Lines{"Stopping a.service - A...", "a.service: Deactivated successfully.",
                "Stopped a.service - A.", "Started a.service - A."});
    CHECK(lines_of(JobType::Stop, "a.service") == Lines{"Stopping a.service - A...",
                                                        "a.service: Deactivated successfully.",
                                                        "Stopped a.service - A."});
    CHECK(lines_of(JobType::Start, "b.service") ==
          Lines{"Starting b.service...", "Finished b.service."});
    CHECK(lines_of(JobType::Stop, "b.service") ==
          Lines{"b.service: Deactivated successfully.", "Stopped b.service."});
    CHECK(lines_of(JobType::Stop, "b.service").empty());
}

TEST_CASE("a daemon that forks twice belongs to its service and is stopped with it") {
    ManagerWorld world;
    world.write("a.service",
                "[Service]\nType=forking\nGuessMainPID=no\nExecStart=/bin/sh -c 'setsid env -i "
                "/bin/sh -c \"/bin/sleep 1000 & /bin/sleep 1000 & exit\" & exit 0'\n");
    REQUIRE(world.start("a.service"));
    UnitHold hold(world.manager(), world.unit("a.service").id);
    Unit& unit = world.unit("a.service");
    CHECK(world.run_until(
        [&] { return world.manager().processes().processes_of(unit.run->owner()).size() == 2; }));
    REQUIRE(world.stop("a.service"));
    CHECK(world.manager().processes().processes_of(unit.run->owner()).empty());
}

TEST_CASE("files that came late are looked for once in what happens at one time") {
    ManagerWorld world;
    world.write("a.service", "[Unit]\nWants=late.service\n[Service]\nExecStart=/bin/true\n");
    world.unit("a.service");
    {
        auto look = world.manager().look_once();
        CHECK(world.unit("late.service").loaded.load_state == LoadState::NotFound);
        world.write("late.service", "[Service]\nExecStart=/bin/true\n");
        auto inner = world.manager().look_once();
        CHECK(world.unit("late.service").loaded.load_state == LoadState::NotFound);
    }
    CHECK(world.unit("late.service").loaded.load_state == LoadState::Loaded);
}

TEST_CASE("Restart=always starts a killed service again") {
    ManagerWorld world;
    world.write("a.service",
                "[Service]\nExecStart=/bin/sleep 1000\nRestart=always\nRestartSec=0\n");
    REQUIRE(world.start("a.service"));
    pid_t first = service_status(world.unit("a.service")).main_pid;
    kill(first, SIGKILL);
    CHECK(world.run_until([&] {
        pid_t now = service_status(world.unit("a.service")).main_pid;
        return now > 0 && now != first && world.sub_state("a.service") == "running";
    }));
    CHECK(service_status(world.unit("a.service")).n_restarts == 1);
}

TEST_CASE("READY=1 of the main process ends the start of Type=notify") {
    ManagerWorld world;
    world.write(
        "a.service",
        "[Service]\nType=notify\nNotifyAccess=all\nTimeoutStartSec=10\nExecStart=/usr/bin/env "
        "python3 -c "
        "'import os,socket,time; s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); "
        "s.sendto(b\"READY=1\\\\nSTATUS=up\", os.environ[\"NOTIFY_SOCKET\"]); time.sleep(1000)'\n");
    REQUIRE(world.start("a.service"));
    CHECK(world.sub_state("a.service") == "running");
    CHECK(service_status(world.unit("a.service")).status_text == "up");
}

TEST_CASE("a condition that does not hold skips the unit and the job is done") {
    ManagerWorld world;
    world.write("a.service",
                "[Unit]\nConditionPathExists=/nonexistent\n[Service]\nExecStart=/bin/sleep 1000\n");
    CHECK(world.start("a.service"));
    CHECK(world.unit("a.service").active == ActiveState::Inactive);
    CHECK(!world.unit("a.service").condition_result);
    CHECK(world.output.said(
        "was skipped because of an unmet condition check (ConditionPathExists=/nonexistent)"));
}

TEST_CASE(
    "no descriptor left for its output fails that start, and another unit starts afterwards") {
    ManagerWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/sleep 1000\n");
    world.output.fail_with = EMFILE;
    CHECK(world.start("a.service"));
    CHECK(world.unit("a.service").active == ActiveState::Failed);
    CHECK(service_status(world.unit("a.service")).result == ServiceResult::Resources);
    world.output.fail_with = 0;
    REQUIRE(world.start("a.service"));
    CHECK(world.unit("a.service").active == ActiveState::Active);
}

TEST_CASE("daemon-reload reads changed files and leaves processes alone") {
    ManagerWorld world;
    world.write("a.service", "[Unit]\nDescription=First\n[Service]\nExecStart=/bin/sleep 1000\n");
    REQUIRE(world.start("a.service"));
    pid_t pid = service_status(world.unit("a.service")).main_pid;
    world.write("a.service", "[Unit]\nDescription=Second\n[Service]\nExecStart=/bin/sleep 1000\n");
    world.manager().reload();
    CHECK(world.unit("a.service").description() == "Second");
    CHECK(service_status(world.unit("a.service")).main_pid == pid);
}

TEST_CASE("a unit that is not there is forgotten again") {
    ManagerWorld world;
    size_t before = 0;
    (void)world.unit("first.service");
    world.settle();
    for (const auto& unit : world.manager().units()) before += unit != nullptr;
    for (int i = 0; i < 100; ++i) (void)world.unit("nosuch" + std::to_string(i) + ".service");
    world.manager().run_events();
    size_t after = 0;
    for (const auto& unit : world.manager().units()) after += unit != nullptr;
    CHECK(after <= before);
}

TEST_CASE("a target is reached after what it wants, unless one of them says otherwise") {
    ManagerWorld world;
    world.write("all.target", "[Unit]\nWants=slow.service\n");
    world.write("slow.service",
                "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 0.1\n");
    REQUIRE(world.start("all.target"));
    CHECK(world.unit("all.target").active_enter.monotonic >
          world.unit("slow.service").active_enter.monotonic);
}

TEST_CASE("a start of what runs already is done and says nothing") {
    ManagerWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/sleep 1000\n");
    REQUIRE(world.start("a.service"));
    size_t lines = world.output.lines.size();
    REQUIRE(world.start("a.service"));
    CHECK(world.output.lines.size() == lines);
}

TEST_SUITE_END();
