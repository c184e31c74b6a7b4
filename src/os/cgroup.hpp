// The version 2 control group hierarchy, where it is really ours to write. A mkdir that succeeds
// proves nothing (it may be a tmpfs), nor does a file that opens: a process must have moved.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sctl {

// A directory below our own cgroup where the services' are made, ours alone while the lock is held:
// two managers in one hierarchy (nested, or without a cgroup namespace) never share one.
struct CgroupSlice {
    std::string directory; // "/sys/fs/cgroup/system.slice"
    std::string path;      // the same in /proc/PID/cgroup: "/system.slice"
    UniqueFd lock;
};

// Makes and locks "system.slice", or "sctl-N.slice" where another manager has that. Nothing where
// cgroups cannot be used.
[[nodiscard]] std::optional<CgroupSlice> claim_cgroup_slice();

// The processes in `directory` and in all below it. Not those that are dead.
[[nodiscard]] std::vector<pid_t> cgroup_processes(const std::string& directory);
// Whether any process is in it, or below, that is not dead: exact while they fork.
[[nodiscard]] bool is_cgroup_populated(const std::string& directory);
// From now on nothing in it runs; SIGKILL still ends it (5.2). An Error where the kernel cannot.
[[nodiscard]] Result<void> freeze_cgroup(const std::string& directory, bool freeze);
// Moves those that are still there.
void move_into_cgroup(int directory, const std::vector<pid_t>& pids) noexcept;
// Kills all of them at once (5.14). An Error where the kernel cannot.
[[nodiscard]] Result<void> kill_cgroup(const std::string& directory);
// Removes `directory` and those below it, as far as they are empty. Whether it is gone.
bool remove_cgroup(const std::string& directory);
// A unit's name as the name of a directory: the kernel's own files begin with "cgroup.".
[[nodiscard]] std::string cgroup_name(const std::string& unit);

} // namespace sctl
