// The processes of a unit as a tree of control groups, as `status` draws it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "wire/client_connection.hpp"

namespace sctl {

struct UnitProcess {
    std::string cgroup; // "/system.slice/a.service"; empty where the manager tracks without cgroups
    uint32_t pid = 0;
    std::string command_line;
};

Result<std::vector<UnitProcess>> get_unit_processes(ClientConnection& manager,
                                                    std::string_view unit);

struct TreeStyle {
    std::string_view prefix; // in front of each line
    size_t width = SIZE_MAX; // longer command lines are cut
    bool colors = false;
};
// The lines below that of the group `top`; groups below it are branches.
[[nodiscard]] std::string process_tree(const std::vector<UnitProcess>& processes,
                                       std::string_view top, const TreeStyle& style);

} // namespace sctl
