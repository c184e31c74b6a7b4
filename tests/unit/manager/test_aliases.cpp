// Names that become other units' names while the manager runs, and ids that outlive their unit.
#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>

#include "manager_world.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("manager");

namespace {

void link_alias(ManagerWorld& world, const std::string& name, const char* target) {
    auto path = world.files.path() + "/etc/systemd/system/" + name;
    unlink(path.c_str());
    REQUIRE(symlink(target, path.c_str()) == 0);
}

} // namespace

TEST_CASE("a unit that was missing and is an alias now is found as the unit it stands for") {
    ManagerWorld world;
    world.write("real.service", "[Unit]\nAfter=other.service\n[Service]\nExecStart=/bin/sleep 9\n");
    REQUIRE(world.start("real.service"));
    REQUIRE(world.manager().find("other.service"));
    link_alias(world, "other.service", "real.service");
    (void)world.manager().load("nosuch.service"); // what makes us look at the disk
    auto loaded = world.manager().load("other.service");
    REQUIRE(loaded);
    CHECK((*loaded)->name().str() == "real.service");
    CHECK(world.manager().find("other.service") == *loaded);
    CHECK(service_status(**loaded).main_pid > 0);
    CHECK(world.start("other.service"));
}

TEST_CASE("a running unit whose file becomes another running unit's is kept apart until it ends") {
    ManagerWorld world;
    world.write("old.service", "[Service]\nExecStart=/bin/sleep 1000\nRuntimeMaxSec=300ms\n");
    world.write("real.service", "[Service]\nExecStart=/bin/sleep 1000\n");
    REQUIRE(world.start("old.service"));
    REQUIRE(world.start("real.service"));
    pid_t process = service_status(world.unit("old.service")).main_pid;
    link_alias(world, "old.service", "real.service");
    world.manager().reload();
    REQUIRE(world.run_until([&] { return world.output.said("Is an alias of real.service now"); }));
    Unit& apart = world.unit("old.service");
    CHECK(apart.name().str() == "old.service");
    CHECK(service_status(apart).main_pid == process);
    CHECK(apart.loaded.load_state == LoadState::Error);
    CHECK(apart.loaded.load_error->text.ends_with("File exists"));
    CHECK(world.ask(JobType::Start, "old.service").ends_with("File exists"));

    // Its timer is still its own.
    CHECK(world.run_until([&] { return kill(process, 0) < 0; }));
    CHECK(world.sub_state("real.service") == "running");
    CHECK(
        world.run_until([&] { return world.unit("old.service").name().str() == "real.service"; }));
    CHECK(world.unit("old.service").sub_state() == "running");
}

TEST_CASE("a unit with a job is not merged, one that waits to be restarted neither") {
    ManagerWorld world;
    world.write("job.service", "[Service]\nType=oneshot\nExecStart=/bin/sleep 0.3\n");
    world.write("again.service",
                "[Service]\nExecStart=/bin/false\nRestart=always\nRestartSec=1h\n");
    world.write("real.service", "[Service]\nExecStart=/bin/sleep 1000\n");
    REQUIRE(world.start("real.service"));
    REQUIRE(world.ask(JobType::Start, "again.service").empty());
    REQUIRE(world.run_until([&] { return world.sub_state("again.service") == "auto-restart"; }));
    REQUIRE(world.ask(JobType::Start, "job.service").empty());
    REQUIRE(world.run_until([&] { return world.sub_state("job.service") == "start"; }));
    link_alias(world, "job.service", "real.service");
    link_alias(world, "again.service", "real.service");
    world.manager().reload();
    REQUIRE(world.settle());
    CHECK(world.unit("again.service").name().str() == "again.service");
    CHECK(
        world.run_until([&] { return world.unit("job.service").name().str() == "real.service"; }));
    CHECK(world.stop("again.service"));
    CHECK(world.run_until(
        [&] { return world.unit("again.service").name().str() == "real.service"; }));
    CHECK(world.sub_state("real.service") == "running");
}

TEST_CASE("an idle unit that becomes an alias is merged, with what pointed at it") {
    ManagerWorld world;
    world.write("old.service", "[Service]\nExecStart=/bin/sleep 1000\n");
    world.write("real.service", "[Service]\nExecStart=/bin/sleep 1000\n");
    world.write(
        "user.service",
        "[Unit]\nRequires=old.service\nAfter=old.service\n[Service]\nExecStart=/bin/true\n");
    REQUIRE(world.start("real.service"));
    (void)world.unit("user.service");
    UnitId before = world.unit("old.service").id, real = world.unit("real.service").id;
    link_alias(world, "old.service", "real.service");
    world.manager().reload();
    REQUIRE(world.run_until([&] { return world.unit("old.service").id == real; }));
    CHECK(!world.manager().exists(before));
    CHECK(world.manager().graph().has(world.unit("user.service").id, Dependency::Requires, real));
    CHECK(world.sub_state("old.service") == "running");
}

TEST_CASE("an id that is kept names nobody once its unit is gone, also when its place is taken") {
    ManagerWorld world;
    UnitId kept = world.unit("first.service").id;
    CHECK(world.manager().exists(kept));
    REQUIRE(world.run_until([&] { return !world.manager().exists(kept); }));
    world.write("next.service", "[Service]\nExecStart=/bin/sleep 1000\n");
    UnitId next = world.unit("next.service").id;
    REQUIRE(place_of(next) == place_of(kept));
    CHECK(next != kept);
    CHECK(!world.manager().exists(kept));
    world.manager().post(kept, event::StartRequested{});
    CHECK(world.run_until([&] { return !world.manager().exists(next); }));
    CHECK_THROWS((void)world.manager().unit(kept));
    CHECK(world.manager().graph().edges(kept, Dependency::After).empty());
}

TEST_SUITE_END();
