// The controllers of control groups that systemd knows (systemd.resource-control(5),
// DisableControllers=), those it makes of BPF programs included.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace sctl {

inline constexpr std::string_view cgroup_controllers[] = {"cpu",
                                                          "cpuacct",
                                                          "cpuset",
                                                          "io",
                                                          "blkio",
                                                          "memory",
                                                          "devices",
                                                          "pids",
                                                          "bpf-firewall",
                                                          "bpf-devices",
                                                          "bpf-foreign",
                                                          "bpf-socket-bind",
                                                          "bpf-restrict-network-interfaces"};

[[nodiscard]] constexpr bool is_cgroup_controller(std::string_view name) {
    return std::ranges::find(cgroup_controllers, name) != std::end(cgroup_controllers);
}

} // namespace sctl
