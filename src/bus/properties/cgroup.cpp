// Of units with processes: where the kernel keeps account of them, and limits to resources.
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.hpp"
#include "bus/properties/property_rows.hpp"
#include "os/cgroup.hpp"

namespace sctl {
namespace {

using enum Changes;

// Where it is, as long as anything runs in it; else empty.
std::string directory_of(const BusObject& o) {
    if (!o.unit->run || o.unit->is_inactive_or_failed()) return {};
    auto directory = o.manager.processes().control_group_directory(o.unit->run->owner());
    if (directory.empty()) return {};
    bool runs = o.unit->machine->main_pid() > 0 || o.unit->machine->control_pid() > 0;
    bool populated = runs ? access(directory.c_str(), F_OK) == 0 : is_cgroup_populated(directory);
    return populated ? directory : std::string();
}

std::string control_group(const BusObject& o) {
    if (directory_of(o).empty()) return {};
    return o.manager.processes().control_group(o.unit->run->owner());
}

// systemd's id of a group is its inode.
uint64_t control_group_id(const BusObject& o) {
    auto directory = directory_of(o);
    struct stat status;
    if (directory.empty() || stat(directory.c_str(), &status) != 0) return 0;
    return status.st_ino;
}

// A number that the kernel keeps for a control group; not set where there is none.
template <auto FileName>
uint64_t counted_by_kernel(const BusObject& o) {
    auto directory = directory_of(o);
    if (directory.empty()) return UINT64_MAX;
    auto text = read_virtual_file(cat(directory, '/', FileName()));
    return text ? parse_number<uint64_t>(trim(*text)).value_or(UINT64_MAX) : UINT64_MAX;
}

constexpr Property cgroup_rows[] = {
    {"ControlGroup", "s", Silently, of_object<control_group>},
    {"ControlGroupId", "t", Silently, of_object<control_group_id>},
    {"MemoryCurrent", "t", Silently, of_object<counted_by_kernel<[] { return "memory.current"; }>>},
    {"MemoryAvailable", "t", Silently, not_set},
    {"CPUUsageNSec", "t", Silently, not_set},
    {"EffectiveCPUs", "ay", Silently},
    {"EffectiveMemoryNodes", "ay", Silently},
    {"TasksCurrent", "t", Silently, of_object<counted_by_kernel<[] { return "pids.current"; }>>},
    {"IPIngressBytes", "t", Silently, not_set},
    {"IPIngressPackets", "t", Silently, not_set},
    {"IPEgressBytes", "t", Silently, not_set},
    {"IPEgressPackets", "t", Silently, not_set},
    {"IOReadBytes", "t", Silently, not_set},
    {"IOReadOperations", "t", Silently, not_set},
    {"IOWriteBytes", "t", Silently, not_set},
    {"IOWriteOperations", "t", Silently, not_set},
};

} // namespace

std::span<const Property> cgroup_properties() {
    return cgroup_rows;
}

} // namespace sctl
