// org.freedesktop.systemd1.Service: what only services have.
#include "bus/properties/kinds.hpp"
#include "bus/properties/property_rows.hpp"
#include "run/service/service_run.hpp"
#include "unit/values/enum_text.hpp"

namespace sctl {
namespace {

using enum Changes;

// Of one that is not loaded, the defaults.
const ServiceConfig& config_of(const BusObject& o) {
    static const ServiceConfig defaults;
    const auto* config = service_config(o.unit->loaded);
    return config ? *config : defaults;
}
const ServiceStatus& status_of(const BusObject& o) {
    static const ServiceStatus never_ran;
    return service_run(*o.unit) ? service_status(*o.unit) : never_ran;
}
template <auto Get>
void of_status(const BusObject& o, Writer& out) {
    put(out, Get(status_of(o)));
}

// --- command lines -------------------------------------------------------------------------------

template <ServiceExecCommand Which>
void commands(const BusObject& o, Writer& out) {
    write_commands(o, config_of(o).commands(Which), Which, false, out);
}
template <ServiceExecCommand Which>
void commands_ex(const BusObject& o, Writer& out) {
    write_commands(o, config_of(o).commands(Which), Which, true, out);
}

// --- what runs -----------------------------------------------------------------------------------

uint32_t pid(pid_t pid) {
    return static_cast<uint32_t>(pid);
}

constexpr auto exit_record = [](const BusObject& o) { return status_of(o).main_exec; };

constexpr Property service_rows[] = {
    {"WatchdogUSec", "t", Silently,
     of_status<[](const ServiceStatus& s) { return s.watchdog_timeout; }>},
    moment("WatchdogTimestamp", Silently,
           [](const BusObject& o) { return status_of(o).watchdog_last; }),
    {"MainPID", "u", Announced, of_status<[](const ServiceStatus& s) { return pid(s.main_pid); }>},
    {"ControlPID", "u", Announced, control_pid},
    {"NFileDescriptorStore", "u", Silently, of_object<[](const BusObject& o) {
         const auto* run = service_run(*o.unit);
         return static_cast<uint32_t>(run ? run->stored_descriptors() : 0);
     }>},
    {"StatusText", "s", Announced, of_status<[](const ServiceStatus& s) { return s.status_text; }>},
    {"StatusErrno", "i", Announced,
     of_status<[](const ServiceStatus& s) { return s.status_errno; }>},
    {"Result", "s", Announced,
     of_status<[](const ServiceStatus& s) { return to_string(s.result); }>},
    {"ReloadResult", "s", Announced,
     of_status<[](const ServiceStatus& s) { return to_string(s.reload_result); }>},
    {"CleanResult", "s", Announced,
     of_status<[](const ServiceStatus& s) { return to_string(s.clean_result); }>},
    {"UID", "u", Announced, ran_as_uid},
    {"GID", "u", Announced, ran_as_gid},
    {"NRestarts", "u", Announced,
     of_status<[](const ServiceStatus& s) { return uint32_t{s.n_restarts}; }>},
    moment("ExecMainStartTimestamp", Announced,
           [](const BusObject& o) { return exit_record(o).start; }),
    moment("ExecMainExitTimestamp", Announced,
           [](const BusObject& o) { return exit_record(o).exit; }),
    {"ExecMainPID", "u", Announced,
     of_status<[](const ServiceStatus& s) { return pid(s.main_exec.pid); }>},
    {"ExecMainCode", "i", Announced,
     of_status<[](const ServiceStatus& s) { return s.main_exec.info.code; }>},
    {"ExecMainStatus", "i", Announced,
     of_status<[](const ServiceStatus& s) { return s.main_exec.info.status; }>},
    {"ExecCondition", commands_type, Invalidated, commands<ServiceExecCommand::Condition>},
    {"ExecConditionEx", commands_ex_type, Invalidated, commands_ex<ServiceExecCommand::Condition>},
    {"ExecStartPre", commands_type, Invalidated, commands<ServiceExecCommand::StartPre>},
    {"ExecStartPreEx", commands_ex_type, Invalidated, commands_ex<ServiceExecCommand::StartPre>},
    {"ExecStart", commands_type, Invalidated, commands<ServiceExecCommand::Start>},
    {"ExecStartEx", commands_ex_type, Invalidated, commands_ex<ServiceExecCommand::Start>},
    {"ExecStartPost", commands_type, Invalidated, commands<ServiceExecCommand::StartPost>},
    {"ExecStartPostEx", commands_ex_type, Invalidated, commands_ex<ServiceExecCommand::StartPost>},
    {"ExecReload", commands_type, Invalidated, commands<ServiceExecCommand::Reload>},
    {"ExecReloadEx", commands_ex_type, Invalidated, commands_ex<ServiceExecCommand::Reload>},
    {"ExecStop", commands_type, Invalidated, commands<ServiceExecCommand::Stop>},
    {"ExecStopEx", commands_ex_type, Invalidated, commands_ex<ServiceExecCommand::Stop>},
    {"ExecStopPost", commands_type, Invalidated, commands<ServiceExecCommand::StopPost>},
    {"ExecStopPostEx", commands_ex_type, Invalidated, commands_ex<ServiceExecCommand::StopPost>},
};

} // namespace

bool is_non_blocking(const BusObject& object) {
    return config_of(object).non_blocking;
}

KindProperties service_properties() {
    return {service_rows, service_order};
}

} // namespace sctl
