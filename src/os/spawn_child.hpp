// The child's half of spawn(): everything between fork and exec. It may share the manager's memory,
// so it makes system calls only, allocates nothing, calls nothing of libc that takes a lock or
// tells threads (setuid, setgroups), and changes no memory but what is laid out for it here.
#pragma once

#include <array>
#include <atomic>
#include <vector>

#include "os/spawn.hpp"

namespace sctl {

// One step's outcome on its way to the parent.
struct SpawnRecord {
    SpawnStep step{};
    int code = 0;
    bool is_warning = false;
};

// Where a child that shares our memory leaves its records.
struct SharedRecords {
    std::array<SpawnRecord, 32> records{};
    size_t count = 0;
};

constexpr unsigned close_range_unshare = 2, close_range_close_on_exec = 4; // of close_range(2)

struct ChildMemory {
    const ExecPlan* plan = nullptr;
    std::array<char, 16> name{};                  // what ps shows until the exec: "(nginx)"
    std::vector<char*> arguments, environment;    // null at the end
    std::vector<char*> shell_arguments;           // the same for /bin/sh, the script's place empty
    std::vector<std::vector<char>> pid_variables; // "NAME=" and room for the digits
    std::vector<int> extra_descriptors;           // copies, that the child may renumber
    int null_device = -1;                         // /dev/null, or the errno value why not, negated
    int status_pipe = -1;                         // a record per write; or, with shared memory:
    SharedRecords* shared = nullptr;
    // The table of descriptors is the manager's own until the child has taken a copy.
    bool shares_descriptors = false;
    bool join_cgroup = false; // the kernel could not place us at birth
};

// Runs the plan's steps and execs; leaves with the step's number where one fails.
[[noreturn]] void run_child(ChildMemory& memory) noexcept;

// The steps that touch files: spawn_child_directories.cpp, spawn_child_files.cpp. Each returns 0 or an errno value.
[[nodiscard]] int make_planned_directory(const DirectoryPlan& directory) noexcept;
[[nodiscard]] int open_planned_file(const StdioPlan& stream, bool writing,
                                    mode_t umask) noexcept; // or an fd, as -errno
[[nodiscard]] int set_up_descriptors(ChildMemory& memory, SpawnStep& step) noexcept;

} // namespace sctl
