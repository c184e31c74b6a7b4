// Methods on the processes of units: who they are, and whose they are.
#include <unistd.h>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "bus/methods/method.hpp"
#include "os/command_lines.hpp"
#include "unit/unit_kind.hpp"
#include "unit/without_file.hpp"

namespace sctl {
namespace {

using namespace interface_name;

std::string group_of(Manager& manager, const Unit& unit) {
    return unit.run ? manager.processes().control_group(unit.run->owner()) : std::string();
}

// --- who they are --------------------------------------------------------------------------------

struct FoundProcess {
    std::string group;
    pid_t pid;
};

// a(sus): control group, pid, command line; in its place the name, in brackets, where it is
// unknown.
void write_processes(Writer& out, const std::vector<FoundProcess>& processes,
                     const CommandLines::Lines& lines) {
    out.open_array("(sus)");
    for (const auto& process : processes) {
        auto line = lines.find(process.pid);
        // Whatever a process has made of its arguments: a string of D-Bus is UTF-8.
        bool is_text = line != lines.end() && is_valid_utf8(line->second);
        out.open_struct().string(process.group).uint32(static_cast<uint32_t>(process.pid));
        out.string(is_text ? line->second : cat('[', read_process_name(process.pid), ']'));
        out.close_struct();
    }
    out.close_array();
}

// Whether `slice` is the unit's, or one that its slice lies in; false for a name of another kind.
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

std::vector<FoundProcess> processes_of(Manager& manager, const Unit& asked) {
    std::vector<FoundProcess> processes;
    for (const auto& unit : manager.units()) {
        bool wanted = unit && (unit.get() == &asked || lies_in(*unit, asked.name().str()));
        if (!wanted) continue;
        if (unit->name().str() == "init.scope") processes.push_back({"/init.scope", getpid()});
        if (!unit->run) continue;
        std::string group = group_of(manager, *unit);
        if (group.empty() && unit.get() != &asked) group = group_by_name(*unit);
        for (pid_t pid : manager.processes().processes_of(unit->run->owner()))
            processes.push_back({group, pid});
    }
    return processes;
}

// The reply is due when the command lines have been read.
Result<void> unit_processes(MethodCall& call) {
    auto found = known_unit(call);
    if (!found) return found.error();
    call.answers_itself = true;
    if (!call.message.wants_reply()) return {};
    auto processes = processes_of(call.manager, **found);
    std::vector<pid_t> pids;
    for (const auto& process : processes) pids.push_back(process.pid);
    call.manager.command_lines().ask(
        std::move(pids),
        [&server = call.server, number = call.peer.number, reply = method_return(call.message),
         processes = std::move(processes)](const CommandLines::Lines& lines) mutable {
            Writer out;
            write_processes(out, processes, lines);
            if (auto written = out.finish(reply); !written)
                return log_error("Cannot tell of processes: ", written.error().text);
            server.answer(number, std::move(reply));
        });
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
        if (unit && kind_of(unit->loaded).only_groups()) return unit;
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

constexpr std::string_view with_processes[] = {service, slice, scope, mount, socket, swap};

constexpr auto processes_rows = [] {
    std::array<Method, 3 + 2 * std::size(with_processes)> rows{{
        {manager, "GetUnitProcesses", "s", "a(sus)", Access::Anyone, unit_processes,
         "name processes"},
        {manager, "GetUnitByControlGroup", "s", "o", Access::Anyone, get_unit_by_group,
         "cgroup unit"},
        {manager, "AttachProcessesToUnit", "ssau", "", Access::Trusted, attach_processes,
         "unit_name subcgroup pids"},
    }};
    auto* row = rows.begin() + 3;
    for (auto interface : with_processes) {
        *row++ = {interface,      "GetProcesses", "",         "a(sus)",
                  Access::Anyone, unit_processes, "processes"};
        *row++ = {interface,       "AttachProcesses", "sau",           "",
                  Access::Trusted, attach_processes,  "subcgroup pids"};
    }
    return rows;
}();

} // namespace

std::span<const Method> process_methods() {
    return processes_rows;
}

} // namespace sctl
