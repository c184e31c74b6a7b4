#include "tmpfiles/clean.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <set>
#include <string_view>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace sctl {
namespace {

constexpr int most_levels = 256;

// Reading a directory must not make it look used: O_NOATIME, where we may.
DirectoryStream open_unmodified(int at, const std::string& name) {
    constexpr int flags = O_RDONLY | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
    UniqueFd fd(openat(at, name.c_str(), flags | O_NOATIME));
    if (!fd && (errno == EPERM || errno == EACCES)) fd.reset(openat(at, name.c_str(), flags));
    DirectoryStream directory(fd ? fdopendir(fd.get()) : nullptr);
    if (directory) (void)fd.release();
    return directory;
}

using Nanoseconds = std::optional<int64_t>; // since the epoch; nothing: not kept by the file system

struct Times {
    Nanoseconds access, birth, change, modification;
};

Nanoseconds time_of(const struct statx& info, unsigned bit, const statx_timestamp& stamp) {
    if ((info.stx_mask & bit) == 0) return std::nullopt;
    return stamp.tv_sec * 1'000'000'000 + stamp.tv_nsec;
}

Times times_of(const struct statx& info) {
    return {time_of(info, STATX_ATIME, info.stx_atime), time_of(info, STATX_BTIME, info.stx_btime),
            time_of(info, STATX_CTIME, info.stx_ctime), time_of(info, STATX_MTIME, info.stx_mtime)};
}

timespec to_timespec(const Nanoseconds& time) {
    if (!time) return {0, UTIME_OMIT};
    return {*time / 1'000'000'000, *time % 1'000'000'000};
}

bool is_old(const Times& times, uint8_t by, int64_t cutoff) {
    struct {
        uint8_t bit;
        const Nanoseconds& time;
    } const all[] = {{AgeByModification, times.modification},
                     {AgeByAccess, times.access},
                     {AgeByChange, times.change},
                     {AgeByBirth, times.birth}};
    for (const auto& [bit, time] : all) {
        if ((by & bit) != 0 && time && *time >= cutoff) return false;
    }
    return true;
}

class Cleaner {
  public:
    Cleaner(const ItemList& items, const Item& item, int64_t cutoff)
        : items_(items), item_(item), cutoff_(cutoff) {}

    struct Level {
        DIR* directory;
        const std::string& path;
        Times times; // of the directory, before we change it
        bool is_mount_point;
        bool keep; // what is immediately here stays
        int below; // levels that may still follow
    };
    void clean(const Level& level);

  private:
    void visit(const Level& level, const std::string& name, bool& removed);
    void visit_directory(const Level& level, const std::string& name, const std::string& path,
                         const struct statx& info);
    bool visit_file(const Level& level, const std::string& name, const std::string& path,
                    const struct statx& info);
    bool is_living_socket(const std::string& path);

