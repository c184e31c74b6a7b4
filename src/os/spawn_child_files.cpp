#include <fcntl.h>
#include <linux/futex.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "os/raw_call.hpp"
#include "os/spawn_child.hpp"

namespace sctl {
namespace {

using Kind = StdioPlan::Kind;

// A path that is a socket is connected to, as systemd does for StandardOutput=file:.
int connect_to_socket(const char* path) noexcept {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address.sun_path) return -ENXIO;
    strcpy(address.sun_path, path);
    auto fd = static_cast<int>(raw_call(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (fd < 0) return fd;
    auto connected = static_cast<int>(raw_call(SYS_connect, fd, &address, sizeof address));
    if (connected == 0) return fd;
    raw_call(SYS_close, fd);
    return connected == -EINVAL ? -ENXIO : connected;
}

int error_of(long result) noexcept {
    return result < 0 ? static_cast<int>(-result) : 0;
}

// Puts `fd` at `target`, open across exec.
int place(int fd, int target) noexcept {
    return error_of(fd == target ? raw_call(SYS_fcntl, fd, F_SETFD, 0)
                                 : raw_call(SYS_dup3, fd, target, 0));
}

int set_up_stream(const ChildMemory& memory, const StdioPlan& stream, int descriptor,
                  int target) noexcept {
    switch (stream.kind) {
        case Kind::Null:
            return memory.null_device < 0 ? -memory.null_device : place(memory.null_device, target);
        case Kind::Inherit: return 0;
        case Kind::Descriptor: return place(descriptor, target);
        case Kind::Stdin: return place(STDIN_FILENO, target);
        case Kind::Stdout: return place(STDOUT_FILENO, target);
        case Kind::File:
        case Kind::Append:
        case Kind::Truncate: break;
    }
    int fd = open_planned_file(stream, target != STDIN_FILENO, memory.plan->umask);
    if (fd < 0) return -fd;
    int code = place(fd, target);
    if (fd != target) raw_call(SYS_close, fd);
    return code;
}

// Away from the numbers that others are to have: `fd`, or a copy that is not below `base`.
int move_up(int& fd, int base) noexcept {
    if (fd < 0 || fd >= base) return 0;
    fd = static_cast<int>(raw_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, base));
    return error_of(fd);
}

} // namespace

int open_planned_file(const StdioPlan& stream, bool writing, mode_t umask) noexcept {
    int flags = O_CLOEXEC | O_NOCTTY;
    if (stream.read_write)
        flags |= O_RDWR | O_CREAT;
    else if (writing)
        flags |= O_WRONLY | O_CREAT;
    if (stream.kind == Kind::Append) flags |= O_APPEND;
    if (stream.kind == Kind::Truncate) flags |= O_TRUNC;
    const char* path = stream.path.c_str();
    auto fd = static_cast<int>(raw_call(SYS_openat, AT_FDCWD, path, flags, 0666 & ~umask));
    return fd == -ENXIO ? connect_to_socket(path) : fd;
}

// Takes a copy of those of the manager's descriptors that are wanted, and of what lies below them.
int leave_shared_descriptors(ChildMemory& memory) noexcept {
    if (!memory.shares_descriptors) return 0;
    const ExecPlan& plan = *memory.plan;
    int highest =
        std::max({STDERR_FILENO, memory.status_pipe, memory.null_device, plan.directory,
                  plan.standard_input.fd, plan.standard_output.fd, plan.standard_error.fd});
    for (int fd : memory.extra_descriptors) highest = std::max(highest, fd);
    int code = error_of(raw_call(SYS_close_range, highest + 1, ~0u, close_range_unshare));
    if (code != 0) return code;
    memory.has_own_descriptors.store(1, std::memory_order_release);
    raw_call(SYS_futex, &memory.has_own_descriptors, FUTEX_WAKE_PRIVATE, 1);
    return 0;
}

int set_up_descriptors(ChildMemory& memory, SpawnStep& step) noexcept {
    const ExecPlan& plan = *memory.plan;
    int base = 3 + static_cast<int>(memory.extra_descriptors.size());
    int in = plan.standard_input.fd, out = plan.standard_output.fd, err = plan.standard_error.fd;
    step = SpawnStep::Fds;
    int code = 0;
    for (int* fd : {&memory.status_pipe, &memory.null_device, &in, &out, &err}) {
        if (code == 0) code = move_up(*fd, base);
    }
    for (int& fd : memory.extra_descriptors) {
        if (code == 0) code = move_up(fd, base);
    }
    if (code != 0) return code;
    step = SpawnStep::Stdin;
    code = set_up_stream(memory, plan.standard_input, in, STDIN_FILENO);
    if (code != 0) return code;
    step = SpawnStep::Stdout;
    code = set_up_stream(memory, plan.standard_output, out, STDOUT_FILENO);
    if (code != 0) return code;
    step = SpawnStep::Stderr;
    code = set_up_stream(memory, plan.standard_error, err, STDERR_FILENO);
    if (code != 0) return code;
    step = SpawnStep::Fds;
    for (size_t i = 0; i < memory.extra_descriptors.size() && code == 0; ++i) {
        code = place(memory.extra_descriptors[i], 3 + static_cast<int>(i));
    }
    if (plan.keep_descriptors) {
        for (int fd : plan.given_descriptors) raw_call(SYS_fcntl, fd, F_SETFD, 0);
        return code;
    }
    // A net below O_CLOEXEC, which all our descriptors have: older kernels do without (5.11).
    raw_call(SYS_close_range, base, ~0u, close_range_close_on_exec);
    return code;
}

} // namespace sctl
