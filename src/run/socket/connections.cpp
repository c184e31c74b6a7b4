// SocketRun's part that takes connections (Accept=yes).
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "run/socket/connection.hpp"
#include "run/socket/open_place.hpp"
#include "run/socket/socket_run.hpp"
#include "run/unit.hpp"

namespace sctl {
namespace {

// accept(2): an error of the connection, and none of the socket.
bool has_gone(int code) {
    switch (code) {
        case EAGAIN:
        case EINTR:
        case ECONNABORTED:
        case ECONNREFUSED:
        case ECONNRESET:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ENETDOWN:
        case ENETUNREACH:
        case ENONET:
        case ENOPROTOOPT:
        case ENOTCONN:
        case EOPNOTSUPP:
        case EPIPE:
        case EPROTO:
        case ETIMEDOUT: return true;
        default: return false;
    }
}

event::ConnectionTaken nobody_there() {
    return {.failure = {}, .is_there = false, .connections = 0, .from_source = 0, .source = {}};
}

} // namespace

// Not those of instances that have been forgotten since.
unsigned SocketRun::connections() const {
    unsigned count = 0;
    for (const auto& [instance, source] : connections_)
        count += means_.host.find_unit(instance) != nullptr;
    return count;
}

event::ConnectionTaken SocketRun::take_next(size_t place) {
    if (place >= places_.size()) return nobody_there();
    connection_.reset(
        accept4(places_[place].fd.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!connection_) {
        if (has_gone(errno)) return nobody_there();
        return {.failure = strerror(errno),
                .is_there = false,
                .connections = 0,
                .from_source = 0,
                .source = {}};
    }
    set_socket_options(config(), connection_.get(), [this](std::string_view text) { warn(text); });
    std::erase_if(connections_,
                  [&](const auto& each) { return !means_.host.find_unit(each.first); });
    event::ConnectionTaken taken{};
    taken.connections = connections();
    if (auto source = source_of(connection_.get())) {
        taken.source = std::move(*source);
    } else if (config().max_connections_per_source > 0) {
        connection_.reset();
        return nobody_there();
    }
    for (const auto& [instance, source] : connections_) taken.from_source += source == taken.source;
    source_ = taken.source;
    return taken;
}

Answer SocketRun::start_instance(unsigned number) {
    auto instance = instance_of(connection_.get(), number);
    if (!instance) {
        connection_.reset();
        return event::InstanceRefused{has_gone(instance.error().code) ? "" : instance.error().text};
    }
    auto unit = hand_over(cat(unit_.name().prefix(), "@", *instance, ".service"));
    connection_.reset();
    if (!unit) return event::InstanceRefused{unit.error().text, true};
    auto queued = means_.host.start(*unit);
    if (queued) return std::nullopt;
    if (Unit* started = means_.host.find_unit(*unit)) started->run->drop_connection();
    return event::InstanceRefused{queued.error().text, true};
}

// The instance has the connection from now on.
Result<UnitId> SocketRun::hand_over(std::string_view name) {
    auto loaded = means_.host.load_triggered(unit_.id, name);
    if (!loaded) return loaded.error();
    Unit& instance = **loaded;
    if (!instance.run) return Error{EINVAL, strerror(EINVAL), {}};
    connections_.emplace(instance.id, source_);
    auto taken = instance.run->take_connection(std::move(connection_), unit_.id);
    if (taken) return instance.id;
    connections_.erase(instance.id);
    return Error{taken.error().code, strerror(taken.error().code), {}};
}

} // namespace sctl
