#include "unit/service/service_kind.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "unit/dependencies.hpp"
#include "unit/service/service_config.hpp"
#include "unit/settings/directives.hpp"
#include "unit/values/dynamic_user_name.hpp"

namespace sctl {
namespace {

void resolve_output(ExecConfig& execution, const UnitDefaults& defaults) {
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
    if (execution.std_output != ExecOutput::Inherit) return;
    execution.std_output = defaults.std_output;
    if (execution.std_error == ExecOutput::Inherit) execution.std_error = defaults.std_error;
}

// What DynamicUser= asks for besides: the unit shall not leave anything of its user behind, nor
// gain by a program with the bit of another (systemd.exec(5), DynamicUser=).
void resolve_dynamic_user(LoadedUnit& unit) {
    auto& execution = unit.exec.edit();
    if (execution.user.empty()) execution.user = dynamic_user_name(unit.id);
    if (execution.group.empty()) execution.group = execution.user;
    execution.no_new_privileges = true;
    for (std::string_view implied :
         {"PrivateTmp", "ProtectSystem", "ProtectHome", "RestrictSUIDSGID", "RemoveIPC"})
        note_unmet_wish(unit, implied);
    for (std::string_view flag : {"PrivateTmp", "RestrictSUIDSGID", "RemoveIPC"})
        show_as(unit, flag, true);
    show_as(unit, "ProtectSystem", std::string("strict"));
    show_as(unit, "ProtectHome", std::string("read-only"));
}

} // namespace

const ServiceConfig* service_config(const LoadedUnit& unit) {
    return own_config<ServiceConfig>(unit);
}

ServiceConfig* service_config(LoadedUnit& unit) {
    return const_cast<ServiceConfig*>(service_config(std::as_const(unit)));
}

bool is_oneshot(const LoadedUnit& unit) {
    const auto* service = service_config(unit);
    return service && service->type == ServiceType::Oneshot;
}

void begin_service(LoadedUnit& unit, const UnitDefaults& defaults) {
    auto service = std::make_unique<ServiceConfig>();
    service->timeout_start = defaults.timeout_start;
    service->timeout_stop = defaults.timeout_stop;
    service->timeout_abort = defaults.timeout_abort;
    service->restart_sec = defaults.restart_sec;
    unit.own = std::move(service);
    // Both defaults that other settings override and words one can write: resolved at the end.
    unit.exec.edit().std_output = unit.exec.edit().std_error = ExecOutput::Inherit;
}

void resolve_service(LoadedUnit& unit, const UnitDefaults& defaults) {
    auto& service = *service_config(unit);
    if (!service.type_set)
        service.type = !service.bus_name.empty() ? ServiceType::Dbus
                       : !service.commands(ServiceExecCommand::Start).empty()
                           ? ServiceType::Simple
                           : ServiceType::Oneshot;
    if (service.type == ServiceType::Oneshot && !service.timeout_start_set)
        service.timeout_start = infinity;
    bool hears = is_told_when_ready(service.type) || service.watchdog > Span{} ||
                 service.file_descriptor_store_max > 0;
    if (hears && service.notify_access == NotifyAccess::None)
        service.notify_access = NotifyAccess::Main;
    // systemd 254: the shorter of the two counts.
    service.restart_sec = std::min(service.restart_sec, service.restart_max_delay);
    resolve_output(unit.exec.edit(), defaults);
    if (unit.exec->dynamic_user) resolve_dynamic_user(unit);
}

void imply_of_service(LoadedUnit& unit, bool user_manager) {
    using enum Dependency;
    const auto& service = *service_config(unit);
    if (service.type == ServiceType::Dbus) {
        add_dependency(unit, Requires, UnitName::of_ours("dbus.socket"));
        add_dependency(unit, After, UnitName::of_ours("dbus.socket"));
    }
    for (const auto& socket : service.sockets) {
        add_dependency(unit, Wants, socket);
        add_dependency(unit, After, socket);
        add_dependency(unit, TriggeredBy, socket);
    }
    add_exec_dependencies(unit, user_manager);
}

void add_service_defaults(LoadedUnit& unit, bool user_manager) {
    using enum Dependency;
    if (user_manager) {
        add_dependency(unit, Requires, UnitName::of_ours("basic.target"));
    } else {
        add_dependency(unit, Requires, UnitName::of_ours("sysinit.target"));
        add_dependency(unit, After, UnitName::of_ours("sysinit.target"));
    }
    add_dependency(unit, After, UnitName::of_ours("basic.target"));
}

bool check_service(const LoadedUnit& unit, const WarningSink& warn) {
    const auto& service = *service_config(unit);
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
    if (oneshot && !service.restart_force_exit_status->empty())
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

void spare_halting_services(LoadedUnit& unit) {
    const std::string& name = unit.id.str();
    bool ends_us = name == "systemd-halt.service" || name == "systemd-kexec.service";
    auto* service = ends_us ? service_config(unit) : nullptr;
    if (service && !unit.fragment_path.starts_with("/etc/"))
        service->exec[static_cast<size_t>(ServiceExecCommand::Start)].clear();
}

} // namespace sctl
