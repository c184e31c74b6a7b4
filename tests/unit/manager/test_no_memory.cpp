// Memory is short once, at each moment of a unit's life in turn: that unit's job may fail, and
// everything else goes on; afterwards the same unit starts and stops as ever. By default a few of
// the moments are tried, with $SCTL_ALL_POSITIONS all.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>

#include "base/log.hpp"
#include "failing_memory.hpp"
#include "manager_world.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("manager");

namespace {

constexpr std::string_view plain = "[Service]\nExecStart=/bin/sleep 1000\n";

void ignore_line(LogLevel, std::string_view) {}

// A world in which b.service is loaded, and a.service says what is tried.
struct Scenario {
    std::string_view settings = plain;
    std::function<void(ManagerWorld&)> prepare; // with all memory
    std::function<void(ManagerWorld&)> act;     // with one allocation that fails
    std::function<bool(ManagerWorld&)> holds{}; // at last, where that can be said
    int turns = 8;                              // of the loop, until it has come to its end
};

void turn(ManagerWorld& world, int times) {
    for (int i = 0; i < times; ++i) {
        world.loop.run_once(std::chrono::milliseconds(3));
        try {
            world.manager().reap();
        } catch (const std::bad_alloc&) { // from SIGCHLD it would not have come through
        }
    }
}

bool is_idle(ManagerWorld& world) {
    int turns = 0;
    for (Span begin = monotonic_now(); monotonic_now() - begin < 10ms; ++turns)
        world.loop.run_once(10ms);
    return turns < 10;
}

// What is wrong after the allocation at this position has failed; "" for nothing. False in
// `reached` where there was none.
std::string try_position(const Scenario& scenario, size_t position, bool& reached) {
    ManagerWorld world;
    world.write("a.service", scenario.settings);
    world.write("b.service", plain);
    (void)world.unit("b.service");
    if (scenario.prepare) scenario.prepare(world);
    {
        FailingMemory memory(position);
        try {
            scenario.act(world);
        } catch (const std::bad_alloc&) { // a client would have been told
        }
        turn(world, scenario.turns);
        memory.stop();
        reached = FailingMemory::has_failed();
    }
    if (!world.start("b.service") || world.sub_state("b.service") != "running")
        return "b.service does not start";
    if (!world.settle()) return "a job stays for ever";
    if (scenario.holds && !world.run_until([&] { return scenario.holds(world); }, 5s))
        return "not as it should be: a.service is " + world.sub_state("a.service");
    if (!is_idle(world)) return "the loop spins";
    if (!world.start("a.service") || world.sub_state("a.service") != "running")
        return "a.service does not start again, it is " + world.sub_state("a.service");
    if (service_status(world.unit("a.service")).main_pid <= 0) return "a.service has no process";
    if (!world.stop("a.service") || world.sub_state("a.service") != "dead")
        return "a.service does not stop, it is " + world.sub_state("a.service");
    return {};
}

void try_all(const Scenario& scenario) {
    constexpr size_t some = 7;
    auto before = set_log_sink(ignore_line);
    bool reached = false;
    CHECK(try_position(scenario, SIZE_MAX, reached) == "");
    size_t count = SIZE_MAX - FailingMemory::left();
    size_t step = getenv("SCTL_ALL_POSITIONS") ? 1 : std::max<size_t>(count / some, 1);
    size_t tried = 0;
    for (size_t position = 1; position <= count; position += step) {
        auto wrong = try_position(scenario, position, reached);
        tried += reached;
        INFO("allocation " << position << " of " << count);
        CHECK(wrong == "");
    }
    set_log_sink(before);
    CHECK(tried > 0); // how many there are depends on how busy the machine is
}

bool runs(ManagerWorld& world) {
    return world.sub_state("a.service") == "running";
}

void start(ManagerWorld& world) {
    (void)world.manager().load("a.service");
    (void)world.ask(JobType::Start, "a.service");
}

void start_and_wait(ManagerWorld& world) {
    if (!world.start("a.service")) throw std::runtime_error("a.service does not start");
}

void kill_main(ManagerWorld& world) {
    pid_t pid = service_status(world.unit("a.service")).main_pid;
    kill(pid, SIGKILL);
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT); // still to be reaped
}

} // namespace

