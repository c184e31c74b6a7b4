#include <doctest/doctest.h>

#include "fake_world.hpp"

using namespace sctl;
using enum ServiceExecCommand;
using action::KillWhat;

TEST_SUITE_BEGIN("state");

namespace {

event::Notified notification() {
    event::Notified said{};
    said.sender = 1;
    return said;
}

FakeWorld ready_service(ServiceConfig config) {
    FakeWorld world(std::move(config));
    world.start();
    world.says_ready();
    return world;
}

} // namespace

TEST_CASE("Type=notify is up when it says READY=1") {
    FakeWorld world(service_of_type(ServiceType::Notify));
    world.start();
    CHECK(world.state() == ServiceState::Start);
    CHECK(world.timer);
    world.says_ready();
    CHECK(world.state() == ServiceState::Running);
    CHECK_FALSE(world.timer);
}

TEST_CASE("Type=notify that ends well without READY=1 is a protocol failure") {
    FakeWorld world(service_of_type(ServiceType::Notify));
    world.start();
    world.exits(world.main());
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::Protocol);
}

TEST_CASE("Type=notify that fails before READY=1 keeps its own failure") {
    FakeWorld world(service_of_type(ServiceType::Notify));
    world.start();
    world.exits(world.main(), 9);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::ExitCode);
}

TEST_CASE(
    "with NotifyAccess=main the end of the main process ends the start, RemainAfterExit or not") {
    auto config = service_of_type(ServiceType::Notify);
    config.remain_after_exit = true;
    FakeWorld world(config);
    world.start();
    world.forks();
    world.exits(world.main());
    CHECK(world.state() == ServiceState::StopSigterm);
    CHECK(world.result() == ServiceResult::Protocol);
}

TEST_CASE("with NotifyAccess=all and RemainAfterExit another process may still say READY=1") {
    auto config = service_of_type(ServiceType::Notify);
    config.notify_access = NotifyAccess::All;
    config.remain_after_exit = true;
    FakeWorld world(config);
    world.start();
    auto other = world.forks();
    world.exits(world.main());
    CHECK(world.state() == ServiceState::Start);
    SUBCASE("and does") {
        world.says_ready();
        CHECK(world.state() == ServiceState::Exited);
    }
    SUBCASE("or ends first") {
        world.exits(other);
        CHECK(world.state() == ServiceState::Failed);
        CHECK(world.result() == ServiceResult::Protocol);
    }
}

TEST_CASE("Type=notify that never says READY=1 times out") {
    FakeWorld world(service_of_type(ServiceType::Notify));
    world.start();
    world.advance(90s);
    CHECK(world.logged("start operation timed out. Terminating."));
    CHECK(world.cause.text == "start operation timed out");
    world.killed(world.main(), SIGTERM);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::Timeout);
    CHECK(world.status.main_exec.info.status == SIGTERM);
}

TEST_CASE("EXTEND_TIMEOUT_USEC gives more time, never less") {
    FakeWorld world(service_of_type(ServiceType::Notify));
    world.start();
    auto said = notification();
    said.extend_timeout = 1s;
    world.says(said);
    world.advance(80s);
    CHECK(world.state() == ServiceState::Start);
    said.extend_timeout = 20s;
    world.says(said);
    world.advance(19s);
    CHECK(world.state() == ServiceState::Start);
    world.advance(1s);
    CHECK(world.state() == ServiceState::StopSigterm);
}

TEST_CASE("EXTEND_TIMEOUT_USEC beside STOPPING=1 extends the stop") {
    auto world = ready_service(service_of_type(ServiceType::Notify));
    auto said = notification();
    said.stopping = true;
    said.extend_timeout = 200s;
    world.says(said);
    world.advance(199s);
    CHECK(world.state() == ServiceState::StopSigterm);
}

TEST_CASE("STATUS and ERRNO are kept after the end, until the next start") {
    auto world = ready_service(service_of_type(ServiceType::Notify));
    auto said = notification();
    said.status = "serving";
    said.errno_value = 2;
    world.says(said);
    world.exits(world.main());
    CHECK(world.status.status_text == "serving");
    CHECK(world.status.status_errno == 2);
    world.start();
    CHECK(world.status.status_text.empty());
    CHECK(world.status.status_errno == 0);
}

TEST_CASE("MAINPID makes another process the main one") {
    auto world = ready_service(service_of_type(ServiceType::Notify));
    auto other = world.forks();
    auto said = notification();
    said.main_pid = other;
    auto first = world.main();
    world.says(said);
    CHECK(world.main() == other);
    world.exits(first, 1);
    CHECK(world.state() == ServiceState::Running);
    world.exits(other, 1);
    CHECK(world.state() == ServiceState::Failed);
}

