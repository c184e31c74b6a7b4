// log-level and log-target of the manager, service-log-level and service-log-target of a service
// that has org.freedesktop.LogControl1 on the system bus: shown without an argument, else set.
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/unit_names.hpp"
#include "client/verbs/verb_table.hpp"
#include "unit/syntax/parse_value.hpp"

namespace sctl {
namespace {

constexpr std::string_view system_bus = "/run/dbus/system_bus_socket";

// Where a log setting lies.
struct LogObject {
    ClientConnection& connection;
    std::string name; // of its owner on the bus
    std::string_view path, interface;
    bool on_bus; // where calls need a destination
};

Result<Message> call_of(const LogObject& object, Message call, Writer& body) {
    if (object.on_bus) call.destination = object.name;
    if (auto finished = body.finish(call); !finished) return finished.error();
    return object.connection.call(std::move(call));
}

Result<std::string> get_setting(const LogObject& object, std::string_view property) {
    Writer body;
    body.string(object.interface).string(property);
    auto reply = call_of(object, method_call(object.path, properties_interface, "Get"), body);
    if (!reply) return reply.error();
    Reader in(*reply);
    if (auto entered = in.enter_variant(); !entered) return entered.error();
    auto text = in.string();
    if (!text) return text.error();
    return std::string(*text);
}

Result<Message> set_setting(const LogObject& object, std::string_view property,
                            std::string_view value) {
    Writer body;
    body.string(object.interface).string(property).open_variant("s").string(value).close_variant();
    return call_of(object, method_call(object.path, properties_interface, "Set"), body);
}

// `value` is null to show the setting.
int show_or_set(Session& session, const LogObject& object, bool level, const std::string* value) {
    std::string_view property = level ? "LogLevel" : "LogTarget", word = level ? "level" : "target";
    if (!value) {
        auto text = get_setting(object, property);
        if (text)
            session.print(*text, "\n");
        else
            log_error("Failed to get log ", word, " of ", object.name, ": ",
                      words_of(text.error()));
        return text ? exit_ok : exit_failure;
    }
    auto reply = set_setting(object, property, *value);
    if (!reply)
        log_error("Failed to set log ", word, " of ", object.name, " to ", *value, ": ",
                  words_of(reply.error()));
    return reply ? exit_ok : exit_failure;
}

bool is_good_level(const std::string* value) {
    if (!value || parse_log_level(*value)) return true;
    log_error("\"", *value, "\" is not a valid log level.");
    return false;
}

// The name that a service has on the system bus.
Result<std::string> bus_name_of(ClientConnection& manager, const std::string& unit) {
    auto name =
        get_text(manager, unit_object_path(unit), "org.freedesktop.systemd1.Service", "BusName");
    if (!name) return name.error();
    return std::string(*name);
}

Result<ClientConnection> open_system_bus() {
    auto bus = ClientConnection::open(std::string(system_bus));
    if (!bus) return bus.error();
    Message hello = method_call("/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello");
    hello.destination = "org.freedesktop.DBus";
    if (auto greeted = bus->call(std::move(hello)); !greeted) return greeted.error();
    return bus;
}

} // namespace

int verb_log_setting(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    bool level = words.front() == "log-level";
    const std::string* value = words.size() > 1 ? &words[1] : nullptr;
    if (level && !is_good_level(value)) return exit_failure;
    LogObject object{*manager, "org.freedesktop.systemd1", manager_path, manager_interface, false};
    return show_or_set(session, object, level, value);
}

int verb_service_log_setting(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    auto expanded = expand_unit_names(session, *manager, {words[1]});
    if (!expanded || expanded->names.empty()) return exit_failure;
    const std::string& unit = expanded->names.front();
    bool level = words.front() == "service-log-level";
    auto name = bus_name_of(*manager, unit);
    if (!name) {
        log_error("Failed to obtain BusName= property of ", unit, ": ", words_of(name.error()));
        return exit_failure;
    }
    if (name->empty()) {
        log_error("Unit ", unit, " doesn't declare BusName=.");
        log_info(
            "Hint: the service must declare BusName= and implement the appropriate D-Bus "
            "interface.\n"
            "      See the org.freedesktop.LogControl1(5) man page for details.");
        return exit_failure;
    }
    const std::string* value = words.size() > 2 ? &words[2] : nullptr;
    if (level && !is_good_level(value)) return exit_failure;
    auto bus = open_system_bus();
    if (!bus) {
        log_error("Failed to connect to the system bus: ", words_of(bus.error()));
        return exit_failure;
    }
    LogObject object{*bus, *name, "/org/freedesktop/LogControl1", "org.freedesktop.LogControl1",
                     true};
    return show_or_set(session, object, level, value);
}

} // namespace sctl
