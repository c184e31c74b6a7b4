// Methods on the processes of units: who they are, and whose they are.
#include <unistd.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "bus/method.hpp"
#include "unit/without_file.hpp"

namespace sctl {
namespace {

using namespace interface_name;

std::string group_of(Manager& manager, const Unit& unit) {
    return unit.service ? manager.tracker().control_group(unit.service->owner) : std::string();
}

// --- who they are --------------------------------------------------------------------------------

// (sus): control group, pid, command line.
void write_process(MethodCall& call, const std::string& group, pid_t pid) {
    call.out.open_struct().string(group).uint32(static_cast<uint32_t>(pid));
    // Whatever a process has made of its arguments: a string of D-Bus is UTF-8.
    auto line = read_process_command_line(pid);
    call.out.string(is_valid_utf8(line) ? line : cat('[', read_process_name(pid), ']'));
    call.out.close_struct();
}

// Whether `slice` is the unit's, or one that its slice lies in.
bool lies_in(const Unit& unit, std::string_view slice) {
    for (std::string each = unit.loaded.slice; !each.empty();) {
        if (each == slice) return true;
        auto name = UnitName::parse(each);
        each = name ? parent_slice(*name) : std::string();
    }
    return false;
}

// Where its group would lie: so a slice's processes are told apart where there are no groups.
std::string group_by_name(const Unit& unit) {
    std::string path = cat('/', unit.name().str());
    for (std::string slice = unit.loaded.slice; !slice.empty() && slice != "-.slice";) {
        path = cat('/', slice, path);
        auto name = UnitName::parse(slice);
        slice = name ? parent_slice(*name) : std::string();
    }
    return path;
}

Result<void> unit_processes(MethodCall& call) {
    auto found = known_unit(call);
    if (!found) return found.error();
    const Unit& asked = **found;
    call.out.open_array("(sus)");
    for (const auto& unit : call.manager.units()) {
        bool wanted = unit && (unit.get() == &asked || (asked.type() == UnitType::Slice &&
                                                        lies_in(*unit, asked.name().str())));
        if (!wanted) continue;
        if (unit->name().str() == "init.scope") write_process(call, "/init.scope", getpid());
        if (!unit->service) continue;
        std::string group = group_of(call.manager, *unit);
        if (group.empty() && unit.get() != &asked) group = group_by_name(*unit);
        for (pid_t pid : call.manager.tracker().processes_of(unit->service->owner))
            write_process(call, group, pid);
    }
    call.out.close_array();
    return {};
}

// --- whose they are ------------------------------------------------------------------------------

Error invalid(std::string text) {
    return error_named(bus_error::invalid_args, std::move(text));
}

Result<void> check_group_path(std::string_view path) {
    if (!path.starts_with('/')) return invalid(cat("Control group path is not absolute: ", path));
    if (!is_normalized_absolute(path))
        return invalid(cat("Control group path is not normalized: ", path));
    return {};
}

// The unit whose group has that path or lies above it: a service by what the tracker says, a slice
// or scope by its name.
const Unit* unit_of_group(Manager& manager, std::string_view path) {
    for (const auto& unit : manager.units()) {
        if (!unit) continue;
        std::string group = group_of(manager, *unit);
        bool inside = !group.empty() && path.starts_with(group) &&
                      (path.size() == group.size() || path[group.size()] == '/');
        if (inside) return unit.get();
    }
    for (; path.size() > 1; path = path.substr(0, path.rfind('/'))) {
        const Unit* unit = manager.find(path.substr(path.rfind('/') + 1));
        if (unit && (unit->type() == UnitType::Slice || unit->type() == UnitType::Scope))
            return unit;
    }
    return nullptr;
}

Result<void> get_unit_by_group(MethodCall& call) {
    std::string_view path;
    if (auto read = call.in.read(path); !read) return read;
    if (auto checked = check_group_path(path); !checked) return checked;
    const Unit* unit = unit_of_group(call.manager, path);
    if (!unit)
        return error_named(
            bus_error::no_such_unit,
            cat("Control group '", path, "' is not valid or not managed by this instance"));
    call.out.object_path(unit_object_path(unit->name().str()));
    return {};
}

// systemd moves processes into a control group that was delegated. None is here: Delegate= has no
// effect.
Result<void> attach_processes(MethodCall& call) {
    auto unit = known_unit(call);
    if (!unit) return unit.error();
    std::string_view path;
    if (auto read = call.in.read(path); !read) return read;
    if (!path.empty()) {
        if (auto checked = check_group_path(path); !checked) return checked;
    }
    return invalid("Process migration not available on non-delegated units.");
}

#define SCTL_PROCESSES_OF(TYPE)                                                                 \
    {TYPE, "GetProcesses", "", "a(sus)", Access::Anyone, unit_processes, "processes"}, {        \
        TYPE, "AttachProcesses", "sau", "", Access::Trusted, attach_processes, "subcgroup pids" \
    }

constexpr Method processes_rows[] = {
    {manager, "GetUnitProcesses", "s", "a(sus)", Access::Anyone, unit_processes, "name processes"},
    {manager, "GetUnitByControlGroup", "s", "o", Access::Anyone, get_unit_by_group, "cgroup unit"},
    {manager, "AttachProcessesToUnit", "ssau", "", Access::Trusted, attach_processes,
     "unit_name subcgroup pids"},
    SCTL_PROCESSES_OF(service),
    SCTL_PROCESSES_OF(slice),
    SCTL_PROCESSES_OF(scope),
    SCTL_PROCESSES_OF(mount),
    SCTL_PROCESSES_OF(socket),
    SCTL_PROCESSES_OF(swap),
};

} // namespace

std::span<const Method> process_methods() {
    return processes_rows;
}

} // namespace sctl
