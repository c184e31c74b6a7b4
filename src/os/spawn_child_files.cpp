#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstring>
#include <initializer_list>

#include "os/spawn_child.hpp"

namespace sctl {
namespace {

using Kind = StdioPlan::Kind;

// As getdents64(2) lays it out; readdir would allocate.
struct KernelEntry {
    ino64_t inode;
    off64_t offset;
    unsigned short length;
    unsigned char type;
    char name[NAME_MAX + 1]; // as long as it is, in truth
};

bool is_dot_or_dot_dot(const char* name) {
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

int give_tree(int directory, uid_t uid, gid_t gid, int depth) noexcept;

int give_entry(int directory, const char* name, uid_t uid, gid_t gid, int depth) noexcept {
    int below =
        openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (below < 0) {
        if (errno != ENOTDIR && errno != ELOOP) return errno == ENOENT ? 0 : errno;
        int changed = fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW);
        return changed < 0 && errno != ENOENT ? errno : 0;
    }
    int code = give_tree(below, uid, gid, depth + 1);
    close(below);
    return code;
}

// The directory itself comes last: if we are interrupted the next start sees that work is left.
int give_tree(int directory, uid_t uid, gid_t gid, int depth) noexcept {
    constexpr int deepest = 256;
    if (depth > deepest) return ELOOP;
    alignas(KernelEntry) char buffer[8192];
    while (true) {
        long got = syscall(SYS_getdents64, directory, buffer, sizeof buffer);
        if (got < 0) return errno;
        if (got == 0) break;
        for (long at = 0; at < got;) {
            auto* entry = reinterpret_cast<const KernelEntry*>(buffer + at);
            at += entry->length;
            if (is_dot_or_dot_dot(entry->name)) continue;
            if (int code = give_entry(directory, entry->name, uid, gid, depth)) return code;
        }
    }
    return fchown(directory, uid, gid) < 0 ? errno : 0;
}

// The directories above `path`, 0755 and root's.
int make_parents(const char* path) noexcept {
    char above[PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof above) return ENAMETOOLONG;
    memcpy(above, path, length + 1);
    for (size_t i = 1; i < length; ++i) {
        if (above[i] != '/') continue;
        above[i] = '\0';
        if (mkdir(above, 0755) < 0 && errno != EEXIST) return errno;
        above[i] = '/';
    }
    return 0;
}

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

int make_link(const char* path, const char* target) noexcept {
    if (int code = make_parents(path)) return code;
    if (symlink(target, path) == 0) return 0;
    if (errno != EEXIST) return errno;
    char found[PATH_MAX];
    ssize_t length = readlink(path, found, sizeof found);
    bool same = length >= 0 && static_cast<size_t>(length) == strlen(target) &&
                memcmp(found, target, static_cast<size_t>(length)) == 0;
    return same ? 0 : EEXIST;
}

int make_directory(const DirectoryPlan& directory) noexcept {
    const char* path = directory.path.c_str();
    if (int code = make_parents(path)) return code;
    bool existed = false;
    if (mkdir(path, directory.mode) < 0) {
        if (errno != EEXIST) return errno;
        existed = true;
    }
    if (existed && directory.leave_existing) return 0;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno;
    struct stat info {};
    int code = fstat(fd, &info) < 0 ? errno : 0;
    bool another_mode = (info.st_mode & 07777) != directory.mode;
    bool another_owner = info.st_uid != directory.uid || info.st_gid != directory.gid;
    if (code == 0 && another_mode && fchmod(fd, directory.mode) < 0) code = errno;
    if (code == 0 && another_owner) code = give_tree(fd, directory.uid, directory.gid, 0);
    close(fd);
    return code;
}

} // namespace

int make_planned_directory(const DirectoryPlan& directory) noexcept {
    int code = make_directory(directory);
    for (const auto& link : directory.links) {
        if (code == 0) code = make_link(link.path.c_str(), link.target.c_str());
    }
    return code;
}

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
