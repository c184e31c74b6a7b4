#include "os/trusted_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

namespace sctl {
namespace {

constexpr int most_trusted_links = 32;
constexpr int open_part_flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;

bool is_ours_to_follow(uid_t uid) noexcept {
    return uid == 0 || uid == geteuid();
}

class TrustedWalk {
  public:
    explicit TrustedWalk(std::optional<mode_t> mode) noexcept : mode_(mode) {}
    TrustedWalk(const TrustedWalk&) = delete;
    TrustedWalk& operator=(const TrustedWalk&) = delete;

    int run(const char* path, size_t length) noexcept;

  private:
    int enter(int fd) noexcept; // takes over `fd`; 0, or an errno value
    int step(const char* part) noexcept;
    int make(const char* part) const noexcept;
    int follow(int link) noexcept;
    [[nodiscard]] bool is_last() const noexcept { return left_[strspn(left_, "/")] == '\0'; }

    std::optional<mode_t> mode_;
    int at_ = -1;
    bool only_ours_ = true; // no other user could write to the directories that we came through
    int links_ = 0;
    char pending_[PATH_MAX]; // the path, or what links on the way led to and the rest of it
    const char* left_ = pending_;
};

int TrustedWalk::enter(int fd) noexcept {
    if (at_ >= 0) close(at_);
    at_ = fd;
    struct stat info {};
    if (at_ < 0 || fstat(at_, &info) < 0) return errno;
    only_ours_ =
        only_ours_ && is_ours_to_follow(info.st_uid) && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
    return 0;
}

int TrustedWalk::make(const char* part) const noexcept {
    if (mkdirat(at_, part, is_last() ? *mode_ : 0755) < 0 && errno != EEXIST) return -errno;
    int made = openat(at_, part, open_part_flags);
    return made < 0 ? -errno : made;
}

// Puts what the link says before the parts that are left; it is looked up in the directory that
// the link lies in.
int TrustedWalk::follow(int link) noexcept {
    struct stat info {};
    if (fstat(link, &info) < 0) return errno;
    if (!only_ours_ || !is_ours_to_follow(info.st_uid)) return ENOTDIR;
    if (++links_ > most_trusted_links) return ELOOP;
    char target[PATH_MAX];
    ssize_t length = readlinkat(link, "", target, sizeof target);
    if (length <= 0) return length < 0 ? errno : ENOENT;
    auto size = static_cast<size_t>(length);
    size_t rest = strlen(left_) + 1;
    if (size + 1 + rest > sizeof pending_) return ENAMETOOLONG;
    memmove(pending_ + size + 1, left_, rest);
    memcpy(pending_, target, size);
    pending_[size] = '/';
    left_ = pending_;
    return target[0] == '/' ? enter(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) : 0;
}

int TrustedWalk::step(const char* part) noexcept {
    int next = openat(at_, part, open_part_flags);
    if (next < 0) next = errno == ENOENT && mode_ ? make(part) : -errno;
    if (next < 0) return -next;
    struct stat info {};
    int code = fstat(next, &info) < 0 ? errno : 0;
    if (code == 0 && S_ISDIR(info.st_mode)) return enter(next);
    if (code == 0) code = S_ISLNK(info.st_mode) ? follow(next) : ENOTDIR;
    close(next);
    return code;
}

int TrustedWalk::run(const char* path, size_t length) noexcept {
    if (path[0] != '/') return -EINVAL;
    if (length >= sizeof pending_) return -ENAMETOOLONG;
    memcpy(pending_, path, length);
    pending_[length] = '\0';
    int code = enter(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    while (code == 0) {
        left_ += strspn(left_, "/");
        size_t size = strcspn(left_, "/");
        if (size == 0) return at_;
        char part[NAME_MAX + 1];
        if (size >= sizeof part) {
            code = ENAMETOOLONG;
            break;
        }
        memcpy(part, left_, size);
        part[size] = '\0';
        left_ += size;
        code = step(part);
    }
    if (at_ >= 0) close(at_);
    return -code;
}

} // namespace

int open_trusted_directory(const char* path, std::optional<mode_t> mode) noexcept {
    return TrustedWalk(mode).run(path, strlen(path));
}

TrustedParent open_trusted_parent(const char* path, bool make_missing) noexcept {
    const char* slash = strrchr(path, '/');
    if (!slash || slash[1] == '\0') return {-EINVAL, path};
    auto above = static_cast<size_t>(slash - path) + 1;
    auto mode = make_missing ? std::optional<mode_t>(0755) : std::nullopt;
    return {TrustedWalk(mode).run(path, above), slash + 1};
}

} // namespace sctl
