// What must hold all the time, and what a daemon-reload makes of it.
#include <doctest/doctest.h>

#include <algorithm>

#include "manager/manager.hpp"
#include "manager_world.hpp"

using namespace sctl;

namespace {

struct StandingWorld : ManagerWorld {
    void write_service(std::string_view name, std::string_view unit_section = "") {
        write(name, std::string("[Unit]\n") + std::string(unit_section) +
                        "[Service]\nExecStart=/bin/sleep 1000\n");
    }
    bool runs(std::string_view name) { return state(name) == ActiveState::Active; }
    bool reload_and_settle() {
        reload();
        return settle();
    }
};

} // namespace

TEST_SUITE_BEGIN("standing");

TEST_CASE("StopWhenUnneeded= waits for the last of those that need the unit") {
    StandingWorld world;
    world.write_service("shared.service", "StopWhenUnneeded=yes\n");
    world.write_service("a.service", "Wants=shared.service\n");
    world.write_service("b.service", "Requires=shared.service\n");
    world.write_service("c.service", "Requisite=shared.service\n");
    for (auto name : {"a.service", "b.service", "c.service"}) REQUIRE(world.start(name));
    for (auto name : {"a.service", "b.service"}) {
        REQUIRE(world.stop(name));
        REQUIRE(world.settle());
        CHECK(world.runs("shared.service"));
    }
    REQUIRE(world.stop("c.service"));
    REQUIRE(world.settle());
    CHECK_FALSE(world.runs("shared.service"));
}

TEST_CASE("StopWhenUnneeded= stops a unit that a person starts and nobody needs") {
    StandingWorld world;
    world.write_service("shared.service", "StopWhenUnneeded=yes\n");
    (void)world.ask(JobType::Start, "shared.service");
    REQUIRE(world.settle());
    CHECK_FALSE(world.runs("shared.service"));
}

TEST_CASE("a daemon-reload that takes the last need away stops an unneeded unit") {
    StandingWorld world;
    world.write_service("shared.service", "StopWhenUnneeded=yes\n");
    world.write_service("a.service", "Wants=shared.service\n");
    REQUIRE(world.start("a.service"));
    REQUIRE(world.runs("shared.service"));
    world.write_service("a.service");
    REQUIRE(world.reload_and_settle());
    CHECK_FALSE(world.runs("shared.service"));
    CHECK(world.runs("a.service"));
}

TEST_CASE(
    "of what must be active, BindsTo= with After= alone counts where dependencies are ignored") {
    StandingWorld world;
    world.write_service("down.service");
    world.write_service("a.service", "Requisite=down.service\nAfter=down.service\n");
    world.write_service("b.service", "BindsTo=down.service\nAfter=down.service\n");
    for (auto name : {"a.service", "b.service"}) {
        REQUIRE(world.ask(JobType::Start, name, JobMode::IgnoreDependencies).empty());
        REQUIRE(world.settle());
    }
    CHECK(world.runs("a.service"));
    CHECK_FALSE(world.runs("b.service"));
}

TEST_CASE("a daemon-reload that binds a unit to one that is down stops it") {
    StandingWorld world;
    world.write_service("a.service");
    world.write_service("down.service");
    REQUIRE(world.start("a.service"));
    world.write_service("a.service", "BindsTo=down.service\n");
    REQUIRE(world.reload_and_settle());
    CHECK_FALSE(world.runs("a.service"));
}

TEST_CASE("a daemon-reload that takes BindsTo= away lets the unit run on") {
    StandingWorld world;
    world.write_service("a.service", "BindsTo=b.service\nAfter=b.service\n");
    world.write_service("b.service");
    REQUIRE(world.start("a.service"));
    world.write_service("a.service");
    REQUIRE(world.reload_and_settle());
    REQUIRE(world.stop("b.service"));
    REQUIRE(world.settle());
    CHECK(world.runs("a.service"));
}

TEST_CASE("a daemon-reload that adds Upholds= starts what is to be upheld") {
    StandingWorld world;
    world.write_service("a.service");
    world.write_service("b.service");
    REQUIRE(world.start("a.service"));
    world.write_service("a.service", "Upholds=b.service\n");
    REQUIRE(world.reload_and_settle());
    REQUIRE(world.runs("b.service"));
    REQUIRE(world.stop("b.service"));
    REQUIRE(world.settle());
    CHECK(world.runs("b.service"));
    world.write_service("a.service");
    REQUIRE(world.reload_and_settle());
    REQUIRE(world.stop("b.service"));
    REQUIRE(world.settle());
    CHECK_FALSE(world.runs("b.service"));
}

TEST_CASE("an upheld unit that fails is started until its start limit, and will be tried again") {
    StandingWorld world;
    world.write_service("a.service", "Upholds=bad.service\n");
    world.write("bad.service", "[Service]\nType=oneshot\nExecStart=/bin/false\n");
    REQUIRE(world.start("a.service"));
    REQUIRE(world.run_until([&] { return world.output.said("Will retry later."); }));
    auto count = [&](std::string_view line) {
        return std::ranges::count(world.output.lines, line);
    };
    CHECK(count("Starting bad.service...") == 5);
    CHECK(count("Failed to start bad.service.") == 17);
    CHECK(
        count("bad.service: Unit needs to be started because active unit a.service upholds it, but "
              "not starting since we tried this too often recently. Will retry later.") == 1);
    CHECK(world.unit("bad.service").self_limit_timer.armed());
}

TEST_CASE("an upheld unit that cannot be had is told once") {
    StandingWorld world;
    world.write_service("a.service", "Upholds=nosuch.service\n");
    REQUIRE(world.start("a.service"));
    REQUIRE(world.settle());
    CHECK(std::ranges::count(world.output.lines,
                             "nosuch.service: Failed to enqueue start job, ignoring: Unit "
                             "nosuch.service not found.") == 1);
}

TEST_CASE("PartOf= that a daemon-reload adds or takes away holds for the next stop") {
    StandingWorld world;
    world.write_service("a.service");
    world.write_service("b.service");
    REQUIRE(world.start("a.service"));
    REQUIRE(world.start("b.service"));
    world.write_service("b.service", "PartOf=a.service\n");
    REQUIRE(world.reload_and_settle());
    CHECK(world.runs("b.service"));
    REQUIRE(world.stop("a.service"));
    CHECK_FALSE(world.runs("b.service"));
    REQUIRE(world.start("a.service"));
    REQUIRE(world.start("b.service"));
    world.write_service("b.service");
    REQUIRE(world.reload_and_settle());
    REQUIRE(world.stop("a.service"));
    CHECK(world.runs("b.service"));
}

TEST_CASE("a daemon-reload forgets how often units were started") {
    StandingWorld world;
    world.write_service("a.service", "StartLimitBurst=2\n");
    for (int i = 0; i < 8; ++i) {
        REQUIRE(world.ask(JobType::Restart, "a.service").empty());
        REQUIRE(world.settle());
        REQUIRE(world.runs("a.service"));
        world.reload();
    }
}

TEST_CASE("a job goes on when a daemon-reload takes away the order that it waits for") {
    StandingWorld world;
    world.write("slow.service", "[Service]\nType=oneshot\nExecStart=/bin/sleep 1000\n");
    world.write_service("a.service", "After=slow.service\n");
    REQUIRE(world.ask(JobType::Start, "slow.service").empty());
    REQUIRE(world.ask(JobType::Start, "a.service").empty());
    world.manager().run_events();
    CHECK_FALSE(world.runs("a.service"));
    world.write_service("a.service");
    world.reload();
    CHECK(world.run_until([&] { return world.runs("a.service"); }));
}

TEST_SUITE_END();
