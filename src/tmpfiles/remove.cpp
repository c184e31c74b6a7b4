#include "tmpfiles/remove.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "base/unique_fd.hpp"

namespace sctl {
namespace {

void keep_first(Result<void>& first, const Result<void>& next) {
    if (first && !next) first = next;
}

Result<std::vector<std::string>> names_in(int fd) {
    UniqueFd own(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!own) return errno_error("opening");
    DirectoryStream directory(fdopendir(own.get()));
    if (!directory) return errno_error("opening");
    (void)own.release();
    std::vector<std::string> names;
    while (dirent* entry = readdir(directory.get())) {
        std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    return names;
}

} // namespace

bool is_mount_point(int directory, const std::string& name) {
    struct statx info {};
    constexpr int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
    if (statx(directory, name.c_str(), flags, STATX_TYPE, &info) < 0) return false;
    return (info.stx_attributes & info.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0;
}

Result<void> remove_contents(int fd) {
    auto names = names_in(fd);
    if (!names) return names.error();
    Result<void> first;
    for (const auto& name : *names) {
        if (!is_mount_point(fd, name)) keep_first(first, remove_tree_at(fd, name));
    }
    return first;
}

Result<void> remove_tree_at(int directory, const std::string& name) {
    if (unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return {};
    if (errno != EISDIR && errno != EPERM) return errno_error(name);
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    UniqueFd fd(openat(directory, name.c_str(), flags));
    if (!fd) return errno_error(name, errno == ENOTDIR ? EPERM : errno);
    auto emptied = remove_contents(fd.get());
    fd.reset();
    if (unlinkat(directory, name.c_str(), AT_REMOVEDIR) < 0 && errno != ENOENT)
        keep_first(emptied, errno_error(name));
    return emptied;
}

} // namespace sctl
