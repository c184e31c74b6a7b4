// What must hold for any arguments of any method: the caller gets one answer, and the manager goes
// on to serve. The first byte chooses the method, the rest is the body of the call; what would end
// the manager is left out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bus/methods/method.hpp"
#include "bus_world.hpp"

namespace method_input {

using namespace sctl;

inline bool ends_the_manager(const Method& method) {
    for (std::string_view name : {"Exit", "Reboot", "PowerOff", "Halt", "KExec", "SoftReboot"}) {
        if (method.name == name) return true;
    }
    return false;
}

// Methods that take arguments, in the order of the tables.
inline const std::vector<const Method*>& methods() {
    static const auto list = [] {
        std::vector<const Method*> found;
        for (auto table : method_tables()) {
            for (const Method& method : table) {
                if (!method.in.empty() && !ends_the_manager(method)) found.push_back(&method);
            }
        }
        return found;
    }();
    return list;
}

inline std::string_view object_with(std::string_view interface) {
    if (interface == interface_name::unit || interface == interface_name::service)
        return "/org/freedesktop/systemd1/unit/a_2eservice";
    if (interface == interface_name::slice) return "/org/freedesktop/systemd1/unit/system_2eslice";
    if (interface == interface_name::scope) return "/org/freedesktop/systemd1/unit/init_2escope";
    if (interface == interface_name::mount) return "/org/freedesktop/systemd1/unit/_2d_2emount";
    if (interface == interface_name::socket) return "/org/freedesktop/systemd1/unit/a_2esocket";
    if (interface == interface_name::swap) return "/org/freedesktop/systemd1/unit/a_2eswap";
    if (interface == interface_name::bus || interface == interface_name::monitoring)
        return "/org/freedesktop/DBus";
    return manager_path;
}

class World {
  public:
    World() {
        world_.write("a.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n");
        world_.write("b@.service",
                     "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=c.target\n");
        world_.write("c.target", "[Unit]\nWants=a.service\n");
    }

    // What does not hold, or "".
    std::string flaw_of(std::string_view bytes) {
        if (bytes.empty()) return {};
        const Method& method = *methods()[static_cast<uint8_t>(bytes.front()) % methods().size()];
        auto call = method_call(object_with(method.interface), method.interface, method.name);
        call.signature = std::string(method.in);
        call.body = std::string(bytes.substr(1));
        auto peer = world_.peer();
        // A body that does not fit its signature may end the connection, as garbage does.
        auto answer = peer.call(std::move(call));
        if (!answer && !peer.closed) return cat(method.name, " is not answered");
        auto other = world_.peer();
        auto ping = other.call(method_call("/", "org.freedesktop.DBus.Peer", "Ping"));
        return ping ? "" : cat("nobody is served after ", method.name);
    }

  private:
    BusWorld world_;
};

} // namespace method_input
