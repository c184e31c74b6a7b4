#include "unit/service_check.hpp"

#include "base/text.hpp"

namespace sctl {
namespace {

void resolve_output(ExecConfig& execution) {
    if (execution.std_input == ExecInput::Null && !execution.std_input_data.empty())
        execution.std_input = ExecInput::Data;
    switch (execution.std_input) {
        case ExecInput::Tty:
        case ExecInput::TtyForce:
        case ExecInput::TtyFail:
        case ExecInput::Socket:
        case ExecInput::NamedFd: return; // these go both ways, so output may follow input
        case ExecInput::Null:
        case ExecInput::Data:
        case ExecInput::File: break;
    }
    if (execution.std_output == ExecOutput::Inherit) execution.std_output = ExecOutput::Journal;
}

// PermissionsStartOnly=: User= and its like hold for ExecStart= alone.
void free_other_commands(ServiceConfig& service) {
    for (size_t which = 0; which < service_exec_command_count; ++which) {
        if (which == static_cast<size_t>(ServiceExecCommand::Start)) continue;
        for (auto& command : service.exec[which])
            if (command.privilege == ExecCommand::Privilege::Normal)
                command.privilege = ExecCommand::Privilege::Full;
    }
}

} // namespace

void resolve_service_defaults(LoadedUnit& unit) {
    auto& service = *unit.service;
    if (!unit.type_set)
        service.type = !service.bus_name.empty() ? ServiceType::Dbus
                       : !service.commands(ServiceExecCommand::Start).empty()
                           ? ServiceType::Simple
                           : ServiceType::Oneshot;
    if (service.type == ServiceType::Oneshot && !unit.start_timeout_set)
        service.timeout_start = infinity;
    bool hears = service.type == ServiceType::Notify || service.watchdog > Span{} ||
                 service.file_descriptor_store_max > 0;
    if (hears && service.notify_access == NotifyAccess::None)
        service.notify_access = NotifyAccess::Main;
    resolve_output(service.execution.edit());
    if (service.permissions_start_only) free_other_commands(service);
}

bool check_service(const LoadedUnit& unit, const WarningSink& warn) {
    const auto& service = *unit.service;
    auto say = [&](std::string_view text) { warn(cat(unit.id.str(), ": ", text)); };
    auto refuse = [&](std::string_view text) {
        say(cat(text, " Refusing."));
        return false;
    };
    size_t starts = service.commands(ServiceExecCommand::Start).size();
    bool stops = !service.commands(ServiceExecCommand::Stop).empty();
    bool oneshot = service.type == ServiceType::Oneshot;
    bool acts = unit.unit.success_action != EmergencyAction::None;

    if (!starts && !stops && !acts)
        return refuse("Service has no ExecStart=, ExecStop=, or SuccessAction=.");
    if (!oneshot && !starts)
        return refuse(
            "Service has no ExecStart= setting, which is only allowed for Type=oneshot services.");
    if (!service.remain_after_exit && !starts && !acts)
        return refuse(
            "Service has no ExecStart= and no SuccessAction= settings and does not have "
            "RemainAfterExit=yes set.");
    if (!oneshot && starts > 1)
        return refuse(
            "Service has more than one ExecStart= setting, which is only allowed for "
            "Type=oneshot services.");
    if (oneshot && (service.restart == Restart::Always || service.restart == Restart::OnSuccess))
        return refuse(
            "Service has Restart= set to either always or on-success, which isn't allowed for "
            "Type=oneshot services.");
    if (oneshot && !service.restart_force_exit_status.empty())
        return refuse(
            "Service has RestartForceExitStatus= set, which isn't allowed for Type=oneshot "
            "services.");
    if (oneshot && service.exit_type == ExitType::Cgroup)
        return refuse(
            "Service has ExitType=cgroup set, which isn't allowed for Type=oneshot services.");
    if (service.type == ServiceType::Dbus && service.bus_name.empty())
        return refuse("Service is of type D-Bus but no D-Bus service name has been specified.");
    if (oneshot && service.runtime_max != infinity)
        say("RuntimeMaxSec= has no effect in combination with Type=oneshot. Ignoring.");
    if (service.runtime_max == infinity && service.runtime_randomized_extra != Span{})
        say("RuntimeRandomizedExtraSec= set without RuntimeMaxSec=. Ignoring.");
    return true;
}

} // namespace sctl
