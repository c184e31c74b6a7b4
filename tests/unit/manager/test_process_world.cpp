// The manager in a world without a process and with a clock of its own: what it does when time goes
// by, and when what it needs cannot be had.
#include <doctest/doctest.h>

#include <cerrno>
#include <csignal>
#include <new>
#include <stdexcept>

#include "base/log.hpp"
#include "failing_memory.hpp"
#include "manager/unit_hold.hpp"
#include "process_world.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("manager");

namespace {

constexpr std::string_view simple = "[Service]\nExecStart=/bin/main\n";

ServiceResult result_of(ProcessWorld& world, std::string_view name) {
    return service_status(world.unit(name)).result;
}

struct ThrowingObserver : ManagerObserver {
    int told = 0;
    void unit_changed(const Unit&) override {
        ++told;
        throw std::runtime_error("no");
    }
    void job_removed(const Job&, const Unit&) override {
        ++told;
        throw std::runtime_error("no");
    }
};

} // namespace

TEST_CASE("a restart comes after RestartSec=, and not before") {
    ProcessWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/main\nRestart=always\nRestartSec=5\n");
    REQUIRE(world.start("a.service"));
    pid_t first = world.main_pid("a.service");
    Span ended = world.now();
    world.processes.exits(first, 1);
    REQUIRE(world.run_until([&] { return world.sub_state("a.service") == "auto-restart"; }));
    REQUIRE(world.run_until([&] { return world.sub_state("a.service") == "running"; }));
    CHECK(world.now() - ended >= 5s);
    CHECK(world.now() - ended < 6s);
    CHECK(world.main_pid("a.service") != first);
    CHECK(world.processes.count("/bin/main") == 1);
}

TEST_CASE("a service that ignores SIGTERM gets SIGKILL when TimeoutStopSec= is over") {
    ProcessWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/main\nTimeoutStopSec=20\n");
    world.processes.new_ones_ignore_sigterm = true;
    REQUIRE(world.start("a.service"));
    pid_t main = world.main_pid("a.service");
    pid_t child = world.processes.forks(main);
    Span asked = world.now();
    REQUIRE(world.stop("a.service"));
    CHECK(world.now() - asked >= 20s);
    CHECK(world.now() - asked < 21s);
    CHECK(result_of(world, "a.service") == ServiceResult::Timeout);
    CHECK_FALSE(world.processes.is_alive(main));
    CHECK_FALSE(world.processes.is_alive(child));
}

TEST_CASE("a final signal without a name of its own is told by its number") {
    ProcessWorld world;
    world.write("a.service",
                "[Service]\nExecStart=/bin/main\nTimeoutStopSec=1\nFinalKillSignal=RTMIN+3\n");
    world.processes.new_ones_ignore_sigterm = true;
    REQUIRE(world.start("a.service"));
    pid_t main = world.main_pid("a.service");
    REQUIRE(world.stop("a.service"));
    CHECK(world.output.said(
        cat("a.service: Killing process ", main, " (n/a) with signal SIGRTMIN+3.")));
}

TEST_CASE("a person's signal is told of with each process that gets it") {
    ProcessWorld world;
    world.write("a.service", std::string(simple));
    REQUIRE(world.start("a.service"));
    pid_t main = world.main_pid("a.service");
    pid_t child = world.processes.forks(main);
    auto kill = [&](Manager::KillWho who, int signal) {
        world.output.lines.clear();
        CHECK(world.manager().kill_unit(world.unit("a.service").id, who, signal));
        return world.output.lines;
    };
    auto to_main =
        cat("a.service: Sent signal SIGUSR1 to main process ", main, " (n/a) on client request.");
    CHECK(kill(Manager::KillWho::Main, SIGUSR1) == std::vector{to_main});
    CHECK(kill(Manager::KillWho::All, SIGUSR1) ==
          std::vector{to_main, cat("a.service: Sending signal SIGUSR1 to process ", child,
                                   " (n/a) on client request.")});
    CHECK(kill(Manager::KillWho::Main, SIGRTMIN + 30) ==
          std::vector{cat("a.service: Sent signal SIGRTMIN+30 to main process ", main,
                          " (n/a) on client request.")});
    world.processes.alive.erase(main);
    CHECK(kill(Manager::KillWho::Main, SIGUSR1) ==
          std::vector{cat("a.service: Failed to send signal SIGUSR1 to main process ", main,
                          " (n/a) on client request: No such process")});
}

TEST_CASE("what is left of a service is signalled after its main process has ended") {
    ProcessWorld world;
    world.write("a.service", std::string(simple));
    REQUIRE(world.start("a.service"));
    pid_t child = world.processes.forks(world.main_pid("a.service"));
    REQUIRE(world.stop("a.service"));
    CHECK(world.sub_state("a.service") == "dead");
    CHECK(world.processes.alive.empty());
    CHECK(std::ranges::find(world.processes.signals_sent, std::pair(child, SIGTERM)) !=
          world.processes.signals_sent.end());
}

TEST_CASE("a fork that fails once fails one start, whatever the reason") {
    for (int code : {EAGAIN, EMFILE, ENOMEM}) {
        ProcessWorld world;
        world.write("a.service", std::string(simple));
        UnitHold hold(world.manager(), world.unit("a.service").id);
        world.processes.spawn_failures = 1;
        world.processes.spawn_error = code;
        REQUIRE(world.start("a.service"));
        CHECK(world.state("a.service") == ActiveState::Failed);
        CHECK(result_of(world, "a.service") == ServiceResult::Resources);
        REQUIRE(world.start("a.service"));
        CHECK(world.sub_state("a.service") == "running");
    }
}

