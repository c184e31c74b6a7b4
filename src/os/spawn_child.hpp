// The child's half of spawn(): everything between fork and exec. It may share the manager's memory
// while the manager goes on, so it makes raw system calls only (raw_call.hpp: errno is the
// manager's), allocates nothing, and changes no memory but its stack and what is laid out for it
// here. What does need libc, making directories, is for children with memory of their own.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "os/spawn.hpp"

namespace sctl {

// One step's outcome on its way to the parent.
struct SpawnRecord {
    SpawnStep step{};
    int code = 0;
    bool is_warning = false;
    int which = -1; // of several: its index in the plan's list
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
    int status_pipe = -1;                         // a record per write
    bool has_default_dispositions = false;        // of all signals
    bool shares_memory = false;
    // The table of descriptors is the manager's own until the child has taken a copy, which it says
    // in `has_own_descriptors`, a futex.
    bool shares_descriptors = false;
    std::atomic<uint32_t> has_own_descriptors{0};
    bool join_cgroup = false; // the kernel could not place us at birth
};

// Runs the plan's steps and execs; leaves with the step's number where one fails.
[[noreturn]] void run_child(ChildMemory& memory) noexcept;

// Each returns 0 or an errno value. The first step, where descriptors are shared:
[[nodiscard]] int leave_shared_descriptors(ChildMemory& memory) noexcept;
// The steps that touch files: spawn_child_directories.cpp, spawn_child_files.cpp.
[[nodiscard]] int make_planned_directory(const DirectoryPlan& directory) noexcept;
// Before that, of a directory that may be private: the place where it is to be, and what was at the
// other. `moved` tells of the latter.
[[nodiscard]] int settle_private_directory(const DirectoryPlan& directory, bool& moved) noexcept;
// Lets the process, and nobody else, through the closed `private` directories above its own.
[[nodiscard]] int open_private_directories(const ExecPlan& plan) noexcept;
// One that is there and leads elsewhere is EEXIST.
[[nodiscard]] int make_relative_link(const char* path, const char* target) noexcept;
[[nodiscard]] int open_planned_file(const StdioPlan& stream, bool writing,
                                    mode_t umask) noexcept; // or an fd, as -errno
[[nodiscard]] int set_up_descriptors(ChildMemory& memory, SpawnStep& step) noexcept;

// In spawn_child_credentials.cpp; `which` counts what is loaded, then what is set.
[[nodiscard]] int set_up_credentials(const CredentialsPlan& plan, int& which) noexcept;
// The steps on capabilities, in spawn_child_capabilities.cpp; 0 or an errno value. `which` is the
// capability that cannot be had. Ambient ones are made inheritable as root, and raised by the user;
// those that we have not are taken out of `set`.
[[nodiscard]] int drop_bounding_set(uint64_t keep) noexcept;
// The same of a process that stays what it is: what it has itself goes, too.
[[nodiscard]] int drop_own_capabilities(uint64_t keep) noexcept;
[[nodiscard]] int prepare_ambient_set(uint64_t& set, int& which) noexcept;
[[nodiscard]] int raise_ambient_set(uint64_t set, int& which) noexcept;
[[nodiscard]] int set_secure_bits(int bits) noexcept;

} // namespace sctl
