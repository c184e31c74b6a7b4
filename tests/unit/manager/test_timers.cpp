// Timers in a manager whose clock and processes are the test's: months go by in a moment.
#include <doctest/doctest.h>

#include "local_zone.hpp"
#include "manager/unit_hold.hpp"
#include "process_world.hpp"
#include "run/timer/timer_run.hpp"

using namespace sctl;

namespace {

constexpr std::string_view quick_service = "[Service]\nExecStart=/bin/job\n";

struct TimerWorld : ProcessWorld {
    LocalZone zone{"UTC"};

    // a.timer for a.service, which both stay in memory.
    void write_timer(std::string_view settings, std::string_view service = quick_service) {
        write("a.timer", cat("[Timer]\nAccuracySec=1us\n", settings));
        write("a.service", service);
        holds_.emplace_back(manager(), unit("a.timer").id);
        holds_.emplace_back(manager(), unit("a.service").id);
    }
    const TimerStatus& status() { return *timer_status(unit("a.timer")); }
    // The first moment on either clock for which it waits, as monotonic; infinity for none.
    Span next() {
        const auto& timer = status();
        if (timer.state != TimerState::Waiting) return infinity;
        Span realtime =
            timer.next_realtime == infinity
                ? infinity
                : current_moment().monotonic + (timer.next_realtime - current_moment().realtime);
        return std::min(timer.next_monotonic, realtime);
    }
    // To the next elapse; the moment at which it was, on the realtime clock.
    Span elapse() {
        REQUIRE(next() != infinity);
        leap(std::max(next() - now(), Span{}));
        return status().last_trigger.realtime;
    }
    // The service's main process ends at once, well.
    void finish_job() {
        if (pid_t pid = main_pid("a.service")) processes.exits(pid, 0);
        REQUIRE(run_until([&] { return unit("a.service").is_inactive_or_failed(); }));
        REQUIRE(settle());
    }
    size_t runs() { return processes.spawned.size(); }
    std::string timer_state() { return sub_state("a.timer"); }

  private:
    std::vector<UnitHold> holds_;
};

} // namespace

TEST_SUITE_BEGIN("timers");

TEST_CASE("a timer waits, starts its service, and waits again when that has ended") {
    TimerWorld world;
    world.write_timer("OnActiveSec=10\nOnUnitInactiveSec=1h\n");
    REQUIRE(world.start("a.timer"));
    CHECK(world.timer_state() == "waiting");
    CHECK(world.state("a.timer") == ActiveState::Active);
    CHECK(world.next() == world.now() + 10s);
    world.leap(9s);
    CHECK(world.runs() == 0);
    world.leap(1s);
    CHECK(world.runs() == 1);
    CHECK(world.timer_state() == "running");
    CHECK(world.next() == infinity);
    world.leap(30s);
    world.finish_job();
    CHECK(world.timer_state() == "waiting");
    CHECK(world.next() == world.unit("a.service").inactive_enter.monotonic + 1h);
    world.elapse();
    CHECK(world.runs() == 2);
    // A service that somebody else has started runs on.
    world.finish_job();
    REQUIRE(world.start("a.service"));
    world.elapse();
    CHECK(world.runs() == 3);
    CHECK(world.timer_state() == "running");
    REQUIRE(world.stop("a.timer"));
    CHECK(world.timer_state() == "dead");
    CHECK(world.state("a.service") == ActiveState::Active);
    world.finish_job();
    world.leap(24h);
    CHECK(world.runs() == 3);
}

TEST_CASE("what is counted from a moment that comes once elapses once, whatever comes after") {
    TimerWorld world;
    world.write_timer("OnBootSec=2h\nOnActiveSec=1\n");
    REQUIRE(world.start("a.timer"));
    world.elapse();
    world.finish_job();
    CHECK(world.next() == world.manager().boot_start().monotonic + 2h);
    world.elapse();
    world.finish_job();
    CHECK(world.runs() == 2);
    CHECK(world.timer_state() == "elapsed");
    CHECK(world.state("a.timer") == ActiveState::Active);
    world.reload();
    REQUIRE(world.settle());
    CHECK(world.timer_state() == "elapsed");
    CHECK(world.runs() == 2);
    // Begun anew, what counts from its own start does so again, the boot does not.
    REQUIRE(world.ask(JobType::Restart, "a.timer") == "");
    REQUIRE(world.settle());
    world.elapse();
    world.finish_job();
    CHECK(world.runs() == 3);
    CHECK(world.timer_state() == "elapsed");
}

