#include "os/cgroup.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <memory>
#include <string_view>

#include "base/files.hpp"
#include "base/text.hpp"
#include "os/mounts.hpp"
#include "os/process.hpp"

namespace sctl {
namespace {

struct Location {
    std::string directory, path;
};

// Our own cgroup in the first version 2 mount that shows it (proc(5), mountinfo).
std::optional<Location> find_own_cgroup() {
    auto path = read_process_cgroup(getpid());
    if (!path) return std::nullopt;
    if (*path == "/") path->clear();
    for (const auto& mount : all_mounts()) {
        if (mount.type != "cgroup2") continue;
        std::string_view root = mount.root == "/" ? std::string_view() : mount.root;
        if (!path->starts_with(root)) continue;
        auto below = std::string_view(*path).substr(root.size());
        if (!below.empty() && below.front() != '/') continue;
        return Location{cat(mount.point, below), *path};
    }
    return std::nullopt;
}

bool is_cgroup2(int fd) {
    struct statfs info {};
    return fstatfs(fd, &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC;
}

// Whether a child of ours can enter a new cgroup in `directory`.
bool can_be_entered(const std::string& directory) {
    auto probe = directory + "/sctl-probe";
    if (mkdir(probe.c_str(), 0755) < 0 && errno != EEXIST) return false;
    auto procs = probe + "/cgroup.procs";
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open(procs.c_str(), O_WRONLY | O_CLOEXEC);
        _exit(fd >= 0 && write(fd, "0", 1) == 1 ? 0 : 1);
    }
    int status = -1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    rmdir(probe.c_str());
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// EWOULDBLOCK where `name` is another manager's.
Result<CgroupSlice> claim(const Location& own, const std::string& name) {
    CgroupSlice slice{cat(own.directory, "/", name), cat(own.path, "/", name), {}};
    const char* directory = slice.directory.c_str();
    if (mkdir(directory, 0755) < 0 && errno != EEXIST) return errno_error(slice.directory);
    slice.lock.reset(open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!slice.lock) return errno_error(slice.directory);
    if (!is_cgroup2(slice.lock.get())) return errno_error(slice.directory, ENOTSUP);
    if (flock(slice.lock.get(), LOCK_EX | LOCK_NB) < 0) return errno_error("flock");
    // Not locked, yet lived in: what another kind of manager has made, or left behind.
    if (!cgroup_processes(slice.directory).empty()) return errno_error("flock", EWOULDBLOCK);
    return slice;
}

template <class Call>
void for_each_directory_in(const std::string& directory, const Call& call) {
    DirectoryStream stream(opendir(directory.c_str()));
    if (!stream) return;
    while (const dirent* entry = readdir(stream.get())) {
        std::string_view name = entry->d_name;
        if (entry->d_type == DT_DIR && name != "." && name != "..") call(cat(directory, "/", name));
    }
}

void append_processes(const std::string& directory, std::vector<pid_t>& out) {
    auto text = read_virtual_file(directory + "/cgroup.procs", 64u << 20);
    if (!text) return;
    for (auto line : split(*text, "\n")) {
        // 0 stands for a process outside our pid namespace: somebody's, not ours.
        auto pid = parse_number<pid_t>(line);
        if (pid) out.push_back(*pid);
    }
    struct stat info {};
    if (stat(directory.c_str(), &info) == 0 && info.st_nlink == 2) return; // nothing below it
    for_each_directory_in(directory,
                          [&](const std::string& below) { append_processes(below, out); });
}

Result<void> write_control(const std::string& directory, const char* file, char value) {
    UniqueFd fd(open(cat(directory, "/", file).c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd || write(fd.get(), &value, 1) < 0) return errno_error(file);
    return {};
}

} // namespace

std::optional<CgroupSlice> claim_cgroup_slice() {
    constexpr int tries = 64;
    auto own = find_own_cgroup();
    if (!own) return std::nullopt;
    UniqueFd fd(open(own->directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || !is_cgroup2(fd.get())) return std::nullopt;
    for (int i = 0; i < tries; ++i) {
        auto slice = claim(*own, i == 0 ? "system.slice" : cat("sctl-", i, ".slice"));
        if (!slice && slice.error().code == EWOULDBLOCK) continue;
        if (!slice) return std::nullopt;
        if (can_be_entered(slice->directory)) return std::move(slice).value();
        rmdir(slice->directory.c_str());
        return std::nullopt;
    }
    return std::nullopt;
}

std::vector<pid_t> cgroup_processes(const std::string& directory) {
    std::vector<pid_t> processes;
    append_processes(directory, processes);
    return processes;
}

bool is_cgroup_populated(const std::string& directory) {
    auto text = read_virtual_file(directory + "/cgroup.events");
    return text && text->find("populated 0") == std::string::npos;
}

Result<void> freeze_cgroup(const std::string& directory, bool freeze) {
    return write_control(directory, "cgroup.freeze", freeze ? '1' : '0');
}

void move_into_cgroup(int directory, const std::vector<pid_t>& pids) noexcept {
    UniqueFd file(openat(directory, "cgroup.procs", O_WRONLY | O_CLOEXEC));
    for (pid_t pid : pids) {
        char digits[16];
        auto end = std::to_chars(digits, digits + sizeof digits, pid).ptr;
        [[maybe_unused]] auto written =
            write(file.get(), digits, static_cast<size_t>(end - digits));
    }
}

Result<void> kill_cgroup(const std::string& directory) {
    return write_control(directory, "cgroup.kill", '1');
}

bool remove_cgroup(const std::string& directory) {
    auto is_gone = [&] { return rmdir(directory.c_str()) == 0 || errno == ENOENT; };
    if (is_gone()) return true;
    for_each_directory_in(directory, remove_cgroup);
    return is_gone();
}

std::string cgroup_name(const std::string& unit) {
    bool reserved = unit.starts_with("cgroup.") || unit.starts_with('.') || unit.starts_with('_');
    return reserved ? cat("_", unit) : unit;
}

} // namespace sctl
