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

std::vector<std::string_view> flags_of(const ExecCommand& command) {
    using enum ExecCommand::Privilege;
    std::vector<std::string_view> flags;
    if (command.ignore_failure) flags.push_back("ignore-failure");
    if (command.privilege == Full) flags.push_back("privileged");
    if (command.privilege == NoSetuid) flags.push_back("no-setuid");
    if (command.privilege == Ambient) flags.push_back("ambient");
    if (command.no_environment_expansion) flags.push_back("no-env-expand");
    return flags;
}

void write_run(const ExecRecord& run, Writer& out) {
    put(out, run.start.realtime);
    put(out, run.start.monotonic);
    put(out, run.exit.realtime);
    put(out, run.exit.monotonic);
    out.uint32(static_cast<uint32_t>(run.pid)).int32(run.info.code).int32(run.info.status);
}

constexpr std::string_view commands_type = "a(sasbttttuii)";
constexpr std::string_view commands_ex_type = "a(sasasttttuii)"; // all flags, not one alone

// Each command with its last run.
void write_commands(const BusObject& o, ServiceExecCommand which, bool ex, Writer& out) {
    out.open_array((ex ? commands_ex_type : commands_type).substr(1));
    const auto& list = config_of(o).commands(which);
    const ProcessRun* processes = process_run(*o.unit);
    for (size_t i = 0; i < list.size(); ++i) {
        out.open_struct().string(list[i].path).strings(list[i].arguments);
        if (ex)
            out.strings(flags_of(list[i]));
        else
            out.boolean(list[i].ignore_failure);
        ExecRecord run;
        const auto* noted = processes ? processes->record(which, i) : nullptr;
        if (noted) run = *noted;
        write_run(run, out);
        out.close_struct();
    }
    out.close_array();
}
template <ServiceExecCommand Which>
void commands(const BusObject& o, Writer& out) {
    write_commands(o, Which, false, out);
}
template <ServiceExecCommand Which>
void commands_ex(const BusObject& o, Writer& out) {
    write_commands(o, Which, true, out);
}

// --- what runs -----------------------------------------------------------------------------------

uint32_t pid(pid_t pid) {
    return static_cast<uint32_t>(pid);
}

// Of User= and Group=, as they were found for the start; only while it runs.
template <auto Member>
uint32_t identity(const BusObject& o) {
    const ProcessRun* processes = process_run(*o.unit);
    if (!processes || o.unit->is_inactive_or_failed()) return UINT32_MAX;
    return (processes->*Member)().value_or(UINT32_MAX);
}

constexpr auto exit_record = [](const BusObject& o) { return status_of(o).main_exec; };

constexpr Property service_rows[] = {
    {"WatchdogUSec", "t", Silently,
     of_status<[](const ServiceStatus& s) { return s.watchdog_timeout; }>},
    moment("WatchdogTimestamp", Silently,
           [](const BusObject& o) { return status_of(o).watchdog_last; }),
    {"MainPID", "u", Announced, of_status<[](const ServiceStatus& s) { return pid(s.main_pid); }>},
    {"ControlPID", "u", Announced,
     of_status<[](const ServiceStatus& s) { return pid(s.control_pid); }>},
    {"NFileDescriptorStore", "u", Silently},
    {"StatusText", "s", Announced, of_status<[](const ServiceStatus& s) { return s.status_text; }>},
    {"StatusErrno", "i", Announced,
     of_status<[](const ServiceStatus& s) { return s.status_errno; }>},
    {"Result", "s", Announced,
     of_status<[](const ServiceStatus& s) { return to_string(s.result); }>},
    {"ReloadResult", "s", Announced,
     of_status<[](const ServiceStatus& s) { return to_string(s.reload_result); }>},
    {"CleanResult", "s", Announced,
     of_status<[](const ServiceStatus& s) { return to_string(s.clean_result); }>},
    {"UID", "u", Announced, of_object<identity<&ProcessRun::ran_as_uid>>},
    {"GID", "u", Announced, of_object<identity<&ProcessRun::ran_as_gid>>},
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
