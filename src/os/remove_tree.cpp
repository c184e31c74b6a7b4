#include "os/remove_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace sctl {
namespace {

constexpr int deepest = 200; // descriptors are held on the way down

void keep_first(Result<void>& first, const std::string& name) {
    if (first && errno != ENOENT) first = errno_error(name);
}

void remove_entry(int parent, const char* name, dev_t device, int depth, Result<void>& first);

void empty_directory(UniqueFd fd, const std::string& name, dev_t device, int depth,
                     Result<void>& first) {
    DirectoryStream directory(fdopendir(fd.get()));
    if (!directory) return keep_first(first, name);
    int at = fd.release();
    while (dirent* entry = readdir(directory.get())) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        remove_entry(at, entry->d_name, device, depth + 1, first);
    }
}

void remove_entry(int parent, const char* name, dev_t device, int depth, Result<void>& first) {
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) return;
    if (errno != EISDIR && errno != EPERM) return keep_first(first, name);
    UniqueFd fd(openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return keep_first(first, name);
    struct stat info {};
    if (fstat(fd.get(), &info) < 0) return keep_first(first, name);
    if (info.st_dev == device && depth < deepest)
        empty_directory(std::move(fd), name, device, depth, first);
    if (unlinkat(parent, name, AT_REMOVEDIR) < 0) keep_first(first, name);
}

} // namespace

Result<void> remove_tree(const std::string& path) {
    struct stat info {};
    if (lstat(path.c_str(), &info) < 0) return errno == ENOENT ? Result<void>{} : errno_error(path);
    Result<void> first;
    remove_entry(AT_FDCWD, path.c_str(), info.st_dev, 0, first);
    return first ? first : first.error().during(cat("removing ", path));
}

int run_remove(int argc, char** argv) {
    int status = EXIT_SUCCESS;
    for (int i = 1; i < argc; ++i) {
        auto removed = remove_tree(argv[i]);
        if (removed) continue;
        log_error("Failed to remove '", argv[i], "': ", strerror(removed.error().code));
        status = EXIT_FAILURE;
    }
    return status;
}

} // namespace sctl
