#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <initializer_list>

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
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
    int code = errno == EINVAL ? ENXIO : errno;
    close(fd);
    return -code;
}

// Puts `fd` at `target`, open across exec.
int place(int fd, int target) noexcept {
    if (fd == target) return fcntl(fd, F_SETFD, 0) < 0 ? errno : 0;
    return dup2(fd, target) < 0 ? errno : 0;
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
    if (fd != target) close(fd);
    return code;
}

// Away from the numbers that others are to have: `fd`, or a copy that is not below `base`.
int move_up(int& fd, int base) noexcept {
    if (fd < 0 || fd >= base) return 0;
    fd = fcntl(fd, F_DUPFD_CLOEXEC, base);
    return fd < 0 ? errno : 0;
}

// Takes a copy of those of the manager's descriptors that are wanted, and of what lies below them.
int leave_shared_descriptors(const ChildMemory& memory,
                             std::initializer_list<int> wanted) noexcept {
    if (!memory.shares_descriptors) return 0;
    int highest = std::max(wanted);
    for (int fd : memory.extra_descriptors) highest = std::max(highest, fd);
    auto first_unwanted = static_cast<unsigned>(std::max(highest, STDERR_FILENO)) + 1;
    return syscall(SYS_close_range, first_unwanted, ~0u, close_range_unshare) < 0 ? errno : 0;
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
    int fd = open(stream.path.c_str(), flags, 0666 & ~umask);
    if (fd >= 0) return fd;
    return errno == ENXIO ? connect_to_socket(stream.path.c_str()) : -errno;
}

int set_up_descriptors(ChildMemory& memory, SpawnStep& step) noexcept {
    const ExecPlan& plan = *memory.plan;
    int base = 3 + static_cast<int>(memory.extra_descriptors.size());
    int in = plan.standard_input.fd, out = plan.standard_output.fd, err = plan.standard_error.fd;
    step = SpawnStep::Fds;
    int code =
        leave_shared_descriptors(memory, {memory.status_pipe, memory.null_device, in, out, err});
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
        for (int fd : plan.given_descriptors) fcntl(fd, F_SETFD, 0);
        return code;
    }
    // A net below O_CLOEXEC, which all our descriptors have: older kernels do without (5.11).
    syscall(SYS_close_range, static_cast<unsigned>(base), ~0u, close_range_close_on_exec);
    return code;
}

} // namespace sctl