TEST_CASE("a timer with nothing to wait for goes, unless it is to remain or may have more") {
    TimerWorld world;
    world.write_timer("OnActiveSec=1\nRemainAfterElapse=no\n");
    REQUIRE(world.start("a.timer"));
    world.elapse();
    world.finish_job();
    CHECK(world.timer_state() == "dead");

    world.write("b.timer", "[Timer]\nOnUnitActiveSec=2\nRemainAfterElapse=no\nAccuracySec=1us\n");
    world.write("b.service", quick_service);
    UnitHold hold(world.manager(), world.unit("b.timer").id);
    REQUIRE(world.start("b.timer"));
    CHECK(world.sub_state("b.timer") == "elapsed");
    // The first start by hand is what it counts from.
    REQUIRE(world.start("b.service"));
    CHECK(world.sub_state("b.timer") == "waiting");
}

TEST_CASE("a service that cannot run, or is not to, does not stop its timer") {
    TimerWorld world;
    world.write_timer("OnUnitInactiveSec=1\nOnActiveSec=1\n",
                      "[Unit]\nStartLimitIntervalSec=0\nConditionPathExists=/not/there\n"
                      "[Service]\nExecStart=/bin/job\n");
    REQUIRE(world.start("a.timer"));
    for (int i = 0; i < 5; ++i) {
        auto before = world.status().last_trigger;
        world.elapse();
        REQUIRE(world.settle());
        CHECK(world.status().last_trigger.monotonic >= before.monotonic + 1s);
        CHECK(world.timer_state() == "waiting");
    }
    CHECK(world.runs() == 0);
}

TEST_CASE("a service that hits its start limit fails, its timer goes on") {
    TimerWorld world;
    world.write_timer("OnActiveSec=0\nOnUnitInactiveSec=200ms\n",
                      "[Service]\nType=oneshot\nExecStart=/bin/job\n");
    REQUIRE(world.start("a.timer"));
    REQUIRE(world.run_until([&] {
        if (pid_t pid = world.main_pid("a.service")) world.processes.exits(pid, 0);
        return world.state("a.service") == ActiveState::Failed;
    }));
    CHECK(world.runs() == 5);
    CHECK(world.timer_state() == "waiting");
    CHECK(world.status().result == TimerResult::Success);
}

TEST_CASE("what a timer cannot start fails it, or is refused before it begins") {
    TimerWorld world;
    world.write_timer("OnActiveSec=1\nUnit=nobody.service\n");
    REQUIRE(world.start("a.timer"));
    CHECK(world.state("a.timer") == ActiveState::Inactive);
    CHECK(world.output.said("Refusing to start, unit nobody.service to trigger not loaded."));

    world.write("b.timer", "[Timer]\nOnActiveSec=1\n");
    world.write("b.service", "[Unit]\nRequires=nobody.service\n[Service]\nExecStart=/bin/job\n");
    UnitHold hold(world.manager(), world.unit("b.timer").id);
    REQUIRE(world.start("b.timer"));
    REQUIRE(world.run_until([&] { return world.state("b.timer") == ActiveState::Failed; }));
    CHECK(timer_status(world.unit("b.timer"))->result == TimerResult::Resources);
    CHECK(world.output.said(
        "b.timer: Failed to queue unit startup job: Unit nobody.service not found."));
    CHECK(world.output.said("b.timer: Failed with result 'resources'."));
    REQUIRE(world.manager().reset_failed(world.unit("b.timer").id).has_value());
    CHECK(world.state("b.timer") == ActiveState::Inactive);
}

TEST_CASE("a year of a calendar timer has each of its moments, and no other") {
    TimerWorld world;
    world.write_timer("OnCalendar=Mon..Fri 08..18/2:30\n");
    REQUIRE(world.start("a.timer"));
    auto spec = parse_calendar("Mon..Fri 08..18/2:30", known_time_zones()).value();
    Span expected = current_moment().realtime, end = expected + 365 * 24h;
    size_t count = 0;
    for (;; ++count) {
        expected = next_elapse(spec, expected, known_time_zones()).value();
        if (expected > end) break;
        REQUIRE(world.elapse() == expected);
        world.finish_job();
    }
    CHECK(count == world.runs());
    CHECK(count == 261 * 6);
}

