// Which units stay in memory.
#include <doctest/doctest.h>

#include "base/files.hpp"
#include "manager/manager.hpp"
#include "manager/unit_hold.hpp"
#include "manager_world.hpp"

using namespace sctl;

namespace {

constexpr std::string_view unit_that_runs = "[Service]\nExecStart=/bin/sleep 1000\n";
constexpr std::string_view unit_that_stays =
    "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n";
constexpr std::string_view unit_that_ends = "[Service]\nType=oneshot\nExecStart=/bin/true\n";
constexpr std::string_view unit_that_fails = "[Service]\nType=oneshot\nExecStart=/bin/false\n";

} // namespace

TEST_SUITE_BEGIN("garbage");

TEST_CASE("a unit that has ended is forgotten, and with it what its start limit has counted") {
    ManagerWorld world;
    world.write("a.service", unit_that_ends);
    for (int i = 0; i < 7; ++i) {
        REQUIRE(world.start("a.service"));
        CHECK_FALSE(world.output.said("too quickly"));
        CHECK_FALSE(world.knows("a.service"));
    }
}

TEST_CASE("what a unit refers to stays with it and goes with it") {
    ManagerWorld world;
    world.write("a.service",
                "[Unit]\nWants=b.service nosuch.service\nAfter=b.service other.target\n" +
                    std::string(unit_that_runs));
    world.write("b.service", unit_that_ends);
    REQUIRE(world.start("a.service"));
    for (auto name : {"b.service", "nosuch.service", "other.target"}) CHECK(world.knows(name));
    CHECK(service_status(world.unit("b.service")).main_exec.info.code == CLD_EXITED);
    REQUIRE(world.stop("a.service"));
    for (auto name : {"a.service", "b.service", "nosuch.service", "other.target"})
        CHECK_FALSE(world.knows(name));
}

TEST_CASE("units that refer to each other are forgotten together") {
    ManagerWorld world;
    world.write("a.service", "[Unit]\nAfter=b.service\n" + std::string(unit_that_ends));
    world.write("b.service", "[Unit]\nWants=c.service\n" + std::string(unit_that_ends));
    world.write("c.service", "[Unit]\nWants=a.service\n" + std::string(unit_that_ends));
    REQUIRE(world.start("b.service"));
    for (auto name : {"a.service", "b.service", "c.service"}) CHECK_FALSE(world.knows(name));
}

TEST_CASE("a failed unit stays, unless CollectMode= says otherwise, until it is reset") {
    ManagerWorld world;
    world.write("a.service", unit_that_fails);
    world.write("b.service",
                "[Unit]\nCollectMode=inactive-or-failed\n" + std::string(unit_that_fails));
    REQUIRE(world.start("a.service"));
    REQUIRE(world.start("b.service"));
    CHECK(world.knows("a.service"));
    CHECK_FALSE(world.knows("b.service"));
    CHECK(world.manager().failed_count() == 1);
    REQUIRE(world.manager().reset_failed(world.unit("a.service").id).has_value());
    world.manager().run_events();
    CHECK_FALSE(world.knows("a.service"));
    CHECK(world.manager().failed_count() == 0);
}

TEST_CASE("a unit with a process left stays until that has ended") {
    ManagerWorld world;
    world.write(
        "a.service",
        "[Service]\nType=oneshot\nKillMode=process\nExecStart=/bin/sh -c '/bin/sleep 1000 & "
        "exit 0'\n");
    REQUIRE(world.start("a.service"));
    REQUIRE(world.knows("a.service"));
    auto left = world.manager().processes().processes_of(world.unit("a.service").run->owner());
    REQUIRE(left.size() == 1);
    kill(left[0], SIGKILL);
    CHECK(world.run_until([&] { return !world.knows("a.service"); }));
}

