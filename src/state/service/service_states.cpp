#include <array>

#include "state/service/service.hpp"

namespace sctl {
namespace {

struct StateRow {
    ServiceState state;
    std::string_view name;
    ActiveState active;
};
constexpr std::array<StateRow, service_state_count> states{{
    {ServiceState::Dead, "dead", ActiveState::Inactive},
    {ServiceState::Condition, "condition", ActiveState::Activating},
    {ServiceState::StartPre, "start-pre", ActiveState::Activating},
    {ServiceState::Start, "start", ActiveState::Activating},
    {ServiceState::StartPost, "start-post", ActiveState::Activating},
    {ServiceState::Running, "running", ActiveState::Active},
    {ServiceState::Exited, "exited", ActiveState::Active},
    {ServiceState::Reload, "reload", ActiveState::Reloading},
    {ServiceState::Stop, "stop", ActiveState::Deactivating},
    {ServiceState::StopWatchdog, "stop-watchdog", ActiveState::Deactivating},
    {ServiceState::StopSigterm, "stop-sigterm", ActiveState::Deactivating},
    {ServiceState::StopSigkill, "stop-sigkill", ActiveState::Deactivating},
    {ServiceState::StopPost, "stop-post", ActiveState::Deactivating},
    {ServiceState::FinalWatchdog, "final-watchdog", ActiveState::Deactivating},
    {ServiceState::FinalSigterm, "final-sigterm", ActiveState::Deactivating},
    {ServiceState::FinalSigkill, "final-sigkill", ActiveState::Deactivating},
    {ServiceState::Failed, "failed", ActiveState::Failed},
    {ServiceState::AutoRestart, "auto-restart", ActiveState::Activating},
    {ServiceState::Cleaning, "cleaning", ActiveState::Maintenance},
}};

constexpr bool names_in_order() {
    for (size_t i = 0; i < states.size(); ++i) {
        if (static_cast<size_t>(states[i].state) != i) return false;
    }
    return true;
}
static_assert(names_in_order(), "a row for each ServiceState, in its order");

constexpr std::array<std::string_view, static_cast<size_t>(ServiceResult::ExecCondition) + 1>
    results{"success",   "resources", "protocol",        "timeout",  "exit-code",     "signal",
            "core-dump", "watchdog",  "start-limit-hit", "oom-kill", "exec-condition"};
static_assert(!results.back().empty());

constexpr bool before_running(ServiceState state) {
    return state == ServiceState::Condition || state == ServiceState::StartPre ||
           state == ServiceState::Start || state == ServiceState::StartPost;
}

} // namespace

std::string_view to_string(ServiceState state) {
    return states[static_cast<size_t>(state)].name;
}

std::string_view to_string(ServiceResult result) {
    return results[static_cast<size_t>(result)];
}

ActiveState active_state(ServiceState state, ServiceType type) {
    // A job that waited for it would keep the queue from ever getting idle.
    if (type == ServiceType::Idle && before_running(state)) return ActiveState::Active;
    return states[static_cast<size_t>(state)].active;
}

} // namespace sctl
