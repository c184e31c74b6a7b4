#include "os/run_dir.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace sctl {
namespace {

struct DirectoryMode {
    const char* path;
    mode_t mode;
};
constexpr DirectoryMode run_directories[] = {
    {"/run/systemd/system", 0755},
    {"/run/systemd/units", 0755},
    {"/run/systemd/transient", 0755},
    {"/run/lock", 01777},
};
constexpr const char* run_systemd = "/run/systemd";
constexpr mode_t writable_by_others = 0022;

struct DeviceNode {
    const char* path;
    unsigned major, minor;
};
constexpr DeviceNode device_nodes[] = {
    {"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
    {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

struct DeviceLink {
    const char *path, *target;
};
constexpr DeviceLink device_links[] = {
    {"/dev/fd", "/proc/self/fd"},
    {"/dev/stdin", "/proc/self/fd/0"},
    {"/dev/stdout", "/proc/self/fd/1"},
    {"/dev/stderr", "/proc/self/fd/2"},
};

bool is_there(const char* path) {
    return access(path, F_OK) == 0;
}

bool mount_at(const char* type, const char* path, unsigned long flags, const char* options) {
    mkdir(path, 0755);
    if (mount(type, path, type, flags, options) == 0) return true;
    log_warning("Cannot mount ", type, " on ", path, ": ", errno_error("mount").text);
    return false;
}

void make_device_nodes() {
    for (const auto& node : device_nodes) {
        if (mknod(node.path, S_IFCHR | 0666, makedev(node.major, node.minor)) == 0) {
            chmod(node.path, 0666);
        } else if (errno != EEXIST) {
            // A user namespace allows none of them: said once.
            log_warning("Cannot make ", node.path, ": ", errno_error("mknod").text);
            break;
        }
    }
    for (const auto& link : device_links) {
        [[maybe_unused]] auto made = symlink(link.target, link.path);
    }
}

bool is_ours(const struct stat& found) {
    return found.st_uid == 0 || found.st_uid == geteuid();
}

Error owned_by(const std::string& path, const struct stat& found) {
    return {EPERM, cat(path, " belongs to user ", found.st_uid), {}};
}

// Who may write to a directory without the sticky bit may exchange all in it.
Result<void> secure_parent(const char* path) {
    struct stat found {};
    if (stat(path, &found) < 0) return errno_error(path);
    if (!is_ours(found)) return owned_by(path, found);
    bool may_rename = (found.st_mode & writable_by_others) && !(found.st_mode & S_ISVTX);
    if (!may_rename || geteuid() != 0) return {};
    if (chmod(path, (found.st_mode & 07777) | S_ISVTX) < 0) return errno_error(path);
    return {};
}

bool all_in_it_is_ours(const char* path) {
    DIR* directory = opendir(path);
    if (!directory) return false;
    bool ours = true;
    while (const dirent* entry = readdir(directory)) {
        struct stat found {};
        int seen = fstatat(dirfd(directory), entry->d_name, &found, AT_SYMLINK_NOFOLLOW);
        bool is_parent = std::string_view(entry->d_name) == "..";
        ours &= is_parent || (seen == 0 && is_ours(found));
    }
    closedir(directory);
    return ours;
}

// Somebody else's directory, or one that he may have filled, goes to the name of a new one, and
// that to its place, in one step: in between he could make his again.
Result<void> exchange_for_new(const char* path) {
    char fresh[] = "/run/.systemd-XXXXXX";
    if (!mkdtemp(fresh)) return errno_error(fresh);
    if (chmod(fresh, 0755) < 0) return errno_error(fresh);
    constexpr unsigned exchange = 2; // RENAME_EXCHANGE
    if (syscall(SYS_renameat2, AT_FDCWD, fresh, AT_FDCWD, path, exchange) < 0) {
        auto error = errno_error(path);
        rmdir(fresh);
        return error;
    }
    log_warning(path, " was not root's alone: it lies in ", fresh, " now, and is not used.");
    return {};
}

} // namespace

Result<void> claim_run_directory(const Root& instance) {
    std::string path = instance.at(run_systemd);
    if (!instance.is_machine() || !instance.run_place().empty()) return make_directories(path);
    if (auto made = make_directories("/run"); !made) return made;
    if (auto secured = secure_parent("/run"); !secured) return secured;
    if (mkdir(run_systemd, 0755) == 0) {
        if (chmod(run_systemd, 0755) < 0) return errno_error(path);
        return {};
    }
    int code = errno;
    struct stat found {};
    if (code != EEXIST || lstat(run_systemd, &found) < 0) return errno_error(path, code);
    bool is_directory = S_ISDIR(found.st_mode);
    if (geteuid() != 0)
        return is_directory && is_ours(found) ? Result<void>{} : owned_by(path, found);
    if (!is_directory || !is_ours(found)) return exchange_for_new(run_systemd);
    if (!(found.st_mode & writable_by_others)) return {};
    // A volume of its own: other users must not write to it from now on.
    bool is_closed = chmod(run_systemd, 0755) == 0;
    return is_closed && all_in_it_is_ours(run_systemd) ? Result<void>{}
                                                       : exchange_for_new(run_systemd);
}

std::vector<std::string> run_places_of(uid_t user) {
    return {cat("/dev/shm/sctl-", user), cat("/tmp/sctl-", user)};
}

Result<Root> find_run_place(const Root& instance) {
    auto claimed = claim_run_directory(instance);
    if (claimed && access(instance.at(run_systemd).c_str(), W_OK) == 0) return instance;
    auto why = claimed ? errno_error(instance.at(run_systemd)) : claimed.error();
    if (!instance.is_machine()) return why;
    for (const auto& place : run_places_of(geteuid())) {
        if (mkdir(place.c_str(), 0755) < 0 && errno != EEXIST) continue;
        struct stat found {};
        bool ours = lstat(place.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
                    found.st_uid == geteuid() && !(found.st_mode & writable_by_others);
        if (ours) return Root("/", place);
    }
    return why;
}

Result<void> prepare_run(const Root& instance, bool as_pid1) {
    if (as_pid1) mount_missing(); // /dev/null may come of it; opens nothing itself
    secure_descriptors();
    raise_descriptor_limit();
    if (as_pid1) set_process_name("systemd");
    auto reaping = getpid() == 1 ? Result<void>{} : become_subreaper();
    auto prepared = prepare_run_directory(instance);
    return reaping ? prepared : reaping;
}

void secure_descriptors() noexcept {
    for (int fd = 0; fd <= 2; ++fd) {
        if (fcntl(fd, F_GETFD) >= 0) continue;
        // The lowest free number is `fd` itself.
        int opened = open("/dev/null", O_RDWR | O_NOCTTY);
        if (opened < 0)
            opened = open("/", O_RDONLY | O_DIRECTORY); // anything that holds the number
        if (opened > 2) close(opened);
    }
    constexpr unsigned close_on_exec = 4;
    if (syscall(SYS_close_range, 3u, ~0u, close_on_exec) == 0) return;
    // Before Linux 5.11, or forbidden: one by one.
    long limit = sysconf(_SC_OPEN_MAX);
    constexpr long most = 65536;
    for (int fd = 3; fd < (limit < 0 || limit > most ? most : limit); ++fd) {
        int flags = fcntl(fd, F_GETFD);
        if (flags >= 0) fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
    }
}

void mount_missing() {
    constexpr unsigned long quiet = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (!is_there("/proc/self")) mount_at("proc", "/proc", quiet, nullptr);
    if (!is_there("/sys/kernel")) mount_at("sysfs", "/sys", quiet, nullptr);
    if (!is_there("/dev/null")) {
        mount_at("tmpfs", "/dev", MS_NOSUID, "mode=0755,size=4m");
        make_device_nodes();
    }
    mkdir("/run", 0755);
    // Another user has a place of his own instead.
    if (access("/run", W_OK) < 0 && geteuid() == 0)
        mount_at("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755,size=20%");
}

Result<void> prepare_run_directory(const Root& instance) {
    auto first = claim_run_directory(instance);
    bool elsewhere = !instance.run_place().empty();
    for (const auto& directory : run_directories) {
        if (elsewhere && !std::string_view(directory.path).starts_with(run_systemd)) continue;
        auto made = make_directories(instance.at(directory.path), directory.mode);
        if (!made && first) first = made;
    }
    return first;
}

void raise_descriptor_limit() noexcept {
    rlimit limit{};
    constexpr rlim_t usual = 1024;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur < usual) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

void set_process_name(const std::string& name) noexcept {
    prctl(PR_SET_NAME, name.c_str());
}

Result<void> become_subreaper() {
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) return errno_error("PR_SET_CHILD_SUBREAPER");
    return {};
}

} // namespace sctl
