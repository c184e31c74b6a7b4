// What goes wrong beside a unit's own doing: processes that cannot be made, a reload in the middle
// of a transaction, a unit that goes while something is still under way with it.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>

#include "base/log.hpp"
#include "manager/unit_hold.hpp"
#include "manager_world.hpp"
#include "os/spawn.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("manager");

namespace {

// Makes a process of the kind that is asked for, but for the first `failures` times.
struct FailingStarter {
    int failures = 0, code = EAGAIN, asked = 0;

    Result<Spawned> operator()(const Placement& placement) {
        ++asked;
        if (failures > 0) {
            --failures;
            return errno_error("Failed to fork", code);
        }
        ExecPlan plan;
        plan.executables = {"/bin/sleep"};
        plan.arguments = {"sleep", "1000"};
        plan.tag = placement.tag;
        plan.cgroup = placement.cgroup.get();
        return spawn(std::move(plan));
    }
};

// A world whose a.service is started by `starter`.
struct StarterWorld : ManagerWorld {
    StarterWorld(FailingStarter& starter, const std::string& settings)
        : ManagerWorld([&starter, settings](Manager& manager) {
              manager.add_transient(
                  "a.service", "[Service]\nExecStart=/bin/sleep 1000\n" + settings,
                  [&starter](const Placement& placement) { return starter(placement); });
          }) {}
};

void await_zombie(pid_t pid) {
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
}

std::string log_lines;
void keep_line(LogLevel, std::string_view text) {
    log_lines += text;
    log_lines += '\n';
}

} // namespace

TEST_CASE("a process that cannot be made fails that start for want of resources, and no other") {
    for (int code : {EAGAIN, EMFILE, ENOMEM}) {
        FailingStarter starter{.failures = 1, .code = code};
        StarterWorld world(starter, "");
        world.write("b.service", "[Service]\nExecStart=/bin/sleep 1000\n");
        CHECK(world.start("a.service"));
        const Unit& unit = world.unit("a.service");
        CHECK(unit.active == ActiveState::Failed);
        CHECK(service_status(unit).result == ServiceResult::Resources);
        CHECK(unit.cause.text.find(strerror(code)) != std::string::npos);
        CHECK(world.start("b.service"));
        CHECK(world.sub_state("b.service") == "running");
        CHECK(world.start("a.service"));
        CHECK(world.sub_state("a.service") == "running");
        CHECK(starter.asked == 2);
    }
}

TEST_CASE("a process that cannot be made is tried again by Restart=") {
    FailingStarter starter{.failures = 3, .code = EAGAIN};
    StarterWorld world(starter, "Restart=on-failure\nRestartSec=0\n");
    REQUIRE(world.ask(JobType::Start, "a.service").empty());
    REQUIRE(world.run_until([&] { return world.sub_state("a.service") == "running"; }));
    CHECK(starter.asked == 4);
    CHECK(service_status(world.unit("a.service")).n_restarts == 3);
}

TEST_CASE("a start limit ends the tries of a process that can never be made") {
    FailingStarter starter{.failures = 1000, .code = EAGAIN};
    StarterWorld world(starter, "Restart=always\nRestartSec=0\n");
    REQUIRE(world.ask(JobType::Start, "a.service").empty());
    REQUIRE(world.run_until([&] {
        return world.state("a.service") == ActiveState::Failed && world.manager().jobs().empty();
    }));
    CHECK(starter.asked == 5);
    CHECK(world.output.said("Start request repeated too quickly"));
}

TEST_CASE("a reload that takes away an order lets the job run that waited by it") {
    ManagerWorld world;
    world.write("slow.service", "[Service]\nType=oneshot\nExecStart=/bin/sleep 1000\n");
    world.write("next.service",
                "[Unit]\nWants=slow.service\nAfter=slow.service\n[Service]\nExecStart=/bin/sleep "
                "1000\n");
    REQUIRE(world.ask(JobType::Start, "next.service").empty());
    REQUIRE(world.run_until([&] { return world.sub_state("slow.service") == "start"; }));
    CHECK(world.state("next.service") == ActiveState::Inactive);
    world.write("next.service", "[Service]\nExecStart=/bin/sleep 1000\n");
    world.reload();
    CHECK(world.run_until([&] { return world.sub_state("next.service") == "running"; }));
    CHECK(world.sub_state("slow.service") == "start");
}

