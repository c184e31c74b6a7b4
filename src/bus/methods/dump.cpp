// Dump(): all that the manager keeps, as text for people (systemd-analyze(1), dump). The form of
// its head and of what stands first of each unit is systemd's; it promises no more.
#include <algorithm>

#include "base/text.hpp"
#include "base/version.hpp"
#include "bus/methods/method.hpp"
#include "unit/syntax/timestamp.hpp"
#include "unit/unit_kind.hpp"
#include "unit/values/enum_text.hpp"

namespace sctl {
namespace {

using namespace interface_name;

void add(std::string& text, std::string_view name, std::string_view value) {
    if (!value.empty()) text += cat("\t", name, ": ", value, "\n");
}
void add_moment(std::string& text, std::string_view name, const Moment& moment) {
    add(text, name, moment.set() ? format_timestamp(moment.realtime) : "n/a");
}
std::string_view yes_no(bool value) {
    return value ? "yes" : "no";
}

void add_head(std::string& text, const Manager& manager, const Unit& unit) {
    const LoadedUnit& loaded = unit.loaded;
    text += cat("-> Unit ", unit.name().str(), ":\n");
    add(text, "Description", unit.description());
    add(text, "Instance", unit.name().is_instance() ? unit.name().instance() : "n/a");
    add(text, "Unit Load State", to_text(loaded.load_state));
    add(text, "Unit Active State", to_string(unit.active));
    add_moment(text, "State Change Timestamp", unit.state_change);
    add_moment(text, "Inactive Exit Timestamp", unit.inactive_exit);
    add_moment(text, "Active Enter Timestamp", unit.active_enter);
    add_moment(text, "Active Exit Timestamp", unit.active_exit);
    add_moment(text, "Inactive Enter Timestamp", unit.inactive_enter);
    add(text, "Need Daemon Reload", yes_no(manager.needs_reload(unit)));
    add(text, "Perpetual", yes_no(loaded.perpetual));
    add(text, "Slice", loaded.slice);
    for (const auto& name : loaded.names)
        if (name != loaded.id) add(text, "Name", name.str());
    for (const auto& page : loaded.unit.documentation) add(text, "Documentation", page);
    add(text, "Fragment Path", loaded.fragment_path);
    for (const auto& path : loaded.drop_in_paths) add(text, "DropIn Path", path);
    add(text, "Load Error", loaded.load_error->text);
    if (unit.condition_time.set()) {
        add_moment(text, "Condition Timestamp", unit.condition_time);
        add(text, "Condition Result", yes_no(unit.condition_result));
    }
    if (unit.assert_time.set()) {
        add_moment(text, "Assert Timestamp", unit.assert_time);
        add(text, "Assert Result", yes_no(unit.assert_result));
    }
}

std::string dump_unit(Manager& manager, const Unit& unit) {
    std::string text;
    add_head(text, manager, unit);
    manager.graph().for_each(unit.id, [&](Dependency kind, UnitId other) {
        if (manager.exists(other)) add(text, to_string(kind), manager.unit(other).name().str());
    });
    if (!kind_of(unit.loaded).is_passive()) add(text, "Sub State", unit.sub_state());
    if (unit.run) add(text, "Control Group", manager.processes().control_group(unit.run->owner()));
    add(text, "Cause", unit.cause.text);
    if (const Job* job = unit.job ? manager.jobs().find(unit.job) : nullptr) {
        text += cat("\t-> Job ", job->id, ":\n\t\tAction: ", to_string(job->type),
                    "\n\t\tState: ", to_string(job->state), "\n");
    }
    return text;
}

std::string dump_units(Manager& manager, const std::vector<std::string>& patterns) {
    std::string text;
    for (const auto& unit : manager.units()) {
        bool wanted =
            unit && (patterns.empty() || std::ranges::any_of(patterns, [&](const auto& pattern) {
                         return matches_glob(pattern, unit->name().str());
                     }));
        if (wanted) text += dump_unit(manager, *unit);
    }
    return text;
}

void add_time(std::string& text, std::string_view name, const Moment& moment) {
    if (moment.set())
        text += cat("Timestamp ", name, ": ", format_timestamp(moment.realtime), "\n");
}

Result<void> dump(MethodCall& call) {
    std::string text = cat("Manager: systemd ", systemd_version, " (sctl ", program_version, ")\n");
    const auto& boot = call.manager.boot_times();
    add_time(text, "userspace", call.record.started);
    add_time(text, "finish", call.record.finished);
    add_time(text, "generators-start", boot.generators_start);
    add_time(text, "generators-finish", boot.generators_finish);
    add_time(text, "units-load-start", boot.units_load_start);
    add_time(text, "units-load-finish", boot.units_load_finish);
    call.out.string(text + dump_units(call.manager, {}));
    return {};
}

Result<void> dump_matching(MethodCall& call) {
    auto patterns = call.in.strings();
    if (!patterns) return patterns.error();
    call.out.string(dump_units(call.manager, *patterns));
    return {};
}

// A client that gets this error asks for the text instead.
Result<void> no_descriptors(MethodCall& call) {
    return error_named(bus_error::unknown_method, cat("This manager sends no file descriptors: ",
                                                      call.message.member, "() is not available."));
}

constexpr Method dump_rows[] = {
    {manager, "Dump", "", "s", Access::Anyone, dump, "output"},
    {manager, "DumpUnitsMatchingPatterns", "as", "s", Access::Anyone, dump_matching,
     "patterns output"},
    {manager, "DumpByFileDescriptor", "", "h", Access::Anyone, no_descriptors, "fd"},
    {manager, "DumpUnitsMatchingPatternsByFileDescriptor", "as", "h", Access::Anyone,
     no_descriptors, "patterns fd"},
};

} // namespace

std::span<const Method> dump_methods() {
    return dump_rows;
}

} // namespace sctl