TEST_CASE("no descriptor for a service's output fails that start alone") {
    ProcessWorld world;
    world.write("a.service", std::string(simple));
    world.write("b.service", std::string(simple) + "StandardOutput=null\nStandardError=null\n");
    UnitHold hold(world.manager(), world.unit("a.service").id);
    world.output.fail_with = EMFILE;
    REQUIRE(world.start("a.service"));
    CHECK(result_of(world, "a.service") == ServiceResult::Resources);
    REQUIRE(world.start("b.service"));
    CHECK(world.sub_state("b.service") == "running");
    world.output.fail_with = 0;
    REQUIRE(world.start("a.service"));
    CHECK(world.sub_state("a.service") == "running");
}

TEST_CASE("a fork that fails is tried again by Restart= until the start limit is hit") {
    ProcessWorld world;
    world.write("a.service",
                "[Unit]\nStartLimitBurst=3\nStartLimitIntervalSec=100\n"
                "[Service]\nExecStart=/bin/main\nRestart=always\nRestartSec=1\n");
    UnitHold hold(world.manager(), world.unit("a.service").id);
    world.processes.spawn_failures = 1000;
    REQUIRE(world.start("a.service"));
    REQUIRE(world.run_until([&] { return world.sub_state("a.service") == "failed"; }));
    CHECK(world.processes.spawn_failures == 1000 - 3);
    CHECK(world.processes.alive.empty());
}

TEST_CASE("jobs that wait go on waiting through a reload, for what the new files say") {
    ProcessWorld world;
    world.write("a.service", "[Service]\nType=oneshot\nExecStart=/bin/first\n");
    world.write("b.service", "[Unit]\nWants=a.service\nAfter=a.service\n" + std::string(simple));
    REQUIRE(world.ask(JobType::Start, "b.service").empty());
    world.turn();
    CHECK(world.sub_state("a.service") == "start");
    CHECK(world.sub_state("b.service") == "dead");
    world.write("b.service",
                "[Unit]\nWants=a.service\nAfter=a.service\n"
                "[Service]\nExecStart=/bin/other\n");
    world.reload();
    world.advance(1s);
    CHECK(world.sub_state("b.service") == "dead");
    world.processes.exits(world.main_pid("a.service"), 0);
    REQUIRE(world.settle());
    CHECK(world.sub_state("b.service") == "running");
    CHECK(world.processes.count("/bin/other") == 1);
}

TEST_CASE("a unit that is forgotten while its last processes are signalled leaves no trace") {
    ProcessWorld world;
    world.write("a.service", std::string(simple));
    REQUIRE(world.start("a.service"));
    OwnerId owner = world.unit("a.service").run->owner();
    pid_t child = world.processes.forks(world.main_pid("a.service"));
    // Main process and child go at once; the signal to the child is still to come.
    REQUIRE(world.ask(JobType::Stop, "a.service").empty());
    world.processes.is_killed(child, SIGTERM);
    REQUIRE(world.run_until([&] { return !world.knows("a.service"); }));
    CHECK(world.processes.released.contains(owner));
    world.advance(1s);
    CHECK(world.processes.alive.empty());
    REQUIRE(world.start("a.service"));
    CHECK(world.unit("a.service").run->owner() != owner);
}

TEST_CASE("a unit that turns out to be an alias of one that runs is that one") {
    ProcessWorld world;
    world.write("a.service", std::string(simple));
    REQUIRE(world.start("a.service"));
    UnitId stray = world.unit("b.service").id; // not found
    UnitHold hold(world.manager(), stray);
    world.files.link("/etc/systemd/system/b.service", "a.service");
    world.reload();
    REQUIRE(world.run_until([&] { return world.unit("b.service").name().str() == "a.service"; }));
    CHECK(world.sub_state("b.service") == "running");
    REQUIRE(world.stop("b.service"));
    CHECK(world.processes.alive.empty());
}

TEST_CASE("an observer that throws costs nothing but itself") {
    ProcessWorld world;
    ThrowingObserver bad;
    world.manager().add_observer(&bad);
    world.write("a.service", std::string(simple));
    REQUIRE(world.start("a.service"));
    CHECK(world.sub_state("a.service") == "running");
    REQUIRE(world.stop("a.service"));
    CHECK(bad.told > 0);
    CHECK(world.processes.alive.empty());
    world.manager().remove_observer(&bad);
}

TEST_CASE("memory that runs out at any moment of a start leaves no process that is not known") {
    auto before = set_log_sink([](LogLevel, std::string_view) {});
    size_t count = 1000, tried = 0;
    for (size_t position = 1; position <= count; ++position) {
        ProcessWorld world;
        world.write("a.service", std::string(simple));
        (void)world.unit("a.service");
        {
            FailingMemory memory(position);
            try {
                (void)world.ask(JobType::Start, "a.service");
            } catch (const std::bad_alloc&) { // a client would have been told
            }
            for (int i = 0; i < 4; ++i) world.loop.run_once(Span{});
            memory.stop();
            if (!FailingMemory::has_failed()) break;
        }
        ++tried;
        INFO("allocation " << position);
        REQUIRE(world.settle());
        REQUIRE(world.start("a.service"));
        CHECK(world.sub_state("a.service") == "running");
        CHECK(world.processes.is_alive(world.main_pid("a.service")));
        CHECK(world.processes.count("/bin/main") == 1);
        REQUIRE(world.stop("a.service"));
        CHECK(world.processes.alive.empty());
    }
    set_log_sink(before);
    CHECK(tried > 20);
    CHECK(tried < count);
}

TEST_SUITE_END();
