#include "os/remove_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "os/random.hpp"
#include "os/trusted_path.hpp"

namespace sctl {
namespace {

// A descriptor is held for each directory on the way down. What is nested deeper is moved up to the
// top first, and found there when the top is gone through again.
constexpr int deepest_removed = 200;
constexpr int most_passes = 1000; // against somebody who nests faster than we remove

// Whether the directory `fd` is another file system than that of `top`, or has something mounted on
// it (which Linux says from 5.8 on).
bool is_mounted(int fd, const struct statx& top) {
    struct statx info {};
    if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE, &info) < 0) return true;
    if (is_mount_root(info)) return true;
    return info.stx_dev_major != top.stx_dev_major || info.stx_dev_minor != top.stx_dev_minor;
}

class Removal {
  public:
    // With `name` in the directory `parent`.
    Result<void> remove(int parent, const char* name);
    // What is in the directory `top`.
    Result<void> remove_contents(int top);

  private:
    void remove_entry(int parent, const char* name, int depth);
    void empty_directory(UniqueFd fd, const char* name, int depth);
    bool move_to_top(int parent, const char* name);
    void keep_first(const char* name, int error = errno) {
        if (first_ && error != ENOENT) first_ = errno_error(name, error);
    }
    template <class Pass>
    Result<void> pass_by_pass(Pass&& pass);

    int top_ = -1;
    struct statx top_info_ {};
    bool moved_ = false; // something was moved to the top after this was read
    Result<void> first_;
};

template <class Pass>
Result<void> Removal::pass_by_pass(Pass&& pass) {
    moved_ = true;
    for (int i = 0; i < most_passes && moved_; ++i) {
        moved_ = false;
        pass();
    }
    return first_;
}

Result<void> Removal::remove(int parent, const char* name) {
    return pass_by_pass([&] { remove_entry(parent, name, 0); });
}

Result<void> Removal::remove_contents(int top) {
    return pass_by_pass([&] {
        UniqueFd fd(openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (fd)
            empty_directory(std::move(fd), ".", 0);
        else
            keep_first(".");
    });
}

// Under a name that cannot have been put there before.
bool Removal::move_to_top(int parent, const char* name) {
    auto unique = cat(".removed-", random_number());
    bool moved = renameat(parent, name, top_, unique.c_str()) == 0;
    moved_ = moved_ || moved;
    return moved;
}

void Removal::empty_directory(UniqueFd fd, const char* name, int depth) {
    DirectoryStream directory(fdopendir(fd.get()));
    if (!directory) return keep_first(name);
    int at = fd.release();
    if (depth == 0) {
        top_ = at;
        if (statx(at, "", AT_EMPTY_PATH, STATX_TYPE, &top_info_) < 0) return keep_first(name);
    }
    while (dirent* entry = readdir(directory.get())) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        remove_entry(at, entry->d_name, depth + 1);
    }
}

void Removal::remove_entry(int parent, const char* name, int depth) {
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) return;
    if (errno != EISDIR && errno != EPERM) return keep_first(name);
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0) return;
    if (depth == deepest_removed && move_to_top(parent, name)) return;
    UniqueFd fd(openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return keep_first(name, errno == ENOTDIR ? EPERM : errno);
    if (depth > 0 && is_mounted(fd.get(), top_info_)) return;
    if (depth < deepest_removed) empty_directory(std::move(fd), name, depth);
    // While something waits at the top, that is not empty yet.
    if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && !(depth == 0 && moved_)) keep_first(name);
}

} // namespace

Result<void> remove_tree_at(int directory, const std::string& name) {
    return Removal().remove(directory, name.c_str());
}

Result<void> remove_contents(int fd) {
    return Removal().remove_contents(fd);
}

Result<void> remove_tree(const std::string& path) {
    auto [directory, name] = open_trusted_parent(path.c_str(), false);
    if (directory == -ENOENT) return {};
    UniqueFd parent(directory);
    if (!parent) return errno_error(cat("removing ", path), -directory);
    auto removed = remove_tree_at(parent.get(), name);
    return removed ? removed : removed.error().during(cat("removing ", path));
}

void remove_file(const std::string& path) {
    auto [directory, name] = open_trusted_parent(path.c_str(), false);
    UniqueFd parent(directory);
    if (parent) unlinkat(parent.get(), name, 0);
}

int run_remove(int argc, char** argv) {
    int status = EXIT_SUCCESS;
    for (int i = 1; i < argc; ++i) {
        if (std::string_view(argv[i]) == "--file" && i + 1 < argc) {
            remove_file(argv[++i]);
            continue;
        }
        auto removed = remove_tree(argv[i]);
        if (removed) continue;
        log_error("Failed to remove '", argv[i], "': ", strerror(removed.error().code));
        status = EXIT_FAILURE;
    }
    return status;
}

} // namespace sctl
