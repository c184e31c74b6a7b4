// The one table of properties: what `Get`, `GetAll`, PropertiesChanged and introspection know, in
// systemd 252's order, which is that of `show`. A row says how to find the value: of a unit file's
// setting it is the directive's row (unit/directives.hpp), of what only the running manager knows a
// function, and for what systemd shows and we have nothing to say about, nothing:
//
//     setting("RestartUSec"),
//     {"NRestarts", "u", Announced, of_status<[](const ServiceStatus& s) { return s.n_restarts;
//     }>},
//     {"BindPaths", "a(ssbt)", Never},   // the default of its type: empty
//
// Settings that types of units have in common (execution, kill, resources) are one list each.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "bus/objects/object.hpp"
#include "unit/directives.hpp"
#include "wire/message.hpp"

namespace sctl {

// org.freedesktop.DBus.Property.EmitsChangedSignal: "const", "true", "invalidates", "false".
enum class Changes : uint8_t { Never, Announced, Invalidated, Silently };

struct Property {
    std::string_view name, signature; // of a setting without, until properties_of() looked it up
    Changes changes;
    void (*write)(const BusObject&, Writer&) = nullptr; // null: the type's default value
    const Directive* directive = nullptr;               // in place of `write`
};

// The properties of an interface in the order of `show`; none for one that has none, or is not
// known.
[[nodiscard]] std::span<const Property> properties_of(std::string_view interface);
[[nodiscard]] const Property* find_property(std::string_view interface, std::string_view name);

// The value as a variant.
void write_property(const Property& property, const BusObject& object, Writer& out);
// An `a{sv}` of all properties for which `wanted` is true.
void write_properties(std::span<const std::string_view> interfaces, const BusObject& object,
                      Writer& out, bool (*wanted)(const Property&));

// The rows of each file.
[[nodiscard]] std::span<const Property> manager_properties();
[[nodiscard]] std::span<const Property> log_control_properties();
[[nodiscard]] std::span<const Property> unit_properties();
[[nodiscard]] std::span<const Property> own_unit_properties();
[[nodiscard]] std::span<const Property> service_properties();
[[nodiscard]] std::span<const Property> type_properties(UnitType type);
[[nodiscard]] std::span<const Property> cgroup_properties();
[[nodiscard]] std::span<const Property> exec_properties();
[[nodiscard]] std::span<const Property> kill_properties();
[[nodiscard]] std::span<const Property> job_properties();

} // namespace sctl
