#include "bus/property.hpp"

#include <algorithm>

#include "bus/property_rows.hpp"

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
    std::visit([&](const auto& value) { put(out, value); }, directive.get(unit));
}

bool has(std::span<const Property> rows, std::string_view name) {
    return std::ranges::find(rows, name, &Property::name) != rows.end();
}

// Own rows first; the directives' rows of `section` add what they do not have.
std::vector<Property> with_directives(std::span<const Property> own, std::string_view section) {
    std::vector<Property> all(own.begin(), own.end());
    for (const Directive& directive : directives()) {
        // Further properties of a directive have no section; all of them are of services.
        auto at = directive.section.empty() ? "Service" : directive.section;
        if (at != section || directive.property.empty() || !directive.get) continue;
        if (has(all, directive.property)) continue;
        all.push_back(
            {directive.property, directive.signature, Changes::Never, nullptr, &directive});
    }
    return all;
}

} // namespace

std::span<const Property> properties_of(std::string_view interface) {
    if (interface == interface_name::manager) return manager_properties();
    if (interface == interface_name::job) return job_properties();
    if (interface == interface_name::own_unit) return own_unit_properties();
    if (interface == interface_name::unit) {
        static const auto rows = with_directives(unit_properties(), "Unit");
        return rows;
    }
    if (interface == interface_name::service) {
        static const auto rows = with_directives(service_properties(), "Service");
        return rows;
    }
    return {};
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