TEST_CASE("a unit that has ended stays for its handler, which is told of it, and goes with it") {
    for (std::string_view directive : {"OnSuccess=", "OnFailure="}) {
        ManagerWorld world;
        bool fails = directive == "OnFailure=";
        world.write("a.service", "[Unit]\nCollectMode=inactive-or-failed\n" +
                                     std::string(directive) + "handler.service\n" +
                                     std::string(fails ? unit_that_fails : unit_that_ends));
        std::string out = world.files.path() + "/out";
        world.write("handler.service",
                    "[Service]\nExecStartPre=/bin/true\nExecStart=/bin/sh -c "
                    "'echo $MONITOR_UNIT $MONITOR_SERVICE_RESULT >" +
                        out + "; exec /bin/sleep 1000'\n");
        REQUIRE(world.start("a.service"));
        REQUIRE(world.state("handler.service") == ActiveState::Active);
        CHECK(world.knows("a.service"));
        auto told = [&] { return read_file(out).value_or(""); };
        REQUIRE(world.run_until([&] { return !told().empty(); }));
        CHECK(told() == (fails ? "a.service exit-code\n" : "a.service success\n"));
        REQUIRE(world.stop("handler.service"));
        CHECK_FALSE(world.knows("handler.service"));
        CHECK_FALSE(world.knows("a.service"));
    }
}

TEST_CASE("a unit stays while somebody holds it") {
    ManagerWorld world;
    world.write("a.service", unit_that_ends);
    {
        UnitHold hold(world.manager(), world.unit("a.service").id);
        REQUIRE(world.start("a.service"));
        CHECK(world.knows("a.service"));
    }
    world.manager().run_events();
    CHECK_FALSE(world.knows("a.service"));
}

TEST_CASE("a directory of links to units is read anew by a target that was forgotten") {
    ManagerWorld world;
    world.write("all.target", "[Unit]\nDescription=All\n");
    world.write("a.service", unit_that_stays);
    REQUIRE(world.start("all.target"));
    CHECK(world.state("a.service") == ActiveState::Inactive);
    REQUIRE(world.stop("all.target"));
    world.files.link("/etc/systemd/system/all.target.wants/a.service", "../a.service");
    REQUIRE(world.start("all.target"));
    CHECK(world.state("a.service") == ActiveState::Active);
}

TEST_CASE("what a daemon-reload leaves without a reference is forgotten") {
    ManagerWorld world;
    world.write("a.service", "[Unit]\nAfter=old.service\n" + std::string(unit_that_runs));
    REQUIRE(world.start("a.service"));
    CHECK(world.knows("old.service"));
    world.write("a.service", "[Unit]\nAfter=new.service\n" + std::string(unit_that_runs));
    world.reload();
    CHECK_FALSE(world.knows("old.service"));
    CHECK(world.knows("new.service"));
}

TEST_CASE("a unit whose file came after it was looked for is found by whoever pulls it in") {
    ManagerWorld world;
    world.write("a.service",
                "[Unit]\nWants=b.service\nAfter=b.service\n" + std::string(unit_that_stays));
    world.write("user.service",
                "[Unit]\nAfter=a.service b.service\n" + std::string(unit_that_runs));
    REQUIRE(world.start("user.service"));
    REQUIRE(world.unit("b.service").loaded.load_state == LoadState::NotFound);
    world.write("b.service", unit_that_stays);
    REQUIRE(world.start("a.service"));
    CHECK(world.state("b.service") == ActiveState::Active);
}

TEST_CASE("a name that was looked for in vain is found as the alias that it has become") {
    ManagerWorld world;
    world.write("user.service", "[Unit]\nAfter=alias.service\n" + std::string(unit_that_runs));
    REQUIRE(world.start("user.service"));
    world.write("real.service", unit_that_stays);
    world.files.link("/etc/systemd/system/alias.service", "real.service");
    REQUIRE(world.start("alias.service"));
    CHECK(world.state("real.service") == ActiveState::Active);
    CHECK(world.manager().graph().has(world.unit("user.service").id, Dependency::After,
                                      world.unit("real.service").id));
}

TEST_SUITE_END();
