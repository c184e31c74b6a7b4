// org.freedesktop.systemd1.Mount: what only mounts have.
#include "bus/properties/kinds.hpp"
#include "bus/properties/property_rows.hpp"
#include "run/mount/mount_run.hpp"

namespace sctl {
namespace {

using enum Changes;

// What is there, else what the file says.
template <std::string Mount::*Seen, std::string MountConfig::*Written>
void of_mount(const BusObject& o, Writer& out) {
    const auto* run = mount_run(*o.unit);
    if (const Mount* mount = run ? run->mounted() : nullptr) return put(out, mount->*Seen);
    const auto* config = mount_config(o.unit->loaded);
    put(out, config ? config->*Written : std::string());
}

std::string_view result_of_mount(const BusObject& o) {
    const auto* status = mount_status(*o.unit);
    return to_string(status ? status->result : MountResult::Success);
}

template <MountExecCommand Which>
void mount_command(const BusObject& o, Writer& out) {
    std::vector<ExecCommand> commands;
    const auto* run = mount_run(*o.unit);
    if (run && !run->command_of(Which).path.empty()) commands.push_back(run->command_of(Which));
    write_commands(o, commands, Which, false, out);
}

constexpr Property mount_rows[] = {
    {"What", "s", Announced, of_mount<&Mount::what, &MountConfig::what>},
    {"Options", "s", Announced, of_mount<&Mount::options, &MountConfig::options>},
    {"Type", "s", Announced, of_mount<&Mount::type, &MountConfig::type>},
    {"ControlPID", "u", Announced, control_pid},
    {"Result", "s", Announced, of_object<result_of_mount>},
    {"UID", "u", Announced, ran_as_uid},
    {"GID", "u", Announced, ran_as_gid},
    {"ExecMount", commands_type, Invalidated, mount_command<MountExecCommand::Mount>},
    {"ExecUnmount", commands_type, Invalidated, mount_command<MountExecCommand::Unmount>},
    {"ExecRemount", commands_type, Invalidated, mount_command<MountExecCommand::Remount>},
};

constexpr std::string_view mount_order =
    "Where What Options Type TimeoutUSec ControlPID DirectoryMode SloppyOptions LazyUnmount "
    "ForceUnmount ReadWriteOnly Result UID GID ExecMount ExecUnmount ExecRemount";

} // namespace

KindProperties mount_properties() {
    return {mount_rows, mount_order};
}

} // namespace sctl
