// Names of system calls, and the groups of them that SystemCallFilter= and SystemCallLog= know.
#pragma once

#include <functional>
#include <string_view>

namespace sctl {

// Of any architecture, whether this one has it or not.
[[nodiscard]] bool is_system_call(std::string_view name);
// "@clock"
[[nodiscard]] bool is_system_call_group(std::string_view name);
// Those of a group, and of the groups that it names; some may come twice.
void for_each_system_call(std::string_view group,
                          const std::function<void(std::string_view name)>& visit);

} // namespace sctl
