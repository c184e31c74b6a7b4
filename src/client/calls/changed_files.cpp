#include "client/calls/changed_files.hpp"

#include "base/log.hpp"
#include "client/calls/manager_calls.hpp"

namespace sctl {

namespace {

Result<std::string> get_loaded_unit(ClientConnection& manager, std::string_view name) {
    auto reply = call_manager(manager, "GetUnit", name);
    if (!reply) return reply.error();
    Reader in(*reply);
    auto path = in.object_path();
    if (!path) return path.error();
    return std::string(*path);
}

} // namespace

bool needs_daemon_reload(ClientConnection& manager, std::string_view name) {
    auto path = get_loaded_unit(manager, name);
    return path && get_boolean(manager, *path, unit_interface, "NeedDaemonReload").value_or(false);
}

void warn_needs_daemon_reload(const Session& session, std::string_view name) {
    log_warning("Warning: The unit file, source configuration file or drop-ins of ", name,
                " changed on disk. Run 'systemctl", session.scope_option(),
                " daemon-reload' to reload units.");
}

} // namespace sctl
