#include <algorithm>

#include "base/text.hpp"
#include "bus/methods/method.hpp"
#include "bus/properties/property.hpp"

namespace sctl {
namespace {

// The next of some words.
std::string_view take_word(std::string_view& words) {
    auto word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(word.size() + 1, words.size()));
    return word;
}

void add_arguments(std::string& xml, std::string_view signature, std::string_view& names,
                   std::string_view direction) {
    while (!signature.empty()) {
        size_t length = complete_type_length(signature);
        xml += cat("   <arg type=\"", signature.substr(0, length), '"');
        if (auto name = take_word(names); !name.empty()) xml += cat(" name=\"", name, '"');
        if (!direction.empty()) xml += cat(" direction=\"", direction, '"');
        xml += "/>\n";
        signature.remove_prefix(length);
    }
}

void annotate(std::string& xml, std::string_view name, std::string_view value) {
    xml += cat("   <annotation name=\"", name, "\" value=\"", value, "\"/>\n");
}
constexpr std::string_view privileged = "org.freedesktop.systemd1.Privileged";

void add_method(std::string& xml, const Method& method) {
    xml += cat("  <method name=\"", method.name, "\">\n");
    auto names = method.arguments;
    add_arguments(xml, method.in, names, "in");
    add_arguments(xml, method.out, names, "out");
    if (method.mark == Mark::NoReply) annotate(xml, "org.freedesktop.DBus.Method.NoReply", "true");
    if (method.mark == Mark::Privileged) annotate(xml, privileged, "true");
    xml += "  </method>\n";
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

// What is announced is left unsaid, being D-Bus's default.
void add_property(std::string& xml, std::string_view interface, const Property& property) {
    bool writable = find_writable(interface, property.name) != nullptr;
    xml += cat("  <property name=\"", property.name, "\" type=\"", property.signature,
               "\" access=\"", writable ? "readwrite" : "read", "\">\n");
    if (property.changes != Changes::Announced)
        annotate(xml, "org.freedesktop.DBus.Property.EmitsChangedSignal", emits(property.changes));
    if (writable) annotate(xml, privileged, "true");
    xml += "  </property>\n";
}

void add_interface(std::string& xml, std::string_view interface) {
    xml += cat(" <interface name=\"", interface, "\">\n");
    for (const Property& property : properties_of(interface))
        add_property(xml, interface, property);
    for_each_method(interface, [&](const Method& method) {
        if (method.mark != Mark::Hidden) add_method(xml, method);
    });
    for (const Signal& signal : signals()) {
        if (signal.interface != interface) continue;
        xml += cat("  <signal name=\"", signal.name, "\">\n");
        auto names = signal.arguments;
        add_arguments(xml, signal.signature, names, "");
        xml += "  </signal>\n";
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