TEST_CASE("MAINPID may not name the control process, nor come too late") {
    auto config = service_of_type(ServiceType::Notify);
    add_command(config, Reload);
    auto world = ready_service(config);
    world.reload();
    auto main = world.main();
    auto said = notification();
    said.main_pid = world.control();
    world.says(said);
    CHECK(world.main() == main);
    world.exits(world.control());
    world.stop();
    said.main_pid = world.forks();
    world.says(said);
    CHECK(world.main() == main);
}

TEST_CASE("RELOADING=1 shows as reload until READY=1, and is passed on") {
    auto world = ready_service(service_of_type(ServiceType::Notify));
    auto said = notification();
    said.reloading = true;
    world.says(said);
    CHECK(world.state() == ServiceState::Reload);
    CHECK(world.reloads_propagated == 1);
    world.says_ready();
    CHECK(world.state() == ServiceState::Running);
}

TEST_CASE("RELOADING=1 during ExecReload keeps it reloading until READY=1") {
    auto config = service_of_type(ServiceType::Notify);
    add_command(config, Reload);
    auto world = ready_service(config);
    world.reload();
    auto said = notification();
    said.reloading = true;
    world.says(said);
    world.exits(world.control());
    CHECK(world.state() == ServiceState::Reload);
    world.says_ready();
    CHECK(world.state() == ServiceState::Running);
}

TEST_CASE("STOPPING=1 counts as SIGTERM, and the end is clean") {
    auto world = ready_service(service_of_type(ServiceType::Notify));
    auto said = notification();
    said.stopping = true;
    world.says(said);
    CHECK(world.state() == ServiceState::StopSigterm);
    CHECK(world.signals.empty());
    world.exits(world.main());
    CHECK(world.state() == ServiceState::Dead);
}

TEST_CASE("STOPPING=1 before the start is over is heeded after it") {
    auto config = service_of_type(ServiceType::Notify);
    add_command(config, StartPost);
    auto world = ready_service(config);
    CHECK(world.state() == ServiceState::StartPost);
    auto said = notification();
    said.stopping = true;
    world.says(said);
    CHECK(world.state() == ServiceState::StartPost);
    world.exits(world.control());
    CHECK(world.state() == ServiceState::StopSigterm);
}

TEST_CASE("a watchdog that is not heard of is sent SIGABRT, and the result is watchdog") {
    auto config = service_of_type(ServiceType::Notify);
    config.watchdog = 3s;
    auto world = ready_service(config);
    auto said = notification();
    said.watchdog = true;
    for (int i = 0; i < 5; ++i) {
        world.advance(2s);
        world.says(said);
    }
    CHECK(world.state() == ServiceState::Running);
    world.advance(3s);
    CHECK(world.state() == ServiceState::StopWatchdog);
    CHECK(world.logged("Watchdog timeout (limit 3s)!"));
    CHECK((world.signals.back() == KillWhat::Watchdog));
    world.dumps_core(world.main(), SIGABRT);
    CHECK(world.state() == ServiceState::Failed);
    CHECK(world.result() == ServiceResult::Watchdog);
}

TEST_CASE("a service that ignores the watchdog's signal is killed after TimeoutAbortSec") {
    auto config = service_of_type(ServiceType::Notify);
    config.watchdog = 3s;
    config.timeout_abort = 7s;
    auto world = ready_service(config);
    world.advance(3s);
    CHECK(world.state() == ServiceState::StopWatchdog);
    world.advance(7s);
    CHECK(world.logged("State 'stop-watchdog' timed out. Killing."));
    CHECK(world.state() == ServiceState::StopSigkill);
}

TEST_CASE("WATCHDOG_USEC changes the limit of this run") {
    auto config = service_of_type(ServiceType::Notify);
    config.watchdog = 3s;
    auto world = ready_service(config);
    auto said = notification();
    said.watchdog_usec = 30s;
    world.says(said);
    world.advance(29s);
    CHECK(world.state() == ServiceState::Running);
    world.advance(1s);
    CHECK(world.state() == ServiceState::StopWatchdog);
}

TEST_CASE("WATCHDOG=trigger acts at once") {
    auto world = ready_service(service_of_type(ServiceType::Notify));
    auto said = notification();
    said.watchdog_trigger = true;
    world.says(said);
    CHECK(world.state() == ServiceState::StopWatchdog);
    CHECK(world.logged("Watchdog request (last status: <unset>)!"));
    CHECK(world.result() == ServiceResult::Watchdog);
}

TEST_CASE("what a left-over of a dead service says is ignored") {
    auto world = ready_service(service_of_type(ServiceType::Notify));
    world.exits(world.main());
    auto said = notification();
    said.ready = true;
    said.status = "I am not dead yet";
    said.watchdog = true;
    said.watchdog_usec = 5s;
    world.says(said);
    CHECK(world.state() == ServiceState::Dead);
    CHECK(world.status.status_text.empty());
    CHECK_FALSE(world.watchdog);
}

TEST_SUITE_END();
