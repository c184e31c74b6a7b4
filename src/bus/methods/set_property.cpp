// SetUnitProperties(), and the markers that it can set: units that are to be restarted or reloaded
// by EnqueueMarkedJobs(), as a package manager leaves them.
#include <algorithm>

#include "base/text.hpp"
#include "bus/methods/method.hpp"
#include "bus/objects/unit_file_place.hpp"
#include "install/control_drop_in.hpp"
#include "unit/settings/directives.hpp"
#include "unit/unit_kind.hpp"
#include "wire/property_value.hpp"

namespace sctl {
namespace {

using namespace interface_name;

struct PropertyChanges {
    std::vector<ControlDropIn> drop_ins;
    // Lists, as they are in force from now on: what the unit's files say of them counts again when
    // they are read for another reason.
    std::vector<std::pair<const Directive*, PropertyValue>> lists;
    std::optional<uint8_t> markers;
};

// Words that name markers, or with + and - change those that are set.
Result<uint8_t> read_markers(Reader& in, uint8_t before) {
    auto words = in.strings();
    if (!words) return words.error();
    auto invalid = [] { return error_named(bus_error::invalid_args, "Invalid argument"); };
    bool absolute = false, relative = false;
    uint8_t markers = 0, touched = 0;
    for (std::string_view word : *words) {
        bool changes = word.starts_with('+') || word.starts_with('-');
        (changes ? relative : absolute) = true;
        if (absolute && relative) return invalid();
        bool set = !word.starts_with('-');
        if (changes) word.remove_prefix(1);
        uint8_t bit = word == "needs-reload"    ? marker_needs_reload
                      : word == "needs-restart" ? marker_needs_restart
                                                : 0;
        if (bit == 0) return invalid();
        touched |= bit;
        if (set) markers |= bit;
    }
    return relative ? static_cast<uint8_t>(markers | (before & ~touched)) : markers;
}

uint8_t markers_of(const BusRecord& record, const Unit& unit) {
    auto found = record.markers.find(unit.name().str());
    return found == record.markers.end() ? 0 : found->second;
}

Error cannot_set(std::string_view name) {
    return error_named(bus_error::property_read_only,
                       cat("Cannot set property ", name, ", or unknown property."));
}

Error unexpected_type() {
    return error_named("System.Error.ENXIO",
                       "Failed to set unit properties: Unexpected message contents");
}

bool is_empty(const PropertyValue& value) {
    const auto* filter = std::get_if<NameFilter>(&value);
    if (filter) return filter->second.empty();
    return std::visit(
        [](const auto& held) {
            if constexpr (requires { held.empty(); }) return held.empty();
            return false;
        },
        value);
}

// The lists of a unit that can be set.
std::vector<std::pair<const Directive*, PropertyValue>> lists_of(const LoadedUnit& unit) {
    std::vector<std::pair<const Directive*, PropertyValue>> lists;
    for (const auto& [property, value] : unit.written_only) {
        const Directive* row = directive_of(property);
        bool is_list = row && row->settable.kind && row->settable.kind->join;
        if (is_list) lists.emplace_back(row, value);
    }
    return lists;
}

// Joins `value` with what is in force of the list, and says what is then.
const PropertyValue& join_list(PropertyChanges& changes, const Directive& row,
                               PropertyValue value) {
    auto list = std::ranges::find(changes.lists, &row, [](const auto& each) { return each.first; });
    const PropertyValue* before =
        list == changes.lists.end() || is_empty(list->second) ? nullptr : &list->second;
    if (!is_empty(value))
        row.settable.kind->join(value, before);
    else if (std::holds_alternative<NameFilter>(value))
        value = NameFilter(); // as where nothing was ever said
    if (list == changes.lists.end())
        return changes.lists.emplace_back(&row, std::move(value)).second;
    return list->second = std::move(value);
}

// The drop-in that says what the variant in `in` holds.
Result<ControlDropIn> read_setting(Reader& in, const Unit& unit, std::string_view name,
                                   PropertyChanges& changes) {
    const UnitKind& kind = kind_of(unit.type());
    auto property = find_settable_property(kind, name);
    if (!property.directive) return cannot_set(name);
    const Directive& row = *property.directive;
    auto type = in.enter_variant();
    if (!type) return type.error();
    if (*type != property.signature) return unexpected_type();
    auto value = read_value(in, *type);
    if (!value) return value.error();
    auto lines = row.settable.kind->lines(row, *value);
    if (!lines) return lines.error();
    if (auto left = in.exit_variant(); !left) return left.error();
    if (row.settable.kind->join) {
        const auto& all = join_list(changes, row, *value);
        if (!row.settable.kind->writes_news) lines = row.settable.kind->lines(row, all);
        if (!lines) return lines.error();
    }
    return ControlDropIn{settable_file(row, *value), std::string(section_of(row, kind)), *lines,
                         settable_twin_file(row, *value)};
}

Result<uint8_t> read_marker_words(Reader& in, uint8_t before) {
    auto type = in.enter_variant();
    if (!type) return type.error();
    if (*type != "as") return unexpected_type();
    auto markers = read_markers(in, before);
    if (!markers) return markers;
    if (auto left = in.exit_variant(); !left) return left.error();
    return markers;
}

Result<void> read_property(const MethodCall& call, const Unit& unit, std::string_view name,
                           PropertyChanges& changes) {
    if (name == "Markers") {
        auto before = changes.markers.value_or(markers_of(call.record, unit));
        auto markers = read_marker_words(call.in, before);
        if (!markers) return markers.error();
        changes.markers = *markers;
    } else {
        auto drop_in = read_setting(call.in, unit, name, changes);
        if (!drop_in) return drop_in.error();
        changes.drop_ins.push_back(std::move(*drop_in));
    }
    return {};
}

// All are read before the first one is written.
Result<PropertyChanges> read_changes(const MethodCall& call, const Unit& unit) {
    PropertyChanges changes;
    changes.lists = lists_of(unit.loaded);
    if (auto entered = call.in.enter_array(); !entered) return entered.error();
    while (!call.in.at_end()) {
        if (auto entered = call.in.enter_struct(); !entered) return entered.error();
        auto name = call.in.string();
        if (!name) return name.error();
        if (auto read = read_property(call, unit, *name, changes); !read) return read.error();
        if (auto left = call.in.exit_struct(); !left) return left.error();
    }
    return changes;
}

// What is written takes effect with the unit's files, which are read again at once.
Result<void> apply(const MethodCall& call, Unit& unit, const PropertyChanges& changes,
                   bool runtime) {
    if (changes.markers) {
        if (*changes.markers != 0)
            call.record.markers[unit.name().str()] = *changes.markers;
        else
            call.record.markers.erase(unit.name().str());
    }
    if (changes.drop_ins.empty()) return {};
    auto place = unit_file_place(call.manager);
    for (const auto& drop_in : changes.drop_ins) {
        auto written = write_control_drop_in(place, unit.name().str(), drop_in, runtime);
        if (!written) return written;
    }
    UnitId id = unit.id;
    call.manager.read_again(id);
    if (!call.manager.exists(id)) return {};
    for (const auto& [row, value] : changes.lists)
        show_as(call.manager.unit(id).loaded, row->property, value);
    return {};
}

Result<void> set_properties(MethodCall& call) {
    Unit* unit = call.object.unit;
    if (!unit) {
        std::string_view name;
        if (auto read = call.in.read(name); !read) return read;
        auto loaded = call.manager.load(name);
        if (!loaded) return loaded.error();
        unit = *loaded;
        call.manager.may_be_garbage(unit->id);
    }
    auto usable = check_load_state({.name = unit->name().str(),
                                    .load_state = unit->loaded.load_state,
                                    .load_error = &*unit->loaded.load_error});
    if (!usable) return usable;
    bool runtime = false;
    if (auto read = call.in.read(runtime); !read) return read;
    auto changes = read_changes(call, *unit);
    if (!changes) return changes.error();
    return apply(call, *unit, *changes, runtime);
}

Result<void> enqueue_marked_jobs(MethodCall& call) {
    std::vector<std::pair<UnitId, JobType>> wanted;
    for (const auto& unit : call.manager.units()) {
        uint8_t markers = unit ? markers_of(call.record, *unit) : 0;
        if (markers & marker_needs_restart)
            wanted.emplace_back(unit->id, JobType::TryRestart);
        else if (markers & marker_needs_reload)
            wanted.emplace_back(unit->id, can_reload(*unit)
                                              ? reload_if_possible(JobType::TryRestart)
                                              : JobType::TryRestart);
    }
    call.out.open_array("o");
    for (auto [id, type] : wanted) {
        auto job = call.manager.add_job(type, id, JobMode::Fail, true);
        if (job) call.out.object_path(job_object_path(*job));
    }
    call.out.close_array();
    return {};
}

constexpr Method set_property_rows[] = {
    {manager, "SetUnitProperties", "sba(sv)", "", Access::Trusted, set_properties,
     "name runtime properties"},
    {manager, "EnqueueMarkedJobs", "", "ao", Access::Trusted, enqueue_marked_jobs, "jobs"},
    {unit, "SetProperties", "ba(sv)", "", Access::Trusted, set_properties, "runtime properties"},
};

} // namespace

std::span<const Method> set_property_methods() {
    return set_property_rows;
}

} // namespace sctl
