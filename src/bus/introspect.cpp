#include "base/text.hpp"
#include "bus/method.hpp"
#include "bus/property.hpp"

namespace sctl {
namespace {

void add_arguments(std::string& xml, std::string_view signature, std::string_view direction) {
    while (!signature.empty()) {
        size_t length = complete_type_length(signature);
        xml += cat("   <arg type=\"", signature.substr(0, length), '"');
        if (!direction.empty()) xml += cat(" direction=\"", direction, '"');
        xml += "/>\n";
        signature.remove_prefix(length);
    }
}

std::string_view emits(Changes changes) {
    switch (changes) {
        case Changes::Never: return "const";
        case Changes::Announced: return "true";
        case Changes::Invalidated: return "invalidates";
        case Changes::Silently: return "false";
    }
    return {};
}

void add_interface(std::string& xml, std::string_view interface) {
    xml += cat(" <interface name=\"", interface, "\">\n");
    for_each_method(interface, [&](const Method& method) {
        xml += cat("  <method name=\"", method.name, "\">\n");
        add_arguments(xml, method.in, "in");
        add_arguments(xml, method.out, "out");
        xml += "  </method>\n";
    });
    for (const Signal& signal : signals()) {
        if (signal.interface != interface) continue;
        xml += cat("  <signal name=\"", signal.name, "\">\n");
        add_arguments(xml, signal.arguments, "");
        xml += "  </signal>\n";
    }
    for (const Property& property : properties_of(interface)) {
        xml += cat("  <property name=\"", property.name, "\" type=\"", property.signature,
                   "\" access=\"read\">\n   <annotation name=\"org.freedesktop.DBus.Property."
                   "EmitsChangedSignal\" value=\"",
                   emits(property.changes), "\"/>\n  </property>\n");
    }
    xml += " </interface>\n";
}

} // namespace

std::string introspect(const BusObject& object, std::string_view path) {
    std::string xml =
        "<!DOCTYPE node PUBLIC \"-//freedesktop//DTD D-BUS Object Introspection 1.0//EN\"\n"
        "\"https://www.freedesktop.org/standards/dbus/1.0/introspect.dtd\">\n<node>\n";
    for (auto interface : interfaces_of(object)) add_interface(xml, interface);
    for (const auto& child : child_nodes(object.manager, path))
        xml += cat(" <node name=\"", child, "\"/>\n");
    return xml + "</node>\n";
}

} // namespace sctl
