// The interfaces that D-Bus itself defines: Peer, Properties, Introspectable, and as much of the
// bus driver as clients need who take our socket for a bus.
#include "base/text.hpp"
#include "bus/methods/method.hpp"
#include "bus/properties/property.hpp"

namespace sctl {
namespace {

using namespace interface_name;

constexpr std::string_view systemd_name = "org.freedesktop.systemd1";
constexpr std::string_view driver_name = "org.freedesktop.DBus";
constexpr std::string_view own_name = ":1.0";

Result<void> nothing(MethodCall&) {
    return {};
}

// --- org.freedesktop.DBus ------------------------------------------------------------------------

Result<void> hello(MethodCall& call) {
    call.peer.name = cat(":1.", call.peer.number);
    call.out.string(call.peer.name);
    return {};
}

bool is_us(std::string_view name) {
    return name == systemd_name || name == own_name;
}
bool has_owner(const MethodCall& call, std::string_view name) {
    return is_us(name) || name == driver_name || (!name.empty() && name == call.peer.name);
}

Result<void> name_has_owner(MethodCall& call) {
    std::string_view name;
    if (auto read = call.in.read(name); !read) return read;
    call.out.boolean(has_owner(call, name));
    return {};
}

Result<void> get_name_owner(MethodCall& call) {
    std::string_view name;
    if (auto read = call.in.read(name); !read) return read;
    if (!has_owner(call, name)) {
        return error_named(bus_error::no_owner,
                           cat("Could not get owner of name '", name, "': no such name"));
    }
    call.out.string(is_us(name) ? own_name : name);
    return {};
}

Result<void> list_names(MethodCall& call) {
    std::vector<std::string_view> names = {driver_name, systemd_name, own_name};
    if (!call.peer.name.empty()) names.push_back(call.peer.name);
    call.out.strings(names);
    return {};
}

Result<void> get_id(MethodCall& call) {
    call.out.string(call.server.guid());
    return {};
}

Result<void> get_user_of_name(MethodCall& call) {
    std::string_view name;
    if (auto read = call.in.read(name); !read) return read;
    call.out.uint32(is_us(name) || name == driver_name ? call.manager.facts().user.uid
                                                       : call.peer.uid);
    return {};
}

// What there is to watch on a connection without a bus are our signals. Monitors wait for the loss
// of their name before they show anything.
Result<void> become_monitor(MethodCall& call) {
    call.peer.subscribed = true;
    Message lost = signal_message("/org/freedesktop/DBus", interface_name::bus, "NameLost");
    Writer body;
    body.string(call.peer.name);
    if (auto finished = body.finish(lost); !finished) return finished;
    lost.sender = driver_name;
    lost.destination = call.peer.name;
    call.server.tell(call.peer, std::move(lost));
    return {};
}

// --- Peer, Introspectable ------------------------------------------------------------------------

Result<void> get_machine_id(MethodCall& call) {
    const auto& id = call.manager.facts().machine_id;
    if (!id) return errno_error("machine-id", ENOENT);
    call.out.string(*id);
    return {};
}

Result<void> introspect_object(MethodCall& call) {
    call.out.string(introspect(call.object, call.message.path));
    return {};
}

// --- Properties ----------------------------------------------------------------------------------

Result<const Property*> named_property(MethodCall& call) {
    std::string_view interface, name;
    if (auto read = call.in.read(interface, name); !read) return read.error();
    for (auto known : interfaces_of(call.object)) {
        if (known != interface) continue;
        if (const Property* property = find_property(interface, name)) return property;
    }
    return error_named(bus_error::unknown_property,
                       cat("Unknown interface ", interface, " or property ", name, "."));
}

Result<void> get(MethodCall& call) {
    auto property = named_property(call);
    if (!property) return property.error();
    write_property(**property, call.object, call.out);
    return {};
}

Result<void> set(MethodCall& call) {
    auto property = named_property(call);
    if (!property) return property.error();
    for (auto interface : interfaces_of(call.object)) {
        const auto* row = find_writable(interface, (*property)->name);
        if (!row) continue;
        auto signature = call.in.enter_variant();
        if (!signature) return signature.error();
        if (*signature != row->signature)
            return error_named(bus_error::invalid_args,
                               cat("Incorrect parameters for property '", row->name,
                                   "', expected '", row->signature, "', got '", *signature, "'."));
        return row->set(call);
    }
    return error_named(bus_error::property_read_only,
                       cat("Property '", (*property)->name, "' is not writable."));
}

Result<void> get_all(MethodCall& call) {
    std::string_view interface;
    if (auto read = call.in.read(interface); !read) return read;
    std::vector<std::string_view> wanted;
    for (auto known : interfaces_of(call.object)) {
        bool unasked = interface.empty() && known != own_unit;
        if (unasked || known == interface) wanted.push_back(known);
    }
    if (wanted.empty())
        return error_named(bus_error::unknown_interface,
                           cat("Unknown interface '", interface, "'."));
    write_properties(wanted, call.object, call.out, [](const Property&) { return true; });
    return {};
}

constexpr Method bus_rows[] = {
    {peer, "Ping", "", "", Access::Anyone, nothing},
    {peer, "GetMachineId", "", "s", Access::Anyone, get_machine_id, "machine_uuid"},
    {introspectable, "Introspect", "", "s", Access::Anyone, introspect_object, "xml_data"},
    {properties, "Get", "ss", "v", Access::Anyone, get, "interface_name property_name value"},
    {properties, "GetAll", "s", "a{sv}", Access::Anyone, get_all, "interface_name props"},
    {properties, "Set", "ssv", "", Access::Trusted, set, "interface_name property_name value"},
    {interface_name::bus, "Hello", "", "s", Access::Anyone, hello},
    {interface_name::bus, "AddMatch", "s", "", Access::Anyone, nothing},
    {interface_name::bus, "RemoveMatch", "s", "", Access::Anyone, nothing},
    {interface_name::monitoring, "BecomeMonitor", "asu", "", Access::Trusted, become_monitor},
    {interface_name::bus, "GetNameOwner", "s", "s", Access::Anyone, get_name_owner},
    {interface_name::bus, "NameHasOwner", "s", "b", Access::Anyone, name_has_owner},
    {interface_name::bus, "ListNames", "", "as", Access::Anyone, list_names},
    {interface_name::bus, "ListActivatableNames", "", "as", Access::Anyone, list_names},
    {interface_name::bus, "GetId", "", "s", Access::Anyone, get_id},
    {interface_name::bus, "GetConnectionUnixUser", "s", "u", Access::Anyone, get_user_of_name},
};

} // namespace

std::span<const Method> bus_methods() {
    return bus_rows;
}

} // namespace sctl