TEST_CASE("a clock that is set makes a calendar timer look again, and none that counts") {
    TimerWorld world;
    world.write_timer("OnCalendar=hourly\n");
    world.write("b.timer", "[Timer]\nOnActiveSec=5h\nAccuracySec=1us\n");
    world.write("b.service", quick_service);
    world.write("c.timer", "[Timer]\nOnClockChange=yes\n");
    world.write("c.service", "[Service]\nExecStart=/bin/on-change\n");
    UnitHold b(world.manager(), world.unit("b.timer").id),
        c(world.manager(), world.unit("c.timer").id);
    for (auto name : {"a.timer", "b.timer", "c.timer"}) REQUIRE(world.start(name));
    Span before = world.next();
    // An hour and a minute forward: at once, for what was missed.
    world.set_realtime(current_moment().realtime + 61min);
    REQUIRE(world.run_until([&] { return world.processes.count("/bin/on-change") == 1; }));
    REQUIRE(world.run_until([&] { return world.processes.count("/bin/job") == 1; }));
    CHECK(world.now() < before);
    world.finish_job();
    // Two days back: the hours that come again count again.
    world.set_realtime(current_moment().realtime - 48h);
    world.turn();
    CHECK(world.next() <= world.now() + 1h);
    CHECK(world.elapse().count() % Span(1h).count() == 0);
    CHECK(timer_status(world.unit("b.timer"))->state == TimerState::Waiting);
}

