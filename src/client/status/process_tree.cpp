#include "client/status/process_tree.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/text/glyphs.hpp"
#include "client/text/table.hpp"

namespace sctl {

Result<std::vector<UnitProcess>> get_unit_processes(ClientConnection& manager,
                                                    std::string_view unit) {
    auto reply = call_manager(manager, "GetUnitProcesses", unit);
    if (!reply) return reply.error();
    std::vector<UnitProcess> processes;
    Reader in(*reply);
    (void)in.enter_array().has_value();
    while (!in.at_end()) {
        UnitProcess process;
        (void)in.enter_struct().has_value();
        (void)in.read(process.cgroup, process.pid, process.command_line).has_value();
        (void)in.exit_struct().has_value();
        processes.push_back(std::move(process));
    }
    if (auto status = in.status(); !status) return status.error();
    return processes;
}

namespace {

// Columns of a command line that are shown on any terminal.
constexpr size_t least_command = 20;

struct Group {
    std::vector<const UnitProcess*> processes;
    std::map<std::string, Group, std::less<>> below;
};

void add_lines(std::string& out, const Group& group, const std::string& prefix,
               const TreeStyle& style) {
    size_t digits = group.processes.empty() ? 0 : cat(group.processes.back()->pid).size();
    size_t left = group.processes.size() + group.below.size();
    for (const auto* process : group.processes) {
        auto branch = glyph(--left > 0 ? Glyph::Branch : Glyph::Corner);
        std::string pid = cat(process->pid);
        pid.insert(0, digits - pid.size(), ' ');
        size_t used = columns_of(prefix) + columns_of(branch) + digits + 1;
        size_t room = SIZE_MAX;
        if (style.width != SIZE_MAX)
            room = std::max(style.width - std::min(style.width, used), least_command);
        std::string line = cat(pid, ' ', cut_to(escape_unprintable(process->command_line), room));
        if (style.colors) line = cat(color_grey(), line, color_off);
        out += cat(prefix, branch, line, '\n');
    }
    for (const auto& [name, child] : group.below) {
        bool more = --left > 0;
        out += cat(prefix, glyph(more ? Glyph::Branch : Glyph::Corner), escape_unprintable(name),
                   '\n');
        add_lines(out, child, cat(prefix, glyph(more ? Glyph::Vertical : Glyph::Blank)), style);
    }
}

} // namespace

std::string process_tree(const std::vector<UnitProcess>& processes, std::string_view top,
                         const TreeStyle& style) {
    Group root;
    for (const auto& process : processes) {
        std::string_view path = process.cgroup;
        if (path.starts_with(top)) path.remove_prefix(top.size());
        Group* group = &root;
        for (auto part : split(path, "/")) group = &group->below[std::string(part)];
        group->processes.push_back(&process);
    }
    auto sort = [](auto& self, Group& group) -> void {
        std::ranges::sort(group.processes, {}, &UnitProcess::pid);
        for (auto& [name, child] : group.below) self(self, child);
    };
    sort(sort, root);
    std::string out;
    add_lines(out, root, std::string(style.prefix), style);
    return out;
}

} // namespace sctl
