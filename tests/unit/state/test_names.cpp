#include <doctest/doctest.h>

#include "state/service/service.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("state");

TEST_CASE("states, results and targets have systemd's names") {
    CHECK(to_string(ServiceState::StartPre) == "start-pre");
    CHECK(to_string(ServiceState::FinalWatchdog) == "final-watchdog");
    CHECK(to_string(ServiceState::Cleaning) == "cleaning");
    CHECK(to_string(ActiveState::Deactivating) == "deactivating");
    CHECK(to_string(ServiceResult::StartLimitHit) == "start-limit-hit");
    CHECK(to_string(ServiceResult::CoreDump) == "core-dump");
}

TEST_CASE("a Type=idle service counts as active before its process runs, other types do not") {
    CHECK(active_state(ServiceState::Start, ServiceType::Idle) == ActiveState::Active);
    CHECK(active_state(ServiceState::StartPre, ServiceType::Idle) == ActiveState::Active);
    CHECK(active_state(ServiceState::AutoRestart, ServiceType::Idle) == ActiveState::Activating);
    CHECK(active_state(ServiceState::Start, ServiceType::Simple) == ActiveState::Activating);
}

TEST_SUITE_END();
