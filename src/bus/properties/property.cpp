#include "bus/properties/property.hpp"

#include <algorithm>
#include <cassert>
#include <map>

#include "bus/properties/property_rows.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {
namespace {

// Zero, empty, or a struct of these: the value of a type that says that nothing is there.
void write_default(Writer& out, std::string_view type) {
    switch (type.front()) {
        case 'y': out.byte(0); break;
        case 'b': out.boolean(false); break;
        case 'n': out.int16(0); break;
        case 'q': out.uint16(0); break;
        case 'i': out.int32(0); break;
        case 'u': out.uint32(0); break;
        case 'x': out.int64(0); break;
        case 't': out.uint64(0); break;
        case 'd': out.float64(0); break;
        case 's': out.string(""); break;
        case 'o': out.object_path("/"); break;
        case 'g': out.signature(""); break;
        case 'a': out.open_array(type.substr(1)).close_array(); break;
        case '(':
            out.open_struct();
            for (type = type.substr(1, type.size() - 2); !type.empty();) {
                size_t length = complete_type_length(type);
                write_default(out, type.substr(0, length));
                type.remove_prefix(length);
            }
            out.close_struct();
            break;
    }
}

void write_directive(const Directive& directive, const LoadedUnit& unit, Writer& out) {
    std::visit([&](const auto& value) { put(out, value); }, value_of(directive, unit));
}

const Directive& directive_of(std::string_view property) {
    auto all = directives();
    auto found = std::ranges::find_if(
        all, [&](const Directive& row) { return row.property == property && row.get; });
    assert(found != all.end());
    return *found;
}

using Rows = std::vector<Property>;

void append(Rows& rows, std::span<const Property> more) {
    for (Property row : more) {
        if (row.signature.empty()) {
            row.directive = &directive_of(row.name);
            row.signature = row.directive->signature;
        }
        rows.push_back(row);
    }
}

Rows rows_of_type(UnitType type) {
    const UnitKind& kind = kind_of(type);
    Rows rows;
    append(rows, type_properties(type));
    if (kind.has(UnitPart::Resources)) append(rows, cgroup_properties());
    if (kind.has(UnitPart::Exec)) append(rows, exec_properties());
    if (kind.has(UnitPart::Kill)) append(rows, kill_properties());
    return rows;
}

std::map<std::string_view, Rows> all_rows() {
    std::map<std::string_view, Rows> all;
    append(all[interface_name::manager], manager_properties());
    append(all[interface_name::log_control], log_control_properties());
    append(all[interface_name::job], job_properties());
    append(all[interface_name::own_unit], own_unit_properties());
    append(all[interface_name::unit], unit_properties());
    for (size_t i = 0; i < unit_type_count; ++i) {
        auto type = static_cast<UnitType>(i);
        all[kind_of(type).interface] = rows_of_type(type);
    }
    return all;
}

} // namespace

std::span<const Property> properties_of(std::string_view interface) {
    static const auto all = all_rows();
    auto found = all.find(interface);
    if (found == all.end()) return {};
    return found->second;
}

const Property* find_property(std::string_view interface, std::string_view name) {
    auto rows = properties_of(interface);
    auto found = std::ranges::find(rows, name, &Property::name);
    return found == rows.end() ? nullptr : &*found;
}

void write_property(const Property& property, const BusObject& object, Writer& out) {
    out.open_variant(property.signature);
    if (property.directive)
        write_directive(*property.directive, object.unit->loaded, out);
    else if (property.write)
        property.write(object, out);
    else
        write_default(out, property.signature);
    out.close_variant();
}

void write_properties(std::span<const std::string_view> interfaces, const BusObject& object,
                      Writer& out, bool (*wanted)(const Property&)) {
    out.open_array("{sv}");
    for (auto interface : interfaces) {
        for (const Property& property : properties_of(interface)) {
            if (!wanted(property)) continue;
            out.open_dict_entry().string(property.name);
            write_property(property, object, out);
            out.close_dict_entry();
        }
    }
    out.close_array();
}

} // namespace sctl
