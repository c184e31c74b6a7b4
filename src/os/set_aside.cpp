#include "os/set_aside.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/files.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace sctl {
namespace {

constexpr int most_entries_at_once = 64;

struct Place {
    dev_t device = 0;
    uid_t owner = 0;
    mode_t mode = 0;
};

// From what the kernel knows already: a server that does not answer is not asked.
Result<Place> look_at_place(int fd) {
    struct statx info {};
    constexpr int flags = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC;
    if (statx(fd, "", flags, STATX_MODE | STATX_UID, &info) < 0) return errno_error("statx");
    return Place{makedev(info.stx_dev_major, info.stx_dev_minor), info.stx_uid, info.stx_mode};
}

bool is_ours_alone(const Place& place) {
    bool of_others = place.owner != 0 && place.owner != geteuid();
    bool writable = (place.mode & (S_IWGRP | S_IWOTH)) != 0 && (place.mode & S_ISVTX) == 0;
    return !of_others && !writable;
}

enum class Parents : uint8_t { OursAlone, Anybodys };

// The directory that `path` lies in, without a link and without another file system on the way: the
// last one is looked up on must be that of "/" or `device`.
Result<UniqueFd> open_parent(const std::string& path, dev_t device, Parents parents) {
    UniqueFd at(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!at) return errno_error("/");
    auto root = look_at_place(at.get());
    if (!root) return root.error();
    for (auto part : split(directory_of(path), "/")) {
        UniqueFd next(openat(at.get(), std::string(part).c_str(),
                             O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!next) return errno_error(path);
        auto place = look_at_place(next.get());
        if (!place) return place.error();
        if (place->device != root->device && place->device != device)
            return errno_error(path, EXDEV);
        if (parents == Parents::OursAlone && !is_ours_alone(*place))
            return errno_error(path, EPERM);
        at = std::move(next);
    }
    return at;
}

std::string fresh_name() {
    static std::atomic<uint64_t> last = 0;
    return cat(getpid(), ".", ++last);
}

} // namespace

Result<std::string> set_aside(const std::string& path, const std::string& place) {
    auto made = make_directories(place, 0700);
    if (!made) return made.error();
    UniqueFd to(open(place.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!to) return errno_error(place);
    auto target = look_at_place(to.get());
    if (!target) return target.error();
    auto parent = open_parent(path, target->device, Parents::OursAlone);
    if (!parent) return parent.error();
    std::string from(base_name(path)), name = fresh_name();
    if (renameat2(parent->get(), from.c_str(), to.get(), name.c_str(), RENAME_NOREPLACE) < 0)
        return errno_error(path);
    return cat(place, "/", name);
}

bool remove_little(const std::string& path) {
    if (unlink(path.c_str()) == 0 || errno == ENOENT) return true;
    UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    DirectoryStream directory(fd ? fdopendir(fd.get()) : nullptr);
    if (!directory) return false;
    int at = fd.release();
    for (int count = 0; const dirent* entry = readdir(directory.get());) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (++count > most_entries_at_once || unlinkat(at, entry->d_name, 0) < 0) return false;
    }
    return rmdir(path.c_str()) == 0;
}

Result<void> unlink_at_once(const std::string& path, const std::string& beside) {
    UniqueFd near(open(beside.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!near) return errno_error(beside);
    auto place = look_at_place(near.get());
    if (!place) return place.error();
    auto parent = open_parent(path, place->device, Parents::Anybodys);
    if (!parent) return parent.error();
    if (unlinkat(parent->get(), std::string(base_name(path)).c_str(), 0) < 0)
        return errno_error(path);
    return {};
}

} // namespace sctl
