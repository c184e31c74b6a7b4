// What units do to each other, job by job, with the manager's parts alone: no process is made.
#include <doctest/doctest.h>

#include "base/log.hpp"
#include "parts_world.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("manager");

namespace {

using Names = std::vector<std::string>;

constexpr std::string_view fake_service = "[Service]\nExecStart=/bin/true\n";

std::string with(std::string_view unit_section, std::string_view rest = fake_service) {
    return "[Unit]\nDefaultDependencies=no\n" + std::string(unit_section) + std::string(rest);
}

void drop_line(LogLevel, std::string_view) {}

} // namespace

TEST_CASE("what is ordered after another starts after it, in one turn") {
    PartsWorld world;
    world.write("c.service", with("Requires=b.service\nAfter=b.service\n"));
    world.write("b.service", with("Wants=a.service\nAfter=a.service\n"));
    world.write("a.service", with(""));
    CHECK(world.ask(JobType::Start, "c.service") == "");
    CHECK(world.processes.order() == Names{"a.service", "b.service", "c.service"});
    CHECK(world.queue.empty());
}

TEST_CASE("a oneshot keeps those after it waiting until it has ended, and fails who requires it") {
    for (int status : {0, 1}) {
        PartsWorld world;
        world.write("next.service", with("Requires=first.service\nAfter=first.service\n"));
        world.write(
            "first.service",
            with("", "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n"));
        CHECK(world.ask(JobType::Start, "next.service") == "");
        CHECK(world.processes.order() == Names{"first.service"});
        CHECK(world.queue.size() == 2);
        world.exits("first.service", status);
        CHECK(world.queue.empty());
        CHECK(world.sub_state("next.service") == (status == 0 ? "running" : "dead"));
        CHECK(world.output.said("Dependency failed for next.service") == (status != 0));
    }
}

TEST_CASE("who is bound to a unit goes when that ends by itself, and who is part of it stays") {
    PartsWorld world;
    world.write("bound.service", with("BindsTo=base.service\nAfter=base.service\n"));
    world.write("part.service", with("PartOf=base.service\nAfter=base.service\n"));
    world.write("base.service", with(""));
    REQUIRE(world.ask(JobType::Start, "bound.service") == "");
    REQUIRE(world.ask(JobType::Start, "part.service") == "");
    world.exits("base.service");
    CHECK(world.processes.signalled == Names{"bound.service"});
    CHECK(world.sub_state("part.service") == "running");
    world.dies("bound.service");
    CHECK(!world.knows("bound.service"));
}

TEST_CASE("OnFailure= is triggered once by a failure, and not where a restart follows") {
    for (bool restarts : {false, true}) {
        PartsWorld world;
        world.write("a.service", with("OnFailure=handler.service\n",
                                      std::string(fake_service) +
                                          (restarts ? "Restart=on-failure\nRestartSec=0\n" : "")));
        world.write("handler.service", with(""));
        REQUIRE(world.ask(JobType::Start, "a.service") == "");
        world.exits("a.service", 1);
        CHECK((world.processes.pid_of("handler.service") != 0) == !restarts);
        CHECK(world.sub_state("a.service") == (restarts ? "auto-restart" : "failed"));
        if (!restarts) continue;
        world.happens("a.service", event::AutoRestartElapsed{});
        CHECK(world.processes.order() == Names{"a.service", "a.service"});
        CHECK(world.sub_state("a.service") == "running");
    }
}

TEST_CASE("a fork that fails fails that start and its job, and who requires it") {
    PartsWorld world;
    world.write("b.service", with("Requires=a.service\nAfter=a.service\n"));
    world.write("a.service", with(""));
    world.processes.starts_to_fail = 1;
    CHECK(world.ask(JobType::Start, "b.service") == "");
    CHECK(world.queue.empty());
    CHECK(world.sub_state("a.service") == "failed");
    CHECK(world.unit("a.service").cause.text.find("Resource temporarily unavailable") !=
          std::string::npos);
    CHECK(world.processes.order() == Names{});
    CHECK(world.units.failed_count() == 1);
    CHECK(world.ask(JobType::Start, "b.service") == "");
    CHECK(world.processes.order() == Names{"a.service", "b.service"});
    CHECK(world.units.failed_count() == 0);
}

TEST_CASE("a run without memory for a start fails that start, and a signal is tried again") {
    auto before = set_log_sink(drop_line);
    {
        PartsWorld world;
        world.write("a.service", with(""));
        REQUIRE(world.ask(JobType::Start, "a.service") == "");
        world.processes.actions_to_throw = 1;
        CHECK(world.ask(JobType::Stop, "a.service") == "");
        CHECK(world.processes.signalled == Names{"a.service"});
        world.dies("a.service");
        CHECK(world.queue.empty());
        world.processes.actions_to_throw = 8; // more than a start has actions
        CHECK(world.ask(JobType::Start, "a.service") == "");
        CHECK(world.queue.empty());
        CHECK(world.unit("a.service").is_inactive_or_failed());
        world.processes.actions_to_throw = 0;
        CHECK(world.ask(JobType::Start, "a.service") == "");
        CHECK(world.sub_state("a.service") == "running");
    }
    set_log_sink(before);
}

TEST_CASE("a start whose answer there is no memory for goes on when there is some again") {
    auto before = set_log_sink(drop_line);
    {
        PartsWorld world;
        world.write("a.service", with(""));
        REQUIRE(world.jobs.add(JobType::Start, "a.service", JobMode::Replace, false).has_value());
        world.processes.is_short_after_start = true;
        world.turn.run();
        REQUIRE(world.processes.memory);
        world.processes.memory->stop();
        CHECK(world.sub_state("a.service") != "running");
        world.turn.run();
        CHECK(world.sub_state("a.service") == "running");
        CHECK(world.queue.empty());
    }
    set_log_sink(before);
}

TEST_CASE("a shutdown stops in the reverse of the order, and nothing starts any more") {
    PartsWorld world;
    std::string conflicts = "Conflicts=shutdown.target\nBefore=shutdown.target\n";
    world.write("second.service", with("Wants=first.service\nAfter=first.service\n" + conflicts,
                                       std::string(fake_service) + "Restart=always\n"));
    world.write("first.service", with(conflicts));
    REQUIRE(world.ask(JobType::Start, "second.service") == "");
    world.shutdown.shut_down(Objective::Exit, 3, false);
    world.turn.run();
    CHECK(world.processes.signalled == Names{"second.service"});
    world.dies("second.service");
    CHECK(world.processes.signalled == Names{"second.service", "first.service"});
    CHECK(world.shutdown.is_under_way());
    CHECK(world.shutdown.exit_status() == 3);
    CHECK(world.processes.order().size() == 2);
}

TEST_SUITE_END();