TEST_CASE("a reload keeps the jobs that wait, and an order that it brings holds for them") {
    ManagerWorld world;
    world.write("slow.service", "[Service]\nType=oneshot\nExecStart=/bin/sleep 0.3\n");
    world.write("gate.service", "[Service]\nType=oneshot\nExecStart=/bin/sleep 0.1\n");
    world.write("next.service",
                "[Unit]\nWants=slow.service gate.service\nAfter=gate.service\n[Service]\n"
                "ExecStart=/bin/sleep 1000\n");
    REQUIRE(world.ask(JobType::Start, "next.service").empty());
    REQUIRE(world.run_until([&] { return world.sub_state("slow.service") == "start"; }));
    size_t before = world.manager().jobs().size();
    world.write("next.service",
                "[Unit]\nWants=slow.service gate.service\nAfter=gate.service slow.service\n"
                "[Service]\nExecStart=/bin/sleep 1000\n");
    world.reload();
    CHECK(world.manager().jobs().size() == before);
    UnitHold slow(world.manager(), world.unit("slow.service").id);
    REQUIRE(world.settle());
    CHECK(world.sub_state("next.service") == "running");
    CHECK(world.unit("next.service").inactive_exit.monotonic >=
          world.unit("slow.service").inactive_enter.monotonic);
}

TEST_CASE("a unit whose file is gone after a reload still ends its job and its process") {
    ManagerWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/sleep 1000\nExecStop=/bin/sleep 0.1\n");
    REQUIRE(world.start("a.service"));
    pid_t pid = service_status(world.unit("a.service")).main_pid;
    REQUIRE(world.ask(JobType::Stop, "a.service").empty());
    world.manager().run_events();
    unlink((world.files.path() + "/etc/systemd/system/a.service").c_str());
    world.reload();
    REQUIRE(world.settle());
    CHECK(kill(pid, 0) < 0);
    CHECK(world.run_until([&] { return !world.knows("a.service"); }));
}

TEST_CASE("a unit that goes before its last processes are signalled leaves its successor alone") {
    log_lines.clear();
    auto former = set_log_sink(keep_line);
    {
        ManagerWorld world;
        world.write("a.service", "[Service]\nExecStart=/bin/sleep 1000\n");
        world.write("b.service", "[Service]\nExecStart=/bin/sleep 1000\n");
        world.write("c.service", "[Service]\nExecStart=/bin/sleep 1000\n");
        REQUIRE(world.start("c.service")); // keeps what both others refer to
        REQUIRE(world.start("a.service"));
        UnitId gone = world.unit("a.service").id;
        pid_t pid = service_status(world.unit("a.service")).main_pid;
        REQUIRE(world.ask(JobType::Stop, "a.service").empty());
        world.manager().run_events(); // its other processes are to be told at the end of the turn
        await_zombie(pid);
        world.manager().reap(); // before the loop has turned
        REQUIRE(!world.manager().exists(gone));
        UnitId heir = world.unit("b.service").id;
        CHECK(place_of(heir) == place_of(gone));
        REQUIRE(world.ask(JobType::Start, "b.service").empty());
        world.manager().run_events();
        pid_t next = service_status(world.unit("b.service")).main_pid;
        for (int i = 0; i < 10; ++i) world.loop.run_once(1ms);
        CHECK(kill(next, 0) == 0);
        CHECK(world.settle());
        CHECK(world.sub_state("b.service") == "running");
    }
    set_log_sink(former);
    CHECK(log_lines == "");
}

TEST_CASE("a failed unit that is merged into another counts no more") {
    ManagerWorld world;
    world.write("old.service", "[Service]\nExecStart=/bin/false\n");
    world.write("real.service", "[Service]\nExecStart=/bin/sleep 1000\n");
    REQUIRE(world.start("real.service"));
    REQUIRE(world.ask(JobType::Start, "old.service").empty());
    REQUIRE(world.run_until([&] { return world.state("old.service") == ActiveState::Failed; }));
    CHECK(world.manager().failed_count() == 1);
    auto path = world.files.path() + "/etc/systemd/system/old.service";
    unlink(path.c_str());
    REQUIRE(symlink("real.service", path.c_str()) == 0);
    world.reload();
    REQUIRE(world.unit("old.service").name().str() == "real.service");
    CHECK(world.manager().failed_count() == 0);
    CHECK(world.manager().state() != SystemState::Degraded);
}

TEST_CASE("who held a unit that was merged into another holds that one, and can let go of it") {
    ManagerWorld world;
    world.write("real.service", "[Unit]\nAfter=other.service\n[Service]\nExecStart=/bin/sleep 9\n");
    REQUIRE(world.start("real.service"));
    {
        std::optional<UnitHold> hold;
        hold.emplace(world.manager(), world.manager().find("other.service")->id);
        world.files.link("/etc/systemd/system/other.service", "real.service");
        (void)world.manager().load("nosuch.service"); // what makes us look at the disk
        REQUIRE(world.manager().find("other.service") == world.manager().find("real.service"));
        REQUIRE(world.stop("real.service"));
        CHECK(world.knows("real.service"));
    }
    world.manager().run_events();
    CHECK(!world.knows("real.service"));
    // And nothing of it is left under the other name.
    CHECK(!world.knows("other.service"));
    auto again = world.manager().load("other.service");
    REQUIRE(again);
    CHECK((*again)->name().str() == "real.service");
}

TEST_SUITE_END();