    const ItemList& items_;
    const Item& item_;
    int64_t cutoff_;
    std::optional<std::set<std::string, std::less<>>> living_sockets_;
};

void Cleaner::clean(const Level& level) {
    bool removed = false;
    while (dirent* entry = readdir(level.directory)) {
        std::string name = entry->d_name;
        if (name != "." && name != "..") visit(level, name, removed);
    }
    if (!removed) return;
    timespec times[] = {to_timespec(level.times.access), to_timespec(level.times.modification)};
    if (futimens(dirfd(level.directory), times) < 0)
        log_warning(
            errno_error(cat("Failed to revert timestamps of '", level.path, "', ignoring")).text);
}

void Cleaner::visit(const Level& level, const std::string& name, bool& removed) {
    struct statx info {};
    constexpr unsigned wanted =
        STATX_TYPE | STATX_MODE | STATX_UID | STATX_ATIME | STATX_MTIME | STATX_CTIME | STATX_BTIME;
    constexpr int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
    if (statx(dirfd(level.directory), name.c_str(), flags, wanted, &info) < 0) {
        if (errno != ENOENT && errno != EACCES)
            log_error(errno_error(cat("statx(", level.path, "/", name, ") failed")).text);
        return;
    }
    if (is_mount_root(info)) return;
    auto path = cat(level.path, "/", name);
    if (items_.has_path(path) || items_.has_pattern_for(path)) return;
    if (S_ISDIR(info.stx_mode)) return visit_directory(level, name, path, info);
    if (visit_file(level, name, path, info)) removed = true;
}

void Cleaner::visit_directory(const Level& level, const std::string& name, const std::string& path,
                              const struct statx& info) {
    if (level.is_mount_point && name == "lost+found" && info.stx_uid == 0) return;
    int at = dirfd(level.directory);
    if (level.below <= 0) {
        log_warning("Reached max depth on \"", path, "\".");
    } else {
        auto inner = open_unmodified(at, name);
        if (!inner) {
            if (errno != ENOENT)
                log_warning(
                    errno_error(cat("Opening directory \"", path, "\" failed, ignoring")).text);
            return;
        }
        // A lock on a directory keeps it, and all below it.
        if (flock(dirfd(inner.get()), LOCK_EX | LOCK_NB) < 0) return;
        clean({inner.get(), path, times_of(info), false, false, level.below - 1});
    }
    if (level.keep || !is_old(times_of(info), item_.age_by_directory, cutoff_)) return;
    if (unlinkat(at, name.c_str(), AT_REMOVEDIR) < 0 && errno != ENOENT && errno != ENOTEMPTY)
        log_warning(errno_error(cat("Failed to remove directory \"", path, "\", ignoring")).text);
}

bool Cleaner::visit_file(const Level& level, const std::string& name, const std::string& path,
                         const struct statx& info) {
    if ((info.stx_mode & S_ISVTX) != 0) return false;
    bool is_quota = name == ".journal" || name == "aquota.user" || name == "aquota.group";
    if (level.is_mount_point && S_ISREG(info.stx_mode) && info.stx_uid == 0 && is_quota)
        return false;
    if (S_ISSOCK(info.stx_mode) && is_living_socket(path)) return false;
    if (S_ISCHR(info.stx_mode) || S_ISBLK(info.stx_mode)) return false;
    if (level.keep || !is_old(times_of(info), item_.age_by_file, cutoff_)) return false;
    if (unlinkat(dirfd(level.directory), name.c_str(), 0) < 0 && errno != ENOENT)
        log_warning(errno_error(cat("Failed to remove \"", path, "\", ignoring")).text);
    return true;
}

// Bound sockets, by /proc/net/unix; where that cannot be read every socket lives.
bool Cleaner::is_living_socket(const std::string& path) {
    if (!living_sockets_) {
        auto text = read_virtual_file("/proc/net/unix", 64u << 20);
        if (!text) return true;
        living_sockets_.emplace();
        for (auto line : split(*text, "\n")) {
            auto slash = line.find('/');
            if (slash != std::string_view::npos)
                living_sockets_->insert(simplify_path(line.substr(slash)));
        }
    }
    return living_sockets_->contains(path);
}

} // namespace

void clean_directory(const ItemList& items, const Item& item, const std::string& path, Span now) {
    if (!item.age || now < *item.age) return;
    auto directory = open_unmodified(AT_FDCWD, path);
    if (!directory) {
        if (errno != ENOENT && errno != ENOTDIR)
            log_error(errno_error(cat("Failed to open directory ", path)).text);
        return;
    }
    struct statx info {};
    constexpr unsigned wanted = STATX_MODE | STATX_INO | STATX_ATIME | STATX_MTIME;
    if (statx(dirfd(directory.get()), "", AT_EMPTY_PATH, wanted, &info) < 0) {
        log_error(errno_error(cat("statx(", path, ") failed")).text);
        return;
    }
    int64_t cutoff = (now - *item.age).count() * 1000;
    Cleaner(items, item, cutoff)
        .clean({directory.get(), path, times_of(info), is_mount_root(info), item.keep_first_level,
                most_levels});
}

} // namespace sctl
