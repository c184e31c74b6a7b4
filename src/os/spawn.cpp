#include "os/spawn.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>

#include "base/files.hpp"
#include "os/spawn_child.hpp"

namespace sctl {
namespace {

struct StepName {
    SpawnStep step;
    std::string_view name;
};
constexpr StepName step_names[] = {
    {SpawnStep::Chdir, "CHDIR"},
    {SpawnStep::Nice, "NICE"},
    {SpawnStep::Fds, "FDS"},
    {SpawnStep::Exec, "EXEC"},
    {SpawnStep::Limits, "LIMITS"},
    {SpawnStep::OomAdjust, "OOM_ADJUST"},
    {SpawnStep::SignalMask, "SIGNAL_MASK"},
    {SpawnStep::Stdin, "STDIN"},
    {SpawnStep::Stdout, "STDOUT"},
    {SpawnStep::Ioprio, "IOPRIO"},
    {SpawnStep::Setscheduler, "SETSCHEDULER"},
    {SpawnStep::CpuAffinity, "CPUAFFINITY"},
    {SpawnStep::Group, "GROUP"},
    {SpawnStep::User, "USER"},
    {SpawnStep::Cgroup, "CGROUP"},
    {SpawnStep::Setsid, "SETSID"},
    {SpawnStep::Stderr, "STDERR"},
    {SpawnStep::NoNewPrivileges, "NO_NEW_PRIVILEGES"},
    {SpawnStep::RuntimeDirectory, "RUNTIME_DIRECTORY"},
    {SpawnStep::StateDirectory, "STATE_DIRECTORY"},
    {SpawnStep::CacheDirectory, "CACHE_DIRECTORY"},
    {SpawnStep::LogsDirectory, "LOGS_DIRECTORY"},
    {SpawnStep::ConfigurationDirectory, "CONFIGURATION_DIRECTORY"},
};

constexpr size_t child_stack_size = 64 << 10;

bool opens_path(const StdioPlan& stream) {
    using Kind = StdioPlan::Kind;
    return stream.kind == Kind::File || stream.kind == Kind::Append ||
           stream.kind == Kind::Truncate;
}

// "(nginx)"; of a long name the end, which tells more (systemd's habit).
std::array<char, 16> name_before_exec(const ExecPlan& plan) {
    constexpr size_t longest = 8;
    std::string_view name = plan.executables.empty() ? "" : base_name(plan.executables.front());
    if (name.size() > longest) name.remove_prefix(name.size() - longest);
    std::array<char, 16> text{};
    char* at = text.data();
    *at++ = '(';
    at = std::copy(name.begin(), name.end(), at);
    *at = ')';
    return text;
}

void prepare_memory(const ExecPlan& plan, ChildMemory& memory) {
    memory.plan = &plan;
    memory.name = name_before_exec(plan);
    // execve promises not to change them.
    for (const auto& text : plan.arguments)
        memory.arguments.push_back(const_cast<char*>(text.c_str()));
    for (const auto& text : plan.environment)
        memory.environment.push_back(const_cast<char*>(text.c_str()));
    for (const auto& name : plan.pid_variables) {
        constexpr size_t digits = 12;
        std::vector<char> variable(name.size() + 1 + digits, '\0');
        *std::copy(name.begin(), name.end(), variable.begin()) = '=';
        memory.pid_variables.push_back(std::move(variable));
        memory.environment.push_back(memory.pid_variables.back().data());
    }
    memory.arguments.push_back(nullptr);
    memory.environment.push_back(nullptr);
    if (plan.fall_back_to_shell) {
        memory.shell_arguments = {const_cast<char*>("/bin/sh"), nullptr};
        memory.shell_arguments.insert(memory.shell_arguments.end(), memory.arguments.begin() + 1,
                                      memory.arguments.end());
    }
    memory.extra_descriptors = plan.extra_descriptors;
}

// Opened here, so that the usual child opens no path. Only a shortage is the parent's to report.
Result<UniqueFd> open_null_device(const ExecPlan& plan, ChildMemory& memory) {
    auto is_null = [](const StdioPlan& s) { return s.kind == StdioPlan::Kind::Null; };
    if (!is_null(plan.standard_input) && !is_null(plan.standard_output) &&
        !is_null(plan.standard_error))
        return UniqueFd();
    UniqueFd fd(open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY));
    if (!fd && (errno == EMFILE || errno == ENFILE)) return errno_error("/dev/null");
    memory.null_device = fd ? fd.get() : -errno;
    return fd;
}

int child_on_own_stack(void* memory) {
    run_child(*static_cast<ChildMemory*>(memory));
}

void take_record(const SpawnRecord& record, SpawnReport& report) {
    SpawnProblem problem{record.step, record.code};
    if (record.is_warning)
        report.warnings.push_back(problem);
    else
        report.failure = problem;
}

// Whether a child may begin with our table of descriptors itself and copy the head of it (5.9): to
// copy and close the pipes of a thousand services for each start costs more than the start does.
bool can_leave_shared_descriptors() {
    return syscall(SYS_close_range, ~0u, ~0u, close_range_unshare) == 0; // closes nothing of ours
}

// Our own programs are run through a descriptor, which the head of the table need not hold.
bool runs_a_descriptor(const ExecPlan& plan) {
    return std::ranges::any_of(plan.executables, [](const std::string& path) {
        return path.starts_with("/proc/self/fd/");
    });
}

Result<Spawned> spawn_sharing_memory(ChildMemory& memory) {
    SharedRecords shared;
    memory.shared = &shared;
    memory.shares_descriptors = !memory.plan->keep_descriptors &&
                                !runs_a_descriptor(*memory.plan) && can_leave_shared_descriptors();
    int sharing = CLONE_VM | CLONE_VFORK | (memory.shares_descriptors ? CLONE_FILES : 0);
    auto stack = std::make_unique_for_overwrite<std::byte[]>(child_stack_size);
    auto top = reinterpret_cast<uintptr_t>(stack.get() + child_stack_size) & ~uintptr_t{15};
    Spawned spawned;
    // All memory comes before the fork: a process that is lost to an exception would be nobody's.
    spawned.report.warnings.reserve(std::size(shared.records));
    pid_t pid = clone(child_on_own_stack, reinterpret_cast<void*>(top), sharing | SIGCHLD, &memory);
    if (pid < 0) return errno_error("clone");
    spawned.pid = pid;
    spawned.report.finished = true;
    for (size_t i = 0; i < shared.count; ++i) take_record(shared.records[i], spawned.report);
    return spawned;
}

// Born inside the cgroup where the kernel can (5.7); else the child moves itself, as its first
// step.
pid_t fork_into_cgroup(ChildMemory& memory) {
    clone_args arguments{};
    arguments.flags = CLONE_INTO_CGROUP;
    arguments.exit_signal = SIGCHLD;
    arguments.cgroup = static_cast<uint64_t>(memory.plan->cgroup);
    auto pid = static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
    if (pid >= 0 || errno == EAGAIN || errno == ENOMEM) return pid;
    memory.join_cgroup = true;
    return fork();
}

Result<Spawned> spawn_forking(ChildMemory& memory) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return errno_error("pipe");
    UniqueFd reader(ends[0]), writer(ends[1]);
    memory.status_pipe = writer.get();
    pid_t pid = memory.plan->cgroup >= 0 ? fork_into_cgroup(memory) : fork();
    if (pid < 0) return errno_error("fork");
    if (pid == 0) run_child(memory);
    Spawned spawned;
    spawned.pid = pid;
    spawned.status = std::move(reader);
    return spawned;
}

} // namespace