TEST_CASE("memory is short once while a unit is loaded") {
    try_all({.prepare = {}, .act = [](ManagerWorld& world) {
                 (void)world.manager().load("a.service");
                 (void)world.manager().load("nosuch.service");
             }});
}

TEST_CASE("memory is short once while a unit starts") {
    try_all({.prepare = {}, .act = start});
    try_all({.settings = "[Unit]\nWants=b.service c.service\nOnFailure=d.service\n[Service]\n"
                         "Type=exec\nExecStartPre=/bin/true\nExecStart=/bin/sleep 1000\n"
                         "RuntimeDirectory=some-directory-of-ours\nTimeoutStartSec=10s\n",
             .prepare = {},
             .act = start,
             .turns = 12});
}

TEST_CASE("memory is short once when a process ends") {
    try_all({.prepare = start_and_wait,
             .act =
                 [](ManagerWorld& world) {
                     kill_main(world);
                     turn(world, 3);
                 },
             .holds = [](ManagerWorld& world) { return !runs(world); }});
}

TEST_CASE("memory is short once when a service is restarted by itself") {
    try_all({.settings = "[Service]\nExecStart=/bin/sleep 1000\nRestart=always\nRestartSec=0\n",
             .prepare = start_and_wait,
             .act =
                 [](ManagerWorld& world) {
                     kill_main(world);
                     turn(world, 6);
                 },
             .holds = runs});
}

TEST_CASE("memory is short once during a restart") {
    try_all({.prepare = start_and_wait,
             .act = [](ManagerWorld& world) { (void)world.ask(JobType::Restart, "a.service"); }});
}

TEST_CASE("memory is short once during a stop") {
    try_all({.settings = "[Service]\nExecStart=/bin/sleep 1000\nExecStopPost=/bin/true\n",
             .prepare = start_and_wait,
             .act = [](ManagerWorld& world) { (void)world.ask(JobType::Stop, "a.service"); }});
}

TEST_CASE("memory is short once during a reload") {
    try_all({.prepare = start_and_wait,
             .act = [](ManagerWorld& world) { world.manager().reload(); },
             .holds =
                 [](ManagerWorld& world) {
                     auto& unit = world.unit("a.service");
                     return runs(world) && unit.loaded.load_state == LoadState::Loaded &&
                            world.manager().graph().has(unit.id, Dependency::After,
                                                        world.unit("basic.target").id);
                 }});
}

TEST_CASE("an observer that throws stops neither the turn nor the others") {
    struct Throwing : ManagerObserver {
        void unit_new(const Unit&) override { fail(); }
        void unit_changed(const Unit&) override { fail(); }
        void unit_removed(const UnitName&) override { fail(); }
        void job_new(const Job&, const Unit&) override { fail(); }
        void job_removed(const Job&, const Unit&) override { fail(); }
        void reloading(bool) override { fail(); }
        void startup_finished() override { fail(); }
        void process_ended(const ProcessExit&) override { fail(); }
        void processes_reaped() override { fail(); }
        [[noreturn]] static void fail() { throw std::runtime_error("an observer's fault"); }
    };
    struct Counting : ManagerObserver {
        void unit_changed(const Unit&) override { ++changed; }
        void job_removed(const Job&, const Unit&) override { ++removed; }
        void process_ended(const ProcessExit&) override { ++ended; }
        void reloading(bool) override { ++reloads; }
        int changed = 0, removed = 0, ended = 0, reloads = 0;
    };
    auto before = set_log_sink(ignore_line);
    {
        ManagerWorld world;
        Throwing throwing;
        Counting counting;
        world.manager().add_observer(&throwing);
        world.manager().add_observer(&counting);
        world.write("a.service", plain);
        (void)world.unit("nosuch.service");
        turn(world, 2);
        CHECK(world.start("a.service"));
        CHECK(runs(world));
        world.reload();
        CHECK(runs(world));
        CHECK(world.stop("a.service"));
        CHECK(counting.removed >= 2);
        CHECK(counting.changed >= 2);
        CHECK(counting.ended == 1);
        CHECK(counting.reloads == 2);
        CHECK(is_idle(world));
        world.manager().remove_observer(&throwing);
        world.manager().remove_observer(&counting);
    }
    set_log_sink(before);
}

TEST_SUITE_END();
