#include <doctest/doctest.h>

#include "fake_world.hpp"

using namespace sctl;
using enum ServiceExecCommand;

TEST_SUITE_BEGIN("state");

namespace {

ServiceConfig restarting(Restart restart) {
    auto config = service_of_type(ServiceType::Simple);
    config.restart = restart;
    return config;
}

enum class End { Clean, CleanSignal, ExitCode, Signal, CoreDump, Timeout, Watchdog };

// Whether a service with this Restart= waits to be started again after such an end.
bool restarts_after(Restart restart, End end) {
    auto config = restarting(restart);
    config.watchdog = 10s;
    config.runtime_max = end == End::Timeout ? Span(5s) : infinity;
    FakeWorld world(config);
    world.start();
    switch (end) {
        case End::Clean: world.exits(world.main()); break;
        case End::CleanSignal: world.killed(world.main(), SIGTERM); break;
        case End::ExitCode: world.exits(world.main(), 1); break;
        case End::Signal: world.killed(world.main(), SIGKILL); break;
        case End::CoreDump: world.dumps_core(world.main()); break;
        case End::Timeout:
            world.advance(5s);
            world.killed(world.main(), SIGTERM);
            break;
        case End::Watchdog:
            world.advance(10s);
            world.dumps_core(world.main(), SIGABRT);
            break;
    }
    return world.state() == ServiceState::AutoRestart;
}

} // namespace

TEST_CASE("each value of Restart= restarts after the ends that systemd.service(5) lists for it") {
    struct Row {
        Restart restart;
        bool clean, exit_code, signal, timeout, watchdog;
    };
    const Row table[] = {
        {Restart::No, false, false, false, false, false},
        {Restart::OnSuccess, true, false, false, false, false},
        {Restart::OnFailure, false, true, true, true, true},
        {Restart::OnAbnormal, false, false, true, true, true},
        {Restart::OnAbort, false, false, true, false, false},
        {Restart::OnWatchdog, false, false, false, false, true},
        {Restart::Always, true, true, true, true, true},
    };
    for (const auto& row : table) {
        CAPTURE(static_cast<int>(row.restart));
        CHECK(restarts_after(row.restart, End::Clean) == row.clean);
        CHECK(restarts_after(row.restart, End::CleanSignal) == row.clean);
        CHECK(restarts_after(row.restart, End::ExitCode) == row.exit_code);
        CHECK(restarts_after(row.restart, End::Signal) == row.signal);
        CHECK(restarts_after(row.restart, End::CoreDump) == row.signal);
        CHECK(restarts_after(row.restart, End::Timeout) == row.timeout);
        CHECK(restarts_after(row.restart, End::Watchdog) == row.watchdog);
    }
}

TEST_CASE("a service with Restart=on-failure starts again after RestartSec") {
    auto config = restarting(Restart::OnFailure);
    config.restart_sec = 5s;
    FakeWorld world(config);
    world.start();
    world.exits(world.main(), 1);
    CHECK(world.state() == ServiceState::AutoRestart);
    world.advance(4s);
    CHECK(world.state() == ServiceState::AutoRestart);
    world.advance(1s);
    CHECK(world.state() == ServiceState::Running);
    CHECK(world.status.n_restarts == 1);
    CHECK(world.logged("Scheduled restart job, restart counter is at 1."));
}

TEST_CASE("a job sees the failure before the restart") {
    FakeWorld world(restarting(Restart::Always));
    world.start();
    world.exits(world.main(), 1);
    auto last = world.changes.end();
    CHECK((last - 2)->sub_to == "failed");
    CHECK((last - 2)->will_restart);
    CHECK((last - 1)->sub_from == "failed");
    CHECK((last - 1)->sub_to == "auto-restart");
}

TEST_CASE("a stop that a person asks for is not followed by a restart") {
    FakeWorld world(restarting(Restart::Always));
    world.start();
    world.stop();
    world.killed(world.main(), SIGTERM);
    CHECK(world.state() == ServiceState::Dead);
    world.start();
    world.exits(world.main(), 1);
    CHECK(world.state() == ServiceState::AutoRestart); // the next end is another matter
}

