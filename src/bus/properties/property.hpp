// The one table of properties: what `Get`, `GetAll`, PropertiesChanged and introspection know, in
// systemd 252's order (order.cpp), which is that of `show`. The property of a unit file's setting
// comes of the setting's row (unit/settings/directives.hpp) and is not named here. A row here is
// what only the running manager knows, by a function, and what systemd shows and we have nothing to
// say about:
//
//     {"NRestarts", "u", Announced, of_status<[](const ServiceStatus& s) { return s.n_restarts;
//     }>},
//     {"Refs", "as", Silently},   // the default of its type: empty
//
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "bus/objects/object.hpp"
#include "unit/settings/directives.hpp"
#include "wire/message.hpp"

namespace sctl {

// org.freedesktop.DBus.Property.EmitsChangedSignal: "const", "true", "invalidates", "false".
enum class Changes : uint8_t { Never, Announced, Invalidated, Silently };

struct Property {
    std::string_view name, signature;
    Changes changes;
    void (*write)(const BusObject&, Writer&) = nullptr; // null: the type's default value
    // In place of `write`:
    const Directive* directive = nullptr;
    bool of_empty = false; // the directive's value in a unit that says nothing
    Moment (*moment)(const BusObject&) = nullptr;
    bool monotonic = false; // the moment's other clock
};

// Those of a kind's own interface, without those that kinds have in common; `order` has their
// names, and those of its settings, in the order of `show` with a blank between.
struct KindProperties {
    std::span<const Property> rows{};
    std::string_view order{};
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
[[nodiscard]] std::span<const Property> cgroup_properties();
[[nodiscard]] std::span<const Property> exec_properties();
[[nodiscard]] std::span<const Property> job_properties();

} // namespace sctl