std::string_view to_string(SpawnStep step) {
    for (const auto& row : step_names) {
        if (row.step == step) return row.name;
    }
    return "UNKNOWN";
}

// A child that becomes another user would make us undumpable through the memory it shares: root
// could not read /proc/1/root any more. Writing to a cgroup or an OOM score opens a path.
bool may_share_memory(const ExecPlan& plan) {
    return plan.working_directory.empty() && plan.directories.empty() && plan.cgroup < 0 &&
           !opens_path(plan.standard_input) && !opens_path(plan.standard_output) &&
           !opens_path(plan.standard_error) && !plan.uid && !plan.gid && !plan.groups &&
           !plan.oom_score_adjust;
}

Result<Spawned> spawn(const ExecPlan& plan) {
    ChildMemory memory;
    prepare_memory(plan, memory);
    auto null_device = open_null_device(plan, memory);
    if (!null_device) return null_device.error();
    return may_share_memory(plan) ? spawn_sharing_memory(memory) : spawn_forking(memory);
}

bool read_spawn_report(int status, SpawnReport& report) {
    while (!report.finished) {
        SpawnRecord record;
        ssize_t got = read(status, &record, sizeof record);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return false;
        if (got == static_cast<ssize_t>(sizeof record))
            take_record(record, report);
        else
            report.finished = true;
    }
    return true;
}

} // namespace sctl
