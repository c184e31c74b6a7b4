// The order of targets and what they pull in.
#include <doctest/doctest.h>

#include "manager/manager.hpp"
#include "manager_world.hpp"

using namespace sctl;

namespace {

constexpr std::string_view target_member =
    "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n";

struct TargetWorld : ManagerWorld {
    void write_service(std::string_view name, std::string_view unit_section = "") {
        write(name,
              std::string("[Unit]\n") + std::string(unit_section) + std::string(target_member));
    }
    bool is_after(std::string_view first, std::string_view second) {
        return manager().graph().has(unit(first).id, Dependency::After, unit(second).id);
    }
    bool runs(std::string_view name) { return state(name) == ActiveState::Active; }
};

} // namespace

TEST_SUITE_BEGIN("targets");

TEST_CASE("a target that says Before= what it wants does not wait for it") {
    TargetWorld world;
    world.write("all.target", "[Unit]\nWants=late.service\nBefore=late.service\n");
    world.write_service("late.service");
    REQUIRE(world.start("all.target"));
    CHECK_FALSE(world.is_after("all.target", "late.service"));
    CHECK(world.runs("late.service"));
    CHECK(world.runs("all.target"));
}

TEST_CASE("a target does not wait for what says After= it, by whichever dependency it has it") {
    for (std::string_view key : {"Wants", "Requires", "BindsTo", "Upholds"}) {
        CAPTURE(key);
        TargetWorld world;
        world.write("all.target", "[Unit]\n" + std::string(key) + "=late.service\n");
        world.write_service("late.service", "After=all.target\n");
        REQUIRE(world.start("all.target"));
        CHECK_FALSE(world.is_after("all.target", "late.service"));
        CHECK(world.runs("late.service"));
    }
}

TEST_CASE("the order is found by a member's alias as well, and between targets") {
    TargetWorld world;
    world.write("all.target", "[Unit]\nWants=alias.service late.target\n");
    world.write_service("real.service", "After=all.target\n");
    world.files.link("/etc/systemd/system/alias.service", "real.service");
    world.write("late.target", "[Unit]\nAfter=all.target\n");
    REQUIRE(world.start("all.target"));
    CHECK_FALSE(world.is_after("all.target", "real.service"));
    CHECK_FALSE(world.is_after("all.target", "late.target"));
    CHECK(world.runs("real.service"));
    CHECK(world.runs("late.target"));
}

TEST_CASE("a chain of targets that ends in an order after the first is a cycle, as in systemd") {
    TargetWorld world;
    world.write("first.target", "[Unit]\nWants=second.target\n");
    world.write("second.target", "[Unit]\nWants=late.service\n");
    world.write_service("late.service", "After=first.target\n");
    REQUIRE(world.start("first.target"));
    CHECK(world.is_after("first.target", "second.target"));
    CHECK(world.is_after("second.target", "late.service"));
    CHECK(world.runs("first.target"));
    CHECK_FALSE(world.runs("late.service"));
}

TEST_CASE("a target waits for what it has as Requisite=, not for what it is PartOf=") {
    TargetWorld world;
    world.write("all.target",
                "[Unit]\nRequisite=needed.service\nWants=part.service\nPartOf=whole.service\n");
    world.write_service("whole.service");
    world.write_service("needed.service");
    world.write_service("part.service", "PartOf=all.target\n");
    REQUIRE(world.start("needed.service"));
    REQUIRE(world.start("all.target"));
    CHECK(world.is_after("all.target", "needed.service"));
    CHECK(world.is_after("all.target", "part.service"));
    CHECK_FALSE(world.is_after("all.target", "whole.service"));
}

TEST_CASE("a daemon-reload finds an order that was written or taken back since") {
    TargetWorld world;
    world.write("all.target", "[Unit]\nWants=a.service\n");
    world.write_service("a.service");
    REQUIRE(world.start("all.target"));
    CHECK(world.is_after("all.target", "a.service"));
    world.write_service("a.service", "After=all.target\n");
    world.reload();
    CHECK_FALSE(world.is_after("all.target", "a.service"));
    world.write_service("a.service");
    world.reload();
    CHECK(world.is_after("all.target", "a.service"));
}

TEST_CASE("a target waits for a member whose file came after the target was loaded") {
    TargetWorld world;
    world.write("all.target", "[Unit]\nWants=a.service b.service\n");
    REQUIRE(world.start("all.target"));
    world.write_service("a.service");
    world.write_service("b.service", "After=all.target\n");
    REQUIRE(world.start("a.service"));
    CHECK(world.is_after("all.target", "a.service"));
    CHECK_FALSE(world.is_after("all.target", "b.service"));
}

TEST_SUITE_END();
