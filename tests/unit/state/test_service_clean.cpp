#include <doctest/doctest.h>

#include "fake_world.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("state");

TEST_CASE("a dead service is cleaned by a control process, and is dead again") {
    FakeWorld world(service_of_type(ServiceType::Simple));
    world.clean();
    CHECK(world.state() == ServiceState::Cleaning);
    CHECK(active_state(world.state(), ServiceType::Simple) == ActiveState::Maintenance);
    CHECK(world.cleaned == std::vector<std::string>{"/run/x"});
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Dead);
    CHECK(world.status.clean_result == ServiceResult::Success);
}

TEST_CASE("a service that is not dead is not cleaned") {
    FakeWorld world(service_of_type(ServiceType::Simple));
    world.start();
    world.clean();
    CHECK(world.state() == ServiceState::Running);
    CHECK(world.cleaned.empty());
}

TEST_CASE("a cleaning that fails fails the unit, without a restart") {
    auto config = service_of_type(ServiceType::Simple);
    config.restart = Restart::Always;
    FakeWorld world(config);
    world.clean();
    world.exits(world.control(), 1);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::ExitCode);
    CHECK(world.status.clean_result == ServiceResult::ExitCode);
    CHECK(world.restarts == 0);
    world.send(event::ResetFailed{});
    CHECK(world.state() == ServiceState::Dead);
    CHECK(world.status.clean_result == ServiceResult::Success);
}

TEST_CASE("a cleaning whose process cannot be started leaves the service as it was") {
    FakeWorld world(service_of_type(ServiceType::Simple));
    world.fork_fails = true;
    world.clean();
    CHECK(world.state() == ServiceState::Dead);
    CHECK(world.result() == ServiceResult::Success);
    CHECK(world.status.clean_result == ServiceResult::Resources);
    CHECK(world.logged("Failed to initiate cleaning: Cannot allocate memory"));
}

TEST_CASE("a cleaning that takes longer than TimeoutCleanSec is killed") {
    auto config = service_of_type(ServiceType::Simple);
    FakeWorld world(config);
    world.context.timeout_clean = std::chrono::seconds(7);
    world.clean();
    world.advance(std::chrono::seconds(6));
    CHECK(world.state() == ServiceState::Cleaning);
    world.advance(std::chrono::seconds(1));
    CHECK(world.state() == ServiceState::FinalSigkill);
    CHECK(world.logged("Cleaning timed out. killing."));
    world.killed(world.control(), SIGKILL);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.status.clean_result == ServiceResult::Timeout);
}

TEST_CASE("a stop ends a cleaning") {
    FakeWorld world(service_of_type(ServiceType::Simple));
    world.clean();
    world.stop();
    CHECK(world.state() == ServiceState::FinalSigkill);
    world.killed(world.control(), SIGKILL);
    CHECK(world.state() == ServiceState::Failed);
}

TEST_SUITE_END();
