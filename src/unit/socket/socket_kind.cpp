#include "unit/socket/socket_kind.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "unit/dependencies.hpp"
#include "unit/socket/socket_config.hpp"

namespace sctl {
namespace {

SocketConfig& edit(LoadedUnit& unit) {
    return static_cast<SocketConfig&>(*unit.own);
}

// Whether there is a place of which the service gets the socket itself.
bool starts_one_service(const SocketConfig& config) {
    return !config.accept || !std::ranges::all_of(config.places, &ListenPlace::can_accept);
}

bool runs_a_command(const SocketConfig& config) {
    return std::ranges::any_of(config.exec, [](const auto& list) { return !list.empty(); });
}

} // namespace

const SocketConfig* socket_config(const LoadedUnit& unit) {
    return own_config<SocketConfig>(unit);
}

std::string ListenPlace::text() const {
    if (type == ListenType::Netlink) return netlink_text({address, protocol});
    return is_socket() ? to_text(address) : path;
}

std::string ListenPlace::node() const {
    if (is_socket()) return address.path();
    return type == ListenType::Fifo ? path : std::string();
}

std::string descriptor_name(const SocketConfig& config, const UnitName& unit) {
    if (!config.file_descriptor_name.empty()) return config.file_descriptor_name;
    return config.accept ? "connection" : unit.str();
}

std::string symlink_target(const SocketConfig& config) {
    std::string found;
    for (const auto& place : config.places) {
        auto node = place.node();
        if (node.empty()) continue;
        if (!found.empty()) return {};
        found = std::move(node);
    }
    return found;
}

void begin_socket(LoadedUnit& unit, const UnitDefaults& defaults) {
    auto socket = std::make_unique<SocketConfig>();
    socket->timeout = defaults.timeout_start;
    unit.own = std::move(socket);
}

void resolve_socket(LoadedUnit& unit, const UnitDefaults&) {
    auto& socket = edit(unit);
    if (socket.trigger_limit_interval == infinity) socket.trigger_limit_interval = 2s;
    if (socket.trigger_limit_burst == UINT32_MAX)
        socket.trigger_limit_burst = socket.accept ? 200 : 20;
}

void imply_of_socket(LoadedUnit& unit, bool user_manager) {
    auto& socket = edit(unit);
    if (starts_one_service(socket)) {
        if (socket.service.empty()) socket.service = cat(unit.id.stem(), ".service");
        add_trigger(unit, socket.service);
    }
    for (const auto& place : socket.places) {
        auto path = place.is_socket() ? place.address.path() : place.path;
        bool is_file = !path.empty() && place.type != ListenType::MessageQueue;
        if (is_file) unit.unit.requires_mounts_for.push_back(std::move(path));
    }
    if (runs_a_command(socket)) add_exec_dependencies(unit, user_manager);
}

void add_socket_defaults(LoadedUnit& unit, bool user_manager) {
    add_early_defaults(unit, "sockets.target", user_manager);
}

std::string_view triggered_by_socket(const LoadedUnit& unit) {
    const auto* socket = socket_config(unit);
    return socket ? std::string_view(socket->service) : std::string_view();
}

bool check_socket(const LoadedUnit& unit, const WarningSink& warn) {
    const auto& socket = *socket_config(unit);
    auto refuse = [&](std::string_view text) {
        warn(cat(unit.id.str(), ": ", text, " Refusing."));
        return false;
    };
    if (socket.places.empty())
        return refuse(
            "Unit has no Listen setting (ListenStream=, ListenDatagram=, ListenFIFO=, ...).");
    if (socket.accept && starts_one_service(socket))
        return refuse("Unit configured for accepting sockets, but sockets are non-accepting.");
    if (socket.accept && socket.max_connections == 0)
        return refuse("MaxConnection= setting too small.");
    if (socket.accept && !socket.service.empty())
        return refuse("Explicit service configuration for accepting socket units not supported.");
    if (asks_for(unit, "PAMName") && unit.kill->kill_mode != KillConfig::Mode::ControlGroup)
        return refuse("Unit has PAM enabled. Kill mode must be set to 'control-group'.");
    if (!socket.symlinks.empty() && symlink_target(socket).empty())
        return refuse("Unit has symlinks set but none or more than one node in the file system.");
    return true;
}

} // namespace sctl
