// RuntimeDirectory= and its like, made by root in the child and given to the service's user, who
// may own a directory above and have put there what he likes (trusted_path.hpp).
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "os/spawn_child.hpp"
#include "os/trusted_path.hpp"

namespace sctl {
namespace {

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
    constexpr int deepest = 2048; // by the size of a stack; descriptors may end before
    if (depth > deepest) return ELOOP;
    alignas(KernelEntry) char buffer[1024];
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

// Owner and mode of what `directory` describes, and of all below it.
int adjust_directory(int fd, const DirectoryPlan& directory) noexcept {
    struct stat info {};
    if (fstat(fd, &info) < 0) return errno;
    bool another_mode = (info.st_mode & 07777) != directory.mode;
    bool another_owner = info.st_uid != directory.uid || info.st_gid != directory.gid;
    if (another_mode && fchmod(fd, directory.mode) < 0) return errno;
    return another_owner ? give_tree(fd, directory.uid, directory.gid, 0) : 0;
}

bool is_directory(const char* path) noexcept {
    struct stat info {};
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int make_directory(const DirectoryPlan& directory) noexcept {
    const char* path = directory.place().c_str();
    if (directory.leave_existing && is_directory(path)) return 0;
    int found = open_trusted_directory(path, directory.mode);
    if (found < 0) return -found;
    int fd = openat(found, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int code = fd < 0 ? errno : adjust_directory(fd, directory);
    if (fd >= 0) close(fd);
    close(found);
    return code;
}

} // namespace

int make_relative_link(const char* path, const char* target) noexcept {
    auto [parent, name] = open_trusted_parent(path, true);
    if (parent < 0) return -parent;
    int code = symlinkat(target, parent, name) < 0 ? errno : 0;
    if (code == EEXIST) {
        char found[PATH_MAX];
        ssize_t length = readlinkat(parent, name, found, sizeof found);
        bool same = length >= 0 && static_cast<size_t>(length) == strlen(target) &&
                    memcmp(found, target, static_cast<size_t>(length)) == 0;
        if (same) code = 0;
    }
    close(parent);
    return code;
}

int make_planned_directory(const DirectoryPlan& directory) noexcept {
    int code = make_directory(directory);
    for (const auto& link : directory.links) {
        if (code == 0) code = make_relative_link(link.path.c_str(), link.target.c_str());
    }
    return code;
}

} // namespace sctl
