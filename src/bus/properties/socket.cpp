// org.freedesktop.systemd1.Socket: what only sockets have.
#include "bus/properties/kinds.hpp"
#include "bus/properties/property_rows.hpp"
#include "run/socket/socket_run.hpp"

namespace sctl {
namespace {

using enum Changes;

template <auto Get>
void of_socket(const BusObject& object, Writer& out) {
    static const SocketStatus never_ran;
    put(out, Get(socket_run(*object.unit) ? socket_status(*object.unit) : never_ran));
}

template <SocketExecCommand Which>
void socket_commands(const BusObject& object, Writer& out) {
    static const SocketConfig defaults;
    const auto* config = socket_config(object.unit->loaded);
    write_commands(object, (config ? *config : defaults).commands(Which), Which, false, out);
}

constexpr Property socket_rows[] = {
    {"ControlPID", "u", Announced, control_pid},
    {"Result", "s", Announced,
     of_socket<[](const SocketStatus& s) { return to_string(s.result); }>},
    {"NConnections", "u", Silently, of_object<[](const BusObject& o) {
         const auto* run = socket_run(*o.unit);
         return uint32_t{run ? run->connections() : 0};
     }>},
    {"NAccepted", "u", Silently,
     of_socket<[](const SocketStatus& s) { return uint32_t{s.n_accepted}; }>},
    {"NRefused", "u", Silently,
     of_socket<[](const SocketStatus& s) { return uint32_t{s.n_refused}; }>},
    {"UID", "u", Announced, ran_as_uid},
    {"GID", "u", Announced, ran_as_gid},
    {"ExecStartPre", commands_type, Invalidated, socket_commands<SocketExecCommand::StartPre>},
    {"ExecStartPost", commands_type, Invalidated, socket_commands<SocketExecCommand::StartPost>},
    {"ExecStopPre", commands_type, Invalidated, socket_commands<SocketExecCommand::StopPre>},
    {"ExecStopPost", commands_type, Invalidated, socket_commands<SocketExecCommand::StopPost>},
};

} // namespace

KindProperties socket_properties() {
    return {socket_rows, socket_order};
}

} // namespace sctl
