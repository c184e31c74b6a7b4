#include "os/spawn.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <memory>

#include "base/files.hpp"
#include "os/raw_call.hpp"
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
    {SpawnStep::Chroot, "CHROOT"},
    {SpawnStep::Ioprio, "IOPRIO"},
    {SpawnStep::SecureBits, "SECUREBITS"},
    {SpawnStep::Setscheduler, "SETSCHEDULER"},
    {SpawnStep::CpuAffinity, "CPUAFFINITY"},
    {SpawnStep::Group, "GROUP"},
    {SpawnStep::User, "USER"},
    {SpawnStep::Capabilities, "CAPABILITIES"},
    {SpawnStep::Cgroup, "CGROUP"},
    {SpawnStep::Setsid, "SETSID"},
    {SpawnStep::Stderr, "STDERR"},
    {SpawnStep::Namespace, "NAMESPACE"},
    {SpawnStep::NoNewPrivileges, "NO_NEW_PRIVILEGES"},
    {SpawnStep::RuntimeDirectory, "RUNTIME_DIRECTORY"},
    {SpawnStep::StateDirectory, "STATE_DIRECTORY"},
    {SpawnStep::CacheDirectory, "CACHE_DIRECTORY"},
    {SpawnStep::LogsDirectory, "LOGS_DIRECTORY"},
    {SpawnStep::ConfigurationDirectory, "CONFIGURATION_DIRECTORY"},
    {SpawnStep::Credentials, "CREDENTIALS"},
};

constexpr size_t child_stack_size = 64 << 10;
constexpr Span patience_with_first_step = 2s;

#ifdef __SANITIZE_ADDRESS__
constexpr bool shares_memory = false; // what it notes of each stack would be two processes'
#else
constexpr bool shares_memory = has_raw_calls;
#endif

// Not of the heap: dozens may be in use at once, and none a moment later.
struct UnmapStack {
    void operator()(std::byte* stack) const noexcept { munmap(stack, child_stack_size); }
};
using ChildStack = std::unique_ptr<std::byte, UnmapStack>;

// Stacks that children have left. Mapping one for each start, and unmapping it while another thread
// of the kernel may run in our memory, costs as much as the rest of a start.
constexpr size_t most_spare_stacks = 64; // a boot has some forty children before their exec

std::vector<ChildStack>& spare_stacks() {
    static std::vector<ChildStack> all;
    return all;
}

void keep_stack(ChildStack stack) noexcept {
    auto& spare = spare_stacks();
    if (spare.size() < spare.capacity()) spare.push_back(std::move(stack));
}

