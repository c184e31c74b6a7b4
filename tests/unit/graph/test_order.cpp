#include <doctest/doctest.h>

#include "fake_units.hpp"
#include "graph/transaction.hpp"

using namespace sctl;
using enum Dependency;
using Names = FakeUnits::Names;

TEST_SUITE_BEGIN("graph");

TEST_CASE("an ordering cycle of units that all matter is an error") {
    FakeUnits units;
    CollectedLog log;
    units.add("a", Requires, "b");
    units.add("a", After, "b");
    units.add("b", Requires, "a");
    units.add("b", After, "a");
    auto built = units.build(JobType::Start, "a");
    REQUIRE(!built);
    CHECK(built.error().text == "Transaction order is cyclic. See system logs for details.");
    CHECK(built.error().name == "org.freedesktop.systemd1.TransactionOrderIsCyclic");
    CHECK(log.lines() ==
          Names{"a: Found ordering cycle on b/start", "a: Found dependency on a/start",
                "a: Unable to break cycle starting with a/start",
                "Requested transaction contains an unfixable cyclic ordering dependency: "
                "Transaction order is cyclic. See system logs for details."});
}

TEST_CASE("an ordering cycle is broken by dropping a unit that does not matter") {
    FakeUnits units;
    CollectedLog log;
    units.add("target", Wants, "a");
    units.add("target", Wants, "b");
    units.add("a", Before, "b");
    units.add("b", Before, "a");
    auto built = units.build(JobType::Start, "target");
    REQUIRE(built);
    CHECK(built->jobs.size() == 2);
    CHECK(built->dropped == std::vector<UnitId>{units.id("b")});
    CHECK(log.lines() ==
          Names{"a: Found ordering cycle on b/start", "a: Found dependency on a/start",
                "a: Job b/start deleted to break ordering cycle starting with a/start"});
}

TEST_CASE("what requires the unit that a cycle cost goes with it") {
    FakeUnits units;
    CollectedLog log;
    units.add("target", Requires, "a");
    units.add("target", Wants, "user");
    units.add("user", Requires, "b");
    units.add("b", Requires, "only-for-b");
    units.add("a", After, "b");
    units.add("b", After, "a");
    auto built = units.build(JobType::Start, "target");
    REQUIRE(built);
    CHECK(built->dropped == std::vector<UnitId>{units.id("b")});
    CHECK(units.jobs(JobType::Start, "target") == Names{"a/start", "target/start"});
}

TEST_CASE("an order that only stops and starts together is none") {
    FakeUnits units;
    // a is started after c has stopped whatever their order, so this is no cycle.
    units.add("a", Conflicts, "c");
    units.add("a", Before, "c");
    units.add("a", After, "b");
    units.add("b", After, "c");
    units.add("a", Requires, "b");
    units.activate({"c"});
    CHECK(units.jobs(JobType::Start, "a") == Names{"a/start", "b/start", "c/stop"});
}

TEST_CASE("a cycle through a job that is queued already is found") {
    FakeUnits units;
    CollectedLog log;
    units.add("a", After, "b");
    units.add("b", After, "c");
    units.add("c", After, "a");
    units.install(JobType::Start, "b");
    units.install(JobType::Start, "c");
    CHECK(units.build(JobType::Start, "a").error().code == EDEADLK);
    CHECK(units.jobs(JobType::Start, "a", JobMode::IgnoreDependencies) == Names{"a/start"});
}

TEST_CASE("many cycles are all broken") {
    FakeUnits units;
    CollectedLog log;
    for (int i = 0; i < 50; ++i) {
        auto a = "a" + std::to_string(i), b = "b" + std::to_string(i);
        units.add("target", Wants, a);
        units.add("target", Wants, b);
        units.add(a, After, b);
        units.add(b, After, a);
    }
    auto built = units.build(JobType::Start, "target");
    REQUIRE(built);
    CHECK(built->dropped.size() == 50);
    CHECK(built->jobs.size() == 51);
}

TEST_SUITE_END();
