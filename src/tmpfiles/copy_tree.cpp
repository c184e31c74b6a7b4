#include "tmpfiles/copy_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "base/files.hpp"
#include "base/unique_fd.hpp"
#include "os/safe_path.hpp"

namespace sctl {
namespace {

Result<DirectoryStream> open_directory(int at, const std::string& name) {
    UniqueFd fd(
        openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd) return errno_error(name);
    DirectoryStream directory(fdopendir(fd.get()));
    if (!directory) return errno_error(name);
    (void)fd.release();
    return directory;
}

Result<bool> is_empty(int at, const std::string& name) {
    auto directory = open_directory(at, name);
    if (!directory) return directory.error();
    while (dirent* entry = readdir(directory->get())) {
        std::string_view text = entry->d_name;
        if (text != "." && text != "..") return false;
    }
    return true;
}

Result<void> copy_content(int from, int to) {
    char chunk[65536];
    while (true) {
        ssize_t copied = copy_file_range(from, nullptr, to, nullptr, SSIZE_MAX & ~0xfff, 0);
        if (copied == 0) break;
        if (copied < 0) break; // not between these two: what is left is read and written
    }
    while (true) {
        ssize_t got = read(from, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error("reading");
        if (got == 0) return {};
        for (ssize_t put = 0; put < got;) {
            ssize_t written = write(to, chunk + put, static_cast<size_t>(got - put));
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return errno_error("writing");
            put += written;
        }
    }
}

// The attributes that anyone may set; those of the system are not ours to hand on.
void copy_user_xattrs(int from, int to) {
    char names[65536];
    ssize_t length = flistxattr(from, names, sizeof names);
    for (ssize_t i = 0; i < length;) {
        std::string name = names + i;
        i += static_cast<ssize_t>(name.size()) + 1;
        if (!name.starts_with("user.")) continue;
        char value[65536];
        ssize_t size = fgetxattr(from, name.c_str(), value, sizeof value);
        if (size >= 0) (void)fsetxattr(to, name.c_str(), value, static_cast<size_t>(size), 0);
    }
}

class TreeCopy {
  public:
    explicit TreeCopy(const CopyOwner& owner) : owner_(owner) {}

    Result<void> copy(int from, const std::string& source, int to, const std::string& name);

  private:
    Result<void> copy_directory(int from, const std::string& source, int to,
                                const std::string& name, const struct stat& info);
    Result<void> copy_file(int from, const std::string& source, int to, const std::string& name,
                           const struct stat& info);
    Result<void> copy_link(int from, const std::string& source, int to, const std::string& name,
                           const struct stat& info);
    Result<void> copy_node(int to, const std::string& name, const struct stat& info);
    // Owner, mode and times of the original, for the copy open as `fd`.
    Result<void> finish(int fd, const struct stat& info);
    uid_t uid(const struct stat& info) const { return owner_.uid.value_or(info.st_uid); }
    gid_t gid(const struct stat& info) const { return owner_.gid.value_or(info.st_gid); }

    CopyOwner owner_;
    // Copies of files with several names, as descriptors that a further name can be given by.
    std::map<std::pair<dev_t, ino_t>, UniqueFd> linked_;
};

Result<void> TreeCopy::finish(int fd, const struct stat& info) {
    if (fchown(fd, uid(info), gid(info)) < 0) return errno_error("chown");
    if (fchmod(fd, info.st_mode & 07777) < 0) return errno_error("chmod");
    timespec times[] = {info.st_atim, info.st_mtim};
    (void)futimens(fd, times);
    return {};
}

Result<void> TreeCopy::copy_file(int from, const std::string& source, int to,
                                 const std::string& name, const struct stat& info) {
    auto key = std::pair(info.st_dev, info.st_ino);
    if (info.st_nlink > 1) {
        auto known = linked_.find(key);
        if (known != linked_.end() && linkat(AT_FDCWD, path_of_fd(known->second.get()).c_str(), to,
                                             name.c_str(), AT_SYMLINK_FOLLOW) == 0)
            return {};
    }
    UniqueFd in(
        openat(from, source.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK));
    if (!in) return errno_error(source);
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY;
    UniqueFd out(openat(to, name.c_str(), flags, info.st_mode & 07777));
    if (!out) return errno_error(name);
    auto copied = copy_content(in.get(), out.get());
    copy_user_xattrs(in.get(), out.get());
    if (copied) copied = finish(out.get(), info);
    if (!copied)
        unlinkat(to, name.c_str(), 0);
    else if (info.st_nlink > 1)
        linked_[key].reset(openat(to, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    return copied;
}

Result<void> TreeCopy::copy_link(int from, const std::string& source, int to,
                                 const std::string& name, const struct stat& info) {
    char target[PATH_MAX + 1];
    ssize_t length = readlinkat(from, source.c_str(), target, PATH_MAX);
    if (length < 0) return errno_error(source);
    target[length] = 0;
    if (symlinkat(target, to, name.c_str()) < 0) return errno_error(name);
    if (fchownat(to, name.c_str(), uid(info), gid(info), AT_SYMLINK_NOFOLLOW) < 0)
        return errno_error(name);
    timespec times[] = {info.st_atim, info.st_mtim};
    (void)utimensat(to, name.c_str(), times, AT_SYMLINK_NOFOLLOW);
    return {};
}

Result<void> TreeCopy::copy_node(int to, const std::string& name, const struct stat& info) {
    if (mknodat(to, name.c_str(), info.st_mode, info.st_rdev) < 0) return errno_error(name);
    if (fchownat(to, name.c_str(), uid(info), gid(info), AT_SYMLINK_NOFOLLOW) < 0 ||
        fchmodat(to, name.c_str(), info.st_mode & 07777, 0) < 0)
        return errno_error(name);
    timespec times[] = {info.st_atim, info.st_mtim};
    (void)utimensat(to, name.c_str(), times, AT_SYMLINK_NOFOLLOW);
    return {};
}

Result<void> TreeCopy::copy_directory(int from, const std::string& source, int to,
                                      const std::string& name, const struct stat& info) {
    auto directory = open_directory(from, source);
    if (!directory) return directory.error();
    bool is_new = mkdirat(to, name.c_str(), info.st_mode & 07777) == 0;
    if (!is_new) {
        if (errno != EEXIST) return errno_error(name);
        auto empty = is_empty(to, name);
        if (!empty) return empty.error();
        if (!*empty) return errno_error(name, EEXIST);
    }
    UniqueFd copy_fd(openat(to, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (!copy_fd) return errno_error(name);
    Result<void> last;
    int from_fd = dirfd(directory->get());
    while (dirent* entry = readdir(directory->get())) {
        std::string child = entry->d_name;
        if (child == "." || child == "..") continue;
        auto copied = copy(from_fd, child, copy_fd.get(), child);
        if (!copied) last = copied;
    }
    if (!is_new) return last;
    copy_user_xattrs(from_fd, copy_fd.get());
    auto finished = finish(copy_fd.get(), info);
    return last ? finished : last;
}

Result<void> TreeCopy::copy(int from, const std::string& source, int to, const std::string& name) {
    struct stat info {};
    if (fstatat(from, source.c_str(), &info, AT_SYMLINK_NOFOLLOW) < 0) return errno_error(source);
    if (S_ISREG(info.st_mode)) return copy_file(from, source, to, name, info);
    if (S_ISDIR(info.st_mode)) return copy_directory(from, source, to, name, info);
    if (S_ISLNK(info.st_mode)) return copy_link(from, source, to, name, info);
    return copy_node(to, name, info);
}

} // namespace

Result<void> copy_tree(const std::string& source, int directory, const std::string& name,
                       const CopyOwner& owner) {
    return TreeCopy(owner).copy(AT_FDCWD, source, directory, name);
}

} // namespace sctl
