// What kinds that run commands have in common: the commands with their last runs, and as whom they
// ran.
#include "bus/properties/property_rows.hpp"
#include "run/process_run.hpp"
#include "run/unit.hpp"

namespace sctl {
namespace {

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

// Of User= and Group=, as they were found for the start.
template <auto Member>
void write_identity(const BusObject& object, Writer& out) {
    const ProcessRun* processes = process_run(*object.unit);
    bool is_known = processes && !object.unit->is_inactive_or_failed();
    out.uint32(is_known ? (processes->*Member)().value_or(UINT32_MAX) : UINT32_MAX);
}

} // namespace

void write_commands(const BusObject& object, const std::vector<ExecCommand>& commands,
                    CommandList list, bool ex, Writer& out) {
    out.open_array((ex ? commands_ex_type : commands_type).substr(1));
    const ProcessRun* processes = process_run(*object.unit);
    for (size_t i = 0; i < commands.size(); ++i) {
        out.open_struct().string(commands[i].path).strings(commands[i].arguments);
        if (ex)
            out.strings(flags_of(commands[i]));
        else
            out.boolean(commands[i].ignore_failure);
        ExecRecord run;
        const auto* noted = processes ? processes->record(list, i) : nullptr;
        if (noted) run = *noted;
        write_run(run, out);
        out.close_struct();
    }
    out.close_array();
}

void control_pid(const BusObject& object, Writer& out) {
    const auto& machine = object.unit->machine;
    out.uint32(static_cast<uint32_t>(machine ? machine->control_pid() : 0));
}
void ran_as_uid(const BusObject& object, Writer& out) {
    write_identity<&ProcessRun::ran_as_uid>(object, out);
}
void ran_as_gid(const BusObject& object, Writer& out) {
    write_identity<&ProcessRun::ran_as_gid>(object, out);
}

} // namespace sctl
