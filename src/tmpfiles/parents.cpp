#include "tmpfiles/parents.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "os/remove_tree.hpp"
#include "os/safe_path.hpp"

namespace sctl {
namespace {

std::string octal(mode_t mode) {
    char text[16];
    snprintf(text, sizeof text, "%o", mode);
    return text;
}

bool is_mount_point(int directory, const std::string& name) {
    struct statx info {};
    constexpr int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
    if (statx(directory, name.c_str(), flags, STATX_TYPE, &info) < 0) return false;
    return is_mount_root(info);
}

// Walks down from the root and clears the way. Unlike open_safely() it follows links only to
// directories, and replaces what leads nowhere.
class Clearing {
  public:
    Clearing(const Root& root, const Item& item) : root_(root), item_(item) {}

    Result<void> run(mode_t kind);

  private:
    std::string here() const { return read_link(path_of_fd(at_.get())).value_or("n/a"); }
    Error failed(std::string_view doing, const std::string& name, int error) const {
        return errno_error(cat("Failed to ", doing, " \"", name, "\" at \"", here(), "\""), error);
    }
    Error unsafe(const std::string& name) const {
        return Error{
            ENOLINK, cat("Unsafe transition from \"", here(), "\" to \"", name, "\"."), {}};
    }
    bool is_unsafe(const struct stat& to) const {
        return info_.st_uid != 0 && info_.st_uid != to.st_uid;
    }
    // True where `name` is of the kind, false where there is nothing, or nothing any more.
    Result<bool> clear(const std::string& name, mode_t kind, bool follow);
    Result<void> descend(const std::string& name);
    Result<void> enter_existing(const std::string& name);

    const Root& root_;
    const Item& item_;
    std::string path_; // of the directory below, as the item's path has it
    UniqueFd at_;
    struct stat info_ {};
};

Result<bool> Clearing::clear(const std::string& name, mode_t kind, bool follow) {
    struct stat info {};
    if (fstatat(at_.get(), name.c_str(), &info, follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0) {
        if (errno == ENOENT) return false;
        return failed("stat", name, errno);
    }
    if (is_unsafe(info)) return unsafe(name);
    if ((info.st_mode & S_IFMT) == kind) return true;
    log(LogLevel::Notice, "Wrong file type 0o", octal(info.st_mode & S_IFMT), "; rm -rf \"", here(),
        "/", name, "\"");
    if (is_mount_point(at_.get(), name)) {
        return Error{EBUSY,
                     cat("Not removing  \"", here(), "/", name, "\" because it is a mount point."),
                     {}};
    }
    auto removed = remove_tree_at(at_.get(), name);
    if (!removed) return failed("remove", name, removed.error().code);
    return false;
}

Result<void> Clearing::descend(const std::string& name) {
    auto is_directory = clear(name, S_IFDIR, true);
    // A link that leads nowhere is in the way as well.
    if (is_directory && !*is_directory) is_directory = clear(name, S_IFDIR, false);
    if (!is_directory) return is_directory.error();
    path_ = cat(path_, "/", name);
    if (*is_directory) return enter_existing(name);
    if (mkdirat(at_.get(), name.c_str(), 0755) < 0) return failed("mkdir", name, errno);
    // Whether ours may lie in somebody else's directory is for the next to judge.
    UniqueFd next(openat(at_.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next || fstat(next.get(), &info_) < 0) return failed("open", name, errno);
    at_ = std::move(next);
    return {};
}

Result<void> Clearing::enter_existing(const std::string& name) {
    auto next = open_safely(root_, path_, {.follow_last = true});
    if (!next && next.error().code == ENOLINK) return unsafe(name);
    if (!next) return failed("open", name, next.error().code);
    if (is_unsafe(next->info)) return unsafe(name);
    at_ = std::move(next->fd);
    info_ = next->info;
    return {};
}

Result<void> Clearing::run(mode_t kind) {
    auto top = open_safely(root_, root_.at("/"));
    if (!top) return top.error();
    path_ = root_.prefix();
    at_ = std::move(top->fd);
    info_ = top->info;
    auto parts = split(root_.inside(item_.path), "/");
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
        auto descended = descend(std::string(parts[i]));
        if (!descended) return descended;
    }
    if (kind == 0 || parts.empty()) return {};
    auto cleared = clear(std::string(parts.back()), kind, false);
    return cleared ? Result<void>{} : cleared.error();
}

} // namespace

Result<void> prepare_parents(const Root& root, const Item& item, mode_t kind) {
    if (item.replace) return Clearing(root, item).run(kind);
    if (root.inside(item.path) == "/") return {};
    std::string above(directory_of(item.path));
    // What is wrong on the way comes up again when the item itself is made.
    ignore_error(open_safely(root, above, {.follow_last = true, .make_missing = true}));
    return {};
}

} // namespace sctl