Result<ChildStack> take_stack() {
    auto& spare = spare_stacks();
    spare.reserve(most_spare_stacks);
    if (!spare.empty()) {
        ChildStack stack = std::move(spare.back());
        spare.pop_back();
        return stack;
    }
    void* stack = mmap(nullptr, child_stack_size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return errno_error("mmap");
    return ChildStack(static_cast<std::byte*>(stack));
}

// What a child that shares our memory runs in, until it has executed its program or ended.
struct ChildRoom {
    ExecPlan plan;
    ChildMemory memory;
    ChildStack stack;
    std::atomic<pid_t> occupied{0}; // the kernel clears it when the child has left our memory
};

// A child may stay for as long as a file system does not answer.
std::vector<std::unique_ptr<ChildRoom>>& rooms() {
    static std::vector<std::unique_ptr<ChildRoom>> all;
    return all;
}

void clear_rooms() {
    std::erase_if(rooms(), [](const auto& room) {
        bool is_left = room->occupied.load(std::memory_order_acquire) == 0;
        if (is_left && room->stack) keep_stack(std::move(room->stack));
        return is_left;
    });
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
    memory.plan = &plan; // which stays where it is
    memory.name = name_before_exec(plan);
    memory.arguments.reserve(plan.arguments.size() + 1);
    memory.environment.reserve(plan.environment.size() + plan.pid_variables.size() + 1);
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
    memory.has_default_dispositions = all_dispositions_are_default();
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
    SpawnProblem problem{record.step, record.code, record.which};
    if (record.is_warning)
        report.warnings.push_back(problem);
    else
        report.failure = problem;
}

// Whether a child may begin with our table of descriptors itself and copy the head of it (5.9): to
// copy and close the pipes of a thousand services for each start costs more than the start does.
bool can_leave_shared_descriptors() {
    static const bool can =
        syscall(SYS_close_range, ~0u, ~0u, close_range_unshare) == 0; // closes nothing of ours
    return can;
}

// Our own programs are run through a descriptor, which the head of the table need not hold.
bool runs_a_descriptor(const ExecPlan& plan) {
    return std::ranges::any_of(plan.executables, [](const std::string& path) {
        return path.starts_with("/proc/self/fd/");
    });
}

// Its first step, which waits for nothing. False where it was not done: somebody has stopped or
// killed the child meanwhile.
bool wait_for_own_descriptors(ChildMemory& memory) {
    Span until = monotonic_now() + patience_with_first_step;
    while (memory.has_own_descriptors.load(std::memory_order_acquire) == 0) {
        Span left = until - monotonic_now();
        if (left <= Span::zero()) return false;
        timespec timeout{.tv_sec = static_cast<time_t>(left / 1s),
                         .tv_nsec = static_cast<long>(std::chrono::nanoseconds(left % 1s).count())};
        syscall(SYS_futex, &memory.has_own_descriptors, FUTEX_WAIT_PRIVATE, 0, &timeout, nullptr,
                0);
    }
    return true;
}

struct StatusPipe {
    UniqueFd reader, writer;
};

Result<StatusPipe> make_status_pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return errno_error("pipe");
    return StatusPipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Result<Spawned> spawn_sharing_memory(ExecPlan plan) {
    clear_rooms();
    auto& room = *rooms().emplace_back(std::make_unique<ChildRoom>());
    room.plan = std::move(plan);
    ChildMemory& memory = room.memory;
    prepare_memory(room.plan, memory);
    auto null_device = open_null_device(room.plan, memory);
    if (!null_device) return null_device.error();
    auto pipe = make_status_pipe();
    if (!pipe) return pipe.error();
    memory.status_pipe = pipe->writer.get();
    memory.shares_memory = true;
    memory.shares_descriptors = !room.plan.keep_descriptors && !runs_a_descriptor(room.plan) &&
                                can_leave_shared_descriptors();
    int sharing = CLONE_VM | CLONE_CHILD_CLEARTID | (memory.shares_descriptors ? CLONE_FILES : 0);
    auto stack = take_stack();
    if (!stack) return stack.error();
    room.stack = std::move(*stack);
    room.occupied = 1;
    pid_t pid = clone(child_on_own_stack, room.stack.get() + child_stack_size, sharing | SIGCHLD,
                      &memory, nullptr, nullptr, &room.occupied);
    if (pid < 0) {
        auto error = errno_error("clone");
        room.occupied = 0;
        return error;
    }
    if (memory.shares_descriptors && !wait_for_own_descriptors(memory)) {
        kill(pid, SIGKILL);
        return errno_error("starting a process", ECANCELED);
    }
    Spawned spawned;
    spawned.pid = pid;
    spawned.status = std::move(pipe->reader);
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

Result<Spawned> spawn_forking(const ExecPlan& plan) {
    ChildMemory memory;
    prepare_memory(plan, memory);
    auto null_device = open_null_device(plan, memory);
    if (!null_device) return null_device.error();
    auto pipe = make_status_pipe();
    if (!pipe) return pipe.error();
    memory.status_pipe = pipe->writer.get();
    pid_t pid = plan.cgroup >= 0 ? fork_into_cgroup(memory) : fork();
    if (pid < 0) return errno_error("fork");
    if (pid == 0) run_child(memory);
    Spawned spawned;
    spawned.pid = pid;
    spawned.status = std::move(pipe->reader);
    return spawned;
}

} // namespace

std::string_view to_string(SpawnStep step) {
    for (const auto& row : step_names) {
        if (row.step == step) return row.name;
    }
    return "UNKNOWN";
}

bool can_share_memory() noexcept {
    return shares_memory;
}

// A child that becomes another user would make us undumpable through the memory it shares: root
// could not read /proc/1/root any more. An OOM score that it sets would be ours as well.
bool may_share_memory(const ExecPlan& plan) {
    return shares_memory && plan.directories.empty() && !plan.credentials && plan.cgroup < 0 &&
           !plan.uid && !plan.gid && !plan.groups && !plan.oom_score_adjust &&
           plan.bounding_set == UINT64_MAX && plan.ambient_set == 0 && plan.secure_bits == 0;
}

Result<Spawned> spawn(ExecPlan plan) {
    return may_share_memory(plan) ? spawn_sharing_memory(std::move(plan)) : spawn_forking(plan);
}

void release_spawn_memory() noexcept {
    clear_rooms();
    spare_stacks().clear();
}

void await_spawn_report(Spawned& spawned, Span at_most) {
    Span until = monotonic_now() + at_most;
    while (spawned.status && !read_spawn_report(spawned.status.get(), spawned.report)) {
        Span left = until - monotonic_now();
        if (left <= Span::zero()) return;
        pollfd wait{spawned.status.get(), POLLIN, 0};
        poll(&wait, 1, static_cast<int>(left / 1ms) + 1);
    }
    spawned.status.reset();
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
    clear_rooms();
    return true;
}

} // namespace sctl
