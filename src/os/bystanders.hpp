// The processes that are to end before we do: those of the commands' sessions and groups, or all.
// Each is signalled so that no stranger with the same number can be hit.
#pragma once

#include <sys/types.h>

#include <set>
#include <vector>

namespace sctl {

// All that run and have to do with us: everyone in the namespace for PID 1, else those below us.
// Without ourselves and `except`.
[[nodiscard]] std::vector<pid_t> everyone_else(const std::set<pid_t>& except);
// Those of them that are in a session or group led by one of `leaders`, or are one.
[[nodiscard]] std::vector<pid_t> members_of(const std::set<pid_t>& leaders,
                                            const std::set<pid_t>& except);

void signal_one(pid_t pid, int signal) noexcept;

// Whether any child is left, ended ones that are not reaped counted; `except` are none.
[[nodiscard]] bool has_children_but(const std::set<pid_t>& except);

} // namespace sctl
