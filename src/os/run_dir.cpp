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
    {"/run/systemd", 0755},           {"/run/systemd/system", 0755}, {"/run/systemd/units", 0755},
    {"/run/systemd/transient", 0755}, {"/run/lock", 01777},
};

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

} // namespace

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
    if (access("/run", W_OK) < 0)
        mount_at("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755,size=20%");
}

Result<void> prepare_run_directory(const Root& instance) {
    Result<void> first;
    for (const auto& directory : run_directories) {
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
