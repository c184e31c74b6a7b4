#include "state/service/service.hpp"

namespace sctl {

// On a copy: what throws has changed nothing.
void ServiceMachine::step(const LoadedUnit& unit, const StepContext& context,
                          const UnitEvent& event, std::vector<UnitAction>& actions, Cause& cause) {
    ServiceStatus next = status_;
    service_step(*service_config(unit), {context, *unit.kill, unit.exec->timeout_clean}, next,
                 event, actions, cause);
    status_ = std::move(next);
}

Phase ServiceMachine::phase() const {
    switch (status_.state) {
        case ServiceState::Dead:
        case ServiceState::Failed: return Phase::Down;
        case ServiceState::Condition:
        case ServiceState::StartPre:
        case ServiceState::Start:
        case ServiceState::StartPost: return Phase::ComingUp;
        case ServiceState::Running:
        case ServiceState::Exited: return Phase::Up;
        case ServiceState::Reload:
        case ServiceState::Stop:
        case ServiceState::StopWatchdog:
        case ServiceState::StopSigterm:
        case ServiceState::StopSigkill:
        case ServiceState::StopPost:
        case ServiceState::FinalWatchdog:
        case ServiceState::FinalSigterm:
        case ServiceState::FinalSigkill:
        case ServiceState::AutoRestart:
        case ServiceState::Cleaning: return Phase::Busy;
    }
    return Phase::Busy;
}

bool ServiceMachine::can_reload(const LoadedUnit& unit) const {
    const ServiceConfig& config = *service_config(unit);
    return config.type == ServiceType::NotifyReload ||
           !config.commands(ServiceExecCommand::Reload).empty();
}

} // namespace sctl
