#include <doctest/doctest.h>

#include "fake_world.hpp"

using namespace sctl;
using enum ServiceExecCommand;

TEST_SUITE_BEGIN("state");

TEST_CASE("each command of a start has the start's time limit for itself") {
    auto config = service_of_type(ServiceType::Simple);
    config.timeout_start = 10s;
    add_command(config, StartPre);
    add_command(config, StartPre);
    FakeWorld world(config);
    world.start();
    world.advance(9s);
    world.exits(world.control());
    world.advance(9s);
    CHECK(world.state() == ServiceState::StartPre);
    world.advance(1s);
    CHECK(world.logged("start-pre operation timed out. Terminating."));
    CHECK(world.state() == ServiceState::StopSigterm);
    world.killed(world.control(), SIGTERM);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::Timeout);
}

TEST_CASE("TimeoutStartFailureMode says how a start that takes too long ends") {
    auto config = service_of_type(ServiceType::Notify);
    SUBCASE("abort") {
        config.timeout_start_failure_mode = TimeoutFailureMode::Abort;
        FakeWorld world(config);
        world.start();
        world.advance(90s);
        CHECK(world.logged("start operation timed out. Aborting."));
        CHECK(world.state() == ServiceState::StopWatchdog);
    }
    SUBCASE("kill") {
        config.timeout_start_failure_mode = TimeoutFailureMode::Kill;
        FakeWorld world(config);
        world.start();
        world.advance(90s);
        CHECK(world.logged("start operation timed out. Killing."));
        CHECK(world.state() == ServiceState::StopSigkill);
    }
    SUBCASE("kill, but SendSIGKILL=no") {
        config.timeout_start_failure_mode = TimeoutFailureMode::Kill;
        FakeWorld world(config);
        world.context.kill.send_sigkill = false;
        world.start();
        world.advance(90s);
        CHECK(world.logged("start operation timed out. Skipping SIGKILL."));
        CHECK(world.state() == ServiceState::FinalSigterm);
    }
}

TEST_CASE("an ExecStop that takes too long goes the way of TimeoutStopFailureMode") {
    struct Row {
        TimeoutFailureMode mode;
        std::string_view says;
        ServiceState state;
    };
    const Row table[] = {
        {TimeoutFailureMode::Terminate, "Stopping timed out. Terminating.",
         ServiceState::StopSigterm},
        {TimeoutFailureMode::Abort, "Stopping timed out. Aborting.", ServiceState::StopWatchdog},
        {TimeoutFailureMode::Kill, "Stopping timed out. Killing.", ServiceState::StopSigkill},
    };
    for (const auto& row : table) {
        auto config = service_of_type(ServiceType::Simple);
        config.timeout_stop_failure_mode = row.mode;
        add_command(config, Stop);
        FakeWorld world(config);
        world.start();
        world.stop();
        world.advance(90s);
        CHECK(world.logged(row.says));
        CHECK(world.state() == row.state);
    }
}

TEST_CASE("an ExecStopPost that takes too long goes the way of TimeoutStopFailureMode") {
    struct Row {
        TimeoutFailureMode mode;
        std::string_view says;
        ServiceState state;
    };
    const Row table[] = {
        {TimeoutFailureMode::Terminate, "State 'stop-post' timed out. Terminating.",
         ServiceState::FinalSigterm},
        {TimeoutFailureMode::Abort, "State 'stop-post' timed out. Aborting.",
         ServiceState::FinalWatchdog},
        {TimeoutFailureMode::Kill, "State 'stop-post' timed out. Killing.",
         ServiceState::FinalSigkill},
    };
    for (const auto& row : table) {
        auto config = service_of_type(ServiceType::Simple);
        config.timeout_stop_failure_mode = row.mode;
        add_command(config, StopPost);
        FakeWorld world(config);
        world.start();
        world.exits(world.main());
        world.advance(90s);
        CHECK(world.logged(row.says));
        CHECK(world.state() == row.state);
        world.killed(world.control(), SIGKILL);
        CHECK(world.state() == ServiceState::Failed);
        CHECK(world.result() == ServiceResult::Timeout);
    }
}

