#include "state/service/step.hpp"

#include <array>

namespace sctl {
namespace {

// What may be there in a state; set_state() drops what may not.
struct StateTraits {
    ServiceState state;
    bool timer, main, control, watchdog;
};
constexpr bool yes = true, no = false;
constexpr std::array<StateTraits, service_state_count> traits{{
    {ServiceState::Dead, no, no, no, no},
    {ServiceState::Condition, yes, no, yes, no},
    {ServiceState::StartPre, yes, no, yes, no},
    {ServiceState::Start, yes, yes, yes, no},
    {ServiceState::StartPost, yes, yes, yes, yes},
    {ServiceState::Running, yes, yes, no, yes},
    {ServiceState::Exited, no, no, no, no},
    {ServiceState::Reload, yes, yes, yes, yes},
    {ServiceState::Stop, yes, yes, yes, no},
    {ServiceState::StopWatchdog, yes, yes, yes, no},
    {ServiceState::StopSigterm, yes, yes, yes, no},
    {ServiceState::StopSigkill, yes, yes, yes, no},
    {ServiceState::StopPost, yes, yes, yes, no},
    {ServiceState::FinalWatchdog, yes, yes, yes, no},
    {ServiceState::FinalSigterm, yes, yes, yes, no},
    {ServiceState::FinalSigkill, yes, yes, yes, no},
    {ServiceState::Failed, no, no, no, no},
    {ServiceState::AutoRestart, yes, no, no, no},
    {ServiceState::Cleaning, yes, no, yes, no},
}};
constexpr bool traits_in_order() {
    for (size_t i = 0; i < traits.size(); ++i) {
        if (static_cast<size_t>(traits[i].state) != i) return false;
    }
    return true;
}
static_assert(traits_in_order(), "a row for each ServiceState, in its order");

Span timeout_of(ServiceExecCommand which, const ServiceConfig& config) {
    switch (which) {
        case ServiceExecCommand::Condition:
        case ServiceExecCommand::StartPre:
        case ServiceExecCommand::Start:
        case ServiceExecCommand::StartPost:
        case ServiceExecCommand::Reload: return config.timeout_start;
        case ServiceExecCommand::Stop:
        case ServiceExecCommand::StopPost: return config.timeout_stop;
    }
    return config.timeout_stop;
}

} // namespace

void service_step(const ServiceConfig& config, const ServiceContext& context, ServiceStatus& status,
                  const UnitEvent& event, std::vector<UnitAction>& actions, Cause& cause) {
    ServiceStep machine(config, context, status, actions, cause);
    std::visit([&](const auto& what) { machine.on(what); }, event);
}

void ServiceStep::set_state(ServiceState state, bool will_restart) {
    auto from = std::exchange(status_.state, state);
    const auto& may = traits[static_cast<size_t>(state)];
    status_.awaiting = Awaiting::Nothing;
    status_.held_main_exit.reset();
    status_.pid_file_watched = false;
    if (!may.timer) disarm_timer();
    if (!may.main) status_.main_pid = 0;
    if (!may.control) status_.control_pid = 0;
    if (!may.watchdog) stop_watchdog();
    auto was = active_state(from, config_.type), is = active_state(state, config_.type);
    if (is_active_or_reloading(is) && !is_active_or_reloading(was))
        status_.active_since = context_.now.monotonic;
    bool reload_failed =
        from == ServiceState::Reload && status_.reload_result != ServiceResult::Success;
    bool skipped = state == ServiceState::Dead && status_.result == ServiceResult::ExecCondition;
    emit(action::StateChanged{was, is, to_string(from), to_string(state), will_restart,
                              reload_failed, skipped});
}

void ServiceStep::fail(ServiceResult result, std::string_view why) {
    if (status_.result != ServiceResult::Success || result == ServiceResult::Success) return;
    status_.result = result;
    cause_.text = why;
}

void ServiceStep::arm_timer(Span deadline) {
    if (deadline == infinity) return disarm_timer();
    status_.timer_deadline = deadline;
    emit(action::ArmTimer{deadline});
}

void ServiceStep::disarm_timer() {
    if (!status_.timer_deadline) return;
    status_.timer_deadline.reset();
    emit(action::CancelTimer{});
}

void ServiceStep::spawn_control(ServiceExecCommand which, size_t index) {
    status_.control_pid = 0;
    status_.control_command = which;
    status_.control_index = index;
    arm_timer(after(timeout_of(which, config_)));
    ask(Awaiting::ControlSpawn, action::Spawn{which, index, true});
}

void ServiceStep::ask(Awaiting answer, UnitAction action) {
    status_.awaiting = answer;
    emit(std::move(action));
}

bool ServiceStep::take_answer(Awaiting answer) {
    if (status_.awaiting != answer) return false;
    status_.awaiting = Awaiting::Nothing;
    return true;
}

bool ServiceStep::is_good() const {
    if (main_runs()) return true;
    if (main_is_gone() && config_.exit_type == ExitType::Main) return false;
    return status_.processes_left;
}

std::string_view task_name(ServiceExecCommand which) {
    switch (which) {
        case ServiceExecCommand::Condition: return "exec-condition";
        case ServiceExecCommand::StartPre: return "start-pre";
        case ServiceExecCommand::Start: return "start";
        case ServiceExecCommand::StartPost: return "start-post";
        case ServiceExecCommand::Reload: return "reload";
        case ServiceExecCommand::Stop: return "stop";
        case ServiceExecCommand::StopPost: return "stop-post";
    }
    return "";
}

std::string_view directive_name(ServiceExecCommand which) {
    switch (which) {
        case ServiceExecCommand::Condition: return "ExecCondition";
        case ServiceExecCommand::StartPre: return "ExecStartPre";
        case ServiceExecCommand::Start: return "ExecStart";
        case ServiceExecCommand::StartPost: return "ExecStartPost";
        case ServiceExecCommand::Reload: return "ExecReload";
        case ServiceExecCommand::Stop: return "ExecStop";
        case ServiceExecCommand::StopPost: return "ExecStopPost";
    }
    return "";
}

} // namespace sctl