TEST_CASE("a persistent timer makes up for what it missed, once, and keeps when it elapsed") {
    for (auto [age, runs] : {std::pair<Span, size_t>(72h, 1), {10min, 0}, {-72h, 0}}) {
        CAPTURE(age.count());
        TimerWorld world;
        auto stamp = world.files.path() + "/var/lib/systemd/timers/stamp-a.timer";
        // The middle of a day, as the world's clock begins at the begin of an hour.
        world.write_timer("OnCalendar=*-*-* 07:00\nPersistent=yes\n");
        world.set_realtime(Span(1'700'000'000'000'000) / 24h * 24h + 12h);
        world.turn();
        world.files.write("/var/lib/systemd/timers/stamp-a.timer", "");
        auto time = std::chrono::floor<std::chrono::seconds>(current_moment().realtime - age);
        timespec both[] = {{time.count(), 0}, {time.count(), 0}};
        REQUIRE(utimensat(AT_FDCWD, stamp.c_str(), both, 0) == 0);
        REQUIRE(world.start("a.timer"));
        world.leap(1s);
        CHECK(world.runs() == runs);
        CHECK(world.output.said("Not using persistent file timestamp") == (age < Span{}));
        if (runs > 0) {
            struct stat info {};
            REQUIRE(stat(stamp.c_str(), &info) == 0);
            CHECK(info.st_mtim.tv_sec ==
                  std::chrono::floor<std::chrono::seconds>(world.status().last_trigger.realtime)
                      .count());
            world.finish_job();
        }
        CHECK(world.next() > world.now() + 18h);
        REQUIRE(world.stop("a.timer"));
        REQUIRE(world.manager()
                    .clean_unit(world.unit("a.timer").id, {DirectoryType::State})
                    .has_value());
        world.turn();
        CHECK(access(stamp.c_str(), F_OK) != 0);
    }
}

TEST_CASE("started again, a calendar timer has no run off its schedule") {
    TimerWorld world;
    world.write_timer("OnCalendar=*:0/6\n");
    REQUIRE(world.start("a.timer"));
    world.elapse();
    world.finish_job();
    world.leap(1min);
    REQUIRE(world.ask(JobType::Restart, "a.timer") == "");
    REQUIRE(world.settle());
    CHECK(world.runs() == 1);
    REQUIRE(world.stop("a.timer"));
    world.leap(20min);
    REQUIRE(world.start("a.timer"));
    world.leap(1s);
    CHECK(world.runs() == 1);
    CHECK(world.next() > world.now());
}

TEST_CASE("a random delay is within its bounds, and where it is fixed the same each time") {
    for (bool fixed : {false, true}) {
        TimerWorld world;
        world.write_timer(cat("OnCalendar=hourly\nRandomizedDelaySec=30min\nFixedRandomDelay=",
                              fixed ? "yes" : "no", "\n"));
        REQUIRE(world.start("a.timer"));
        std::set<Span> delays;
        for (int i = 0; i < 20; ++i) {
            Span delay = world.status().next_realtime % 1h;
            CHECK(delay < 30min);
            delays.insert(delay);
            world.elapse();
            world.finish_job();
        }
        CHECK((delays.size() == 1) == fixed);
    }
}

TEST_CASE("a timer whose file says something else has elapsed by nothing that is new in it") {
    TimerWorld world;
    world.write_timer("OnActiveSec=1\nOnUnitActiveSec=1h\n");
    REQUIRE(world.start("a.timer"));
    world.elapse();
    world.finish_job();
    Span next = world.next();
    world.reload();
    REQUIRE(world.settle());
    CHECK(world.runs() == 1);
    CHECK(world.next() == next);
    world.write("a.timer", "[Timer]\nOnActiveSec=1\nOnUnitActiveSec=2h\nAccuracySec=1us\n");
    world.reload();
    REQUIRE(world.settle());
    CHECK(world.next() == next + 1h);
    // A timer whose file is gone has nothing to start.
    REQUIRE(unlink((world.files.path() + "/etc/systemd/system/a.timer").c_str()) == 0);
    world.reload();
    REQUIRE(world.settle());
    CHECK(world.timer_state() == "failed");
    CHECK(world.status().result == TimerResult::Resources);
    CHECK(world.output.said("a.timer: Unit to trigger vanished."));
}

// As ten thousand do, which take a sanitizer minutes.
TEST_CASE("a thousand timers wait without a turn of the loop") {
    TimerWorld world;
    constexpr int count = 1000;
    world.write("t@.timer", "[Timer]\nOnActiveSec=1h\nOnCalendar=2100-01-01\n");
    world.write("t@.service", quick_service);
    for (int i = 0; i < count; ++i) {
        REQUIRE(world.ask(JobType::Start, cat("t@", i, ".timer")) == "");
        if (i % 100 == 99) REQUIRE(world.settle()); // each start looks at all jobs that wait
    }
    world.turn();
    world.leap(59min);
    CHECK(world.runs() == 0);
    // With the accuracy of a minute they elapse together.
    world.leap(2min);
    REQUIRE(world.settle());
    CHECK(world.runs() == count);
}

TEST_CASE("a manager that ends without stopping anything forgets what its units wait for") {
    EventLoop loop;
    CollectedOutput output;
    TemporaryDirectory files;
    files.write("/etc/systemd/system/a.timer", "[Timer]\nOnActiveSec=1h\n");
    files.write("/etc/systemd/system/a.path", "[Path]\nPathExists=/not/there\n");
    files.write("/etc/systemd/system/a.service", quick_service);
    ManagerOptions options;
    options.instance = files.path();
    REQUIRE(prepare_run_directory(options.root()).has_value());
    auto manager =
        std::make_unique<Manager>(loop, output, options, std::make_unique<PretendedProcesses>());
    manager->set_up();
    for (auto name : {"a.timer", "a.path"})
        REQUIRE(manager->add_job(JobType::Start, name, JobMode::Replace, true).has_value());
    manager->run_events();
    CHECK(manager->find("a.timer")->active == ActiveState::Active);
    CHECK(manager->find("a.path")->active == ActiveState::Active);
    manager.reset();
    loop.run_once(Span{});
}

TEST_CASE("timers that may elapse together do, at the machine's own place in the time they have") {
    constexpr Span perturbation = 13s;
    auto good = [&](Span from, Span to) { return good_moment(from, to, perturbation); };
    CHECK(good(100s, 100s) == Span(100s));
    CHECK(good(infinity, infinity) == infinity);
    CHECK(good(100s, 160s) == Span(133s));
    CHECK(good(100s, 110s) == Span(103s));
    CHECK(good(104s, 106s) == Span(105s));
    CHECK(good(104s + 100ms, 104s + 600ms) == Span(104s + 500ms));
    CHECK(good(104s + 10ms, 104s + 20ms) == Span(104s + 20ms));
}

TEST_SUITE_END();