TEST_CASE(
    "with TimeoutStopFailureMode=abort an ignored SIGTERM is followed by SIGABRT, then SIGKILL") {
    auto config = service_of_type(ServiceType::Simple);
    config.timeout_stop_failure_mode = TimeoutFailureMode::Abort;
    FakeWorld world(config);
    world.start();
    world.stop();
    world.advance(90s);
    CHECK(world.logged("State 'stop-sigterm' timed out. Aborting."));
    CHECK(world.state() == ServiceState::StopWatchdog);
    world.advance(90s);
    CHECK(world.state() == ServiceState::StopSigkill);
}

TEST_CASE("the final phase aborts and kills in the same way") {
    auto config = service_of_type(ServiceType::Simple);
    config.timeout_stop_failure_mode = TimeoutFailureMode::Abort;
    FakeWorld world(config);
    world.start();
    world.forks();
    world.exits(world.main());
    CHECK(world.state() == ServiceState::StopSigterm);
    world.advance(90s); // SIGABRT
    world.advance(90s); // SIGKILL
    world.advance(90s); // given up
    CHECK(world.state() == ServiceState::FinalSigterm);
    world.advance(90s);
    CHECK(world.logged("State 'final-sigterm' timed out. Aborting."));
    CHECK(world.state() == ServiceState::FinalWatchdog);
    world.advance(90s);
    CHECK(world.logged("State 'final-watchdog' timed out. Killing."));
    CHECK(world.state() == ServiceState::FinalSigkill);
}

TEST_CASE("a reload that takes too long is killed, and the service runs on") {
    auto config = service_of_type(ServiceType::Simple);
    add_command(config, Reload);
    FakeWorld world(config);
    world.start();
    world.reload();
    auto reloading = world.control();
    world.advance(90s);
    CHECK(world.logged("Reload operation timed out. Killing reload process."));
    CHECK(world.killed_one.back().first == reloading);
    CHECK(world.killed_one.back().second == SIGKILL);
    CHECK(world.state() == ServiceState::Running);
    CHECK(world.status.reload_result == ServiceResult::Timeout);
    world.killed(reloading, SIGKILL); // nobody's business any more
    CHECK(world.state() == ServiceState::Running);
}

TEST_CASE("RuntimeMaxSec ends the run, counted from when it became active") {
    auto config = service_of_type(ServiceType::Simple);
    config.runtime_max = 60s;
    add_command(config, Reload);
    FakeWorld world(config);
    world.start();
    world.advance(30s);
    world.reload();
    world.advance(10s);
    world.exits(world.control());
    world.advance(19s);
    CHECK(world.state() == ServiceState::Running);
    world.advance(1s);
    CHECK(world.logged("Service reached runtime time limit. Stopping."));
    CHECK(world.state() == ServiceState::StopSigterm);
    world.killed(world.main(), SIGTERM);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::Timeout);
}

TEST_CASE("RuntimeRandomizedExtraSec adds at most what it says") {
    auto config = service_of_type(ServiceType::Simple);
    config.runtime_max = 60s;
    config.runtime_randomized_extra = 10s;
    FakeWorld world(config);
    world.context.random = [] { return uint64_t{7'000'000}; };
    world.start();
    world.advance(66s);
    CHECK(world.state() == ServiceState::Running);
    world.advance(1s);
    CHECK(world.state() == ServiceState::StopSigterm);
}

TEST_CASE("TimeoutStopSec=infinity waits for ever") {
    auto config = service_of_type(ServiceType::Simple);
    config.timeout_stop = infinity;
    FakeWorld world(config);
    world.start();
    world.stop();
    world.advance(std::chrono::hours(1000));
    CHECK(world.state() == ServiceState::StopSigterm);
}

TEST_CASE("a timer that fires after it was armed anew is only armed again") {
    auto config = service_of_type(ServiceType::Notify);
    FakeWorld world(config);
    world.start();
    world.timer.reset();
    world.send(event::TimedOut{});
    CHECK(world.state() == ServiceState::Start);
    CHECK(world.timer);
}

TEST_SUITE_END();
