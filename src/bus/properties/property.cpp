#include "bus/properties/property.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <deque>
#include <map>

#include "bus/properties/property_rows.hpp"
#include "unit/manager_config/take_defaults.hpp"
#include "unit/unit_kind.hpp"
#include "wire/property_value.hpp"

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

using Rows = std::vector<Property>;

// A name that is put together lives as long as the table.
std::string_view kept(std::string name) {
    static std::deque<std::string> names;
    return names.emplace_back(std::move(name));
}

void append(Rows& rows, std::span<const Property> more) {
    for (const Property& row : more) {
        rows.push_back(row);
        if (!row.moment) continue;
        rows.push_back(row);
        rows.back().name = kept(cat(row.name, "Monotonic"));
        rows.back().monotonic = true;
    }
}

// The manager's defaults of settings, as DefaultTimeoutStartUSec.
void resolve_defaults(Rows& rows) {
    for (Property& row : rows) {
        if (!row.of_empty) continue;
        row.directive = directive_of(row.name.substr(strlen("Default")));
        assert(row.directive);
        row.signature = row.directive->signature;
    }
}

// Properties that stand together in an interface: rows of ours, and those of settings, in systemd's
// order.
struct PropertyPart {
    Section section;
    std::string_view order;
    std::span<const Property> own;
};

Property row_of(const Directive& directive) {
    bool changes = directive.section == Section::Resources || directive.may_change;
    return {.name = directive.property,
            .signature = directive.signature,
            .changes = changes ? Changes::Silently : Changes::Never,
            .directive = &directive};
}

Rows part_rows(const PropertyPart& part, UnitType kind = {}) {
    Rows found;
    append(found, part.own);
    for (const Directive& directive : directives()) {
        bool has = directive.section == part.section && !directive.property.empty() &&
                   (part.section != Section::Own || directive.kind == kind);
        // A row of ours goes before: its value is more than what the file says.
        if (has && std::ranges::find(found, directive.property, &Property::name) == found.end())
            found.push_back(row_of(directive));
    }
    auto names = split(part.order, " ");
    std::vector<std::pair<size_t, Property>> placed;
    for (const Property& row : found) {
        auto place = std::ranges::find(names, row.name) - names.begin();
        placed.emplace_back(static_cast<size_t>(place), row);
    }
    std::ranges::stable_sort(placed, {}, &std::pair<size_t, Property>::first);
    Rows rows;
    for (auto& [place, row] : placed) rows.push_back(row);
    return rows;
}

void join(Rows& rows, const Rows& more) {
    rows.insert(rows.end(), more.begin(), more.end());
}

std::map<std::string_view, Rows> all_rows() {
    std::map<std::string_view, Rows> all;
    append(all[interface_name::manager], manager_properties());
    resolve_defaults(all[interface_name::manager]);
    append(all[interface_name::log_control], log_control_properties());
    append(all[interface_name::job], job_properties());
    append(all[interface_name::own_unit], own_unit_properties());
    all[interface_name::unit] = part_rows({Section::Unit, unit_order, unit_properties()});
    auto resources = part_rows({Section::Resources, resource_order, cgroup_properties()});
    auto exec = part_rows({Section::Exec, exec_order, exec_properties()});
    auto kill = part_rows({Section::Kill, kill_order, {}});
    for (const UnitKind& kind : unit_kinds()) {
        auto own = kind.properties ? kind.properties() : KindProperties{};
        Rows& rows = all[kind.interface];
        rows = part_rows({Section::Own, own.order, own.rows}, kind.type);
        if (kind.has(UnitPart::Resources)) join(rows, resources);
        if (kind.has(UnitPart::Exec)) join(rows, exec);
        if (kind.has(UnitPart::Kill)) join(rows, kill);
    }
    return all;
}

void write_directive(const Directive& directive, const LoadedUnit& unit, Writer& out) {
    if (auto value = value_of(directive, unit))
        write_value(out, *value);
    else
        write_default(out, directive.signature);
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
    if (property.directive) {
        if (property.of_empty)
            write_directive(*property.directive, nothing_written(object.manager.config().units),
                            out);
        else
            write_directive(*property.directive, object.unit->loaded, out);
    } else if (property.moment) {
        Moment moment = property.moment(object);
        put(out, property.monotonic ? moment.monotonic : moment.realtime);
    } else if (property.write) {
        property.write(object, out);
    } else {
        write_default(out, property.signature);
    }
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