TEST_CASE("a stop while it waits to restart leaves it dead") {
    FakeWorld world(restarting(Restart::Always));
    world.start();
    world.exits(world.main(), 1);
    world.stop();
    CHECK(world.state() == ServiceState::Dead);
    world.advance(10s);
    CHECK(world.state() == ServiceState::Dead);
    CHECK(world.restarts == 0);
}

TEST_CASE("a queued stop, or the halt of everything, keeps a service from restarting") {
    FakeWorld world(restarting(Restart::Always));
    world.start();
    world.context.stop_job_pending = true;
    world.exits(world.main(), 1);
    CHECK(world.state() == ServiceState::Failed);

    FakeWorld halting(restarting(Restart::Always));
    halting.start();
    halting.context.manager_stopping = true;
    halting.exits(halting.main(), 1);
    CHECK(halting.state() == ServiceState::Failed);
}

TEST_CASE("a stop that is queued while it waits skips the restart") {
    FakeWorld world(restarting(Restart::Always));
    world.start();
    world.exits(world.main(), 1);
    world.context.stop_job_pending = true;
    world.advance(1s);
    CHECK(world.restarts == 0);
    CHECK(world.logged("Stop job pending for unit, skipping automatic restart."));
    CHECK(world.state() == ServiceState::AutoRestart); // until the job comes
}

TEST_CASE("RestartPreventExitStatus and RestartForceExitStatus decide before Restart") {
    auto config = restarting(Restart::Always);
    config.restart_prevent_exit_status.edit() = {.statuses = {3}, .signals = {SIGKILL}};
    FakeWorld world(config);
    world.start();
    world.exits(world.main(), 3);
    CHECK(world.state() == ServiceState::Failed);
    world.start();
    world.killed(world.main(), SIGKILL);
    CHECK(world.state() == ServiceState::Failed);

    config = restarting(Restart::No);
    config.restart_force_exit_status.edit() = {.statuses = {4}, .signals = {}};
    FakeWorld forced(config);
    forced.start();
    forced.exits(forced.main(), 4);
    CHECK(forced.state() == ServiceState::AutoRestart);
}

TEST_CASE("the restart counter goes on while it restarts and begins anew with the next start") {
    FakeWorld world(restarting(Restart::OnFailure));
    world.start();
    for (int i = 0; i < 3; ++i) {
        world.exits(world.main(), 1);
        world.advance(1s);
    }
    CHECK(world.status.n_restarts == 3);
    world.exits(world.main(), 0);
    CHECK(world.state() == ServiceState::Dead);
    CHECK(world.status.n_restarts == 3); // can still be looked at
    world.start();
    CHECK(world.status.n_restarts == 0);
}

TEST_CASE("a restart job that is refused fails the unit") {
    FakeWorld world(restarting(Restart::Always));
    world.run_restart_jobs = false;
    world.start();
    world.exits(world.main(), 0);
    world.advance(1s);
    world.send(event::RestartJobRefused{"Unit is masked"});
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::Resources);
    CHECK(world.logged("Failed to schedule restart job: Unit is masked"));
}

TEST_CASE("a start limit that ends the restarts keeps the result of the last run") {
    FakeWorld world(restarting(Restart::OnFailure));
    world.run_restart_jobs = false;
    world.start();
    world.exits(world.main(), 1);
    world.advance(1s);
    world.stop(); // the restart job's two halves
    world.send(event::StartLimitHit{});
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::ExitCode);
    CHECK(world.status.n_restarts == 1);
}

TEST_CASE("RestartSec=infinity waits for ever") {
    auto config = restarting(Restart::Always);
    config.restart_sec = infinity;
    FakeWorld world(config);
    world.start();
    world.exits(world.main());
    world.advance(std::chrono::hours(1000));
    CHECK(world.state() == ServiceState::AutoRestart);
}

TEST_CASE("a failing start is retried as well") {
    auto config = restarting(Restart::OnFailure);
    add_command(config, StartPre);
    FakeWorld world(config);
    world.start();
    world.exits(world.control(), 1);
    CHECK(world.state() == ServiceState::AutoRestart);
    world.advance(1s);
    CHECK(world.state() == ServiceState::StartPre);
}

TEST_SUITE_END();
