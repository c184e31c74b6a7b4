#include "os/process.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <ctime>
#include <memory>
#include <string_view>

#include "base/files.hpp"
#include "base/text.hpp"

namespace sctl {
namespace {

// "/proc/PID/NAME" without an allocation: these are read thousands of times in a stop.
struct ProcPath {
    ProcPath(pid_t pid, std::string_view name) noexcept {
        char* at = std::copy_n("/proc/", 6, text.data());
        at = std::to_chars(at, at + 12, pid).ptr;
        *std::copy(name.begin(), name.end(), at) = '\0';
    }
    // "/proc/PID/task/THREAD/NAME"
    ProcPath(pid_t pid, pid_t thread, std::string_view name) noexcept : ProcPath(pid, "/task/") {
        char* at = text.data() + std::char_traits<char>::length(text.data());
        at = std::to_chars(at, at + 12, thread).ptr;
        *std::copy(name.begin(), name.end(), at) = '\0';
    }
    std::array<char, 64> text{};
};

// The head of a file of /proc, as much as fits; empty where it cannot be read.
std::string_view read_head(const char* path, char* buffer, size_t size) noexcept {
    UniqueFd fd(open(path, O_RDONLY | O_CLOEXEC));
    if (!fd) return {};
    size_t filled = 0;
    while (filled < size) {
        ssize_t got = read(fd.get(), buffer + filled, size - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        filled += static_cast<size_t>(got);
    }
    return {buffer, filled};
}

template <class T>
T take_number(std::string_view& text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(whitespace), text.size()));
    T value{};
    auto end = std::from_chars(text.data(), text.data() + text.size(), value).ptr;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    return value;
}

void skip_words(std::string_view& text, int count) noexcept {
    for (int i = 0; i < count; ++i) {
        text.remove_prefix(std::min(text.find_first_not_of(whitespace), text.size()));
        text.remove_prefix(std::min(text.find_first_of(whitespace), text.size()));
    }
}

// The hard value in the line of /proc/PID/limits that begins with `head`.
std::optional<uint64_t> hard_limit_in(std::string_view text, std::string_view head) noexcept {
    auto line = text.find(head);
    if (line == std::string_view::npos) return std::nullopt;
    text.remove_prefix(line + head.size());
    skip_words(text, 1); // the soft value
    text = trim_start(text);
    if (text.starts_with("unlimited")) return RLIM_INFINITY;
    return take_number<uint64_t>(text);
}

Result<std::string> read_to_end(int fd) {
    std::string text;
    char chunk[4096];
    while (true) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error("read");
        if (got == 0) return text;
        text.append(chunk, static_cast<size_t>(got));
    }
}

// 0 where there is none left.
pid_t take_last_number(std::string_view& text) noexcept {
    text = trim_end(text);
    size_t start = text.find_last_of(whitespace) + 1;
    auto word = text.substr(start);
    text = text.substr(0, start);
    return take_number<pid_t>(word);
}

void append_numbers(std::string_view text, std::vector<pid_t>& out) {
    while (pid_t number = take_number<pid_t>(text)) out.push_back(number);
}

// The numeric entries of a directory of /proc.
Result<std::vector<pid_t>> numbers_in(const char* path) {
    DirectoryStream directory(opendir(path));
    if (!directory) return errno_error(path);
    std::vector<pid_t> numbers;
    while (const dirent* entry = readdir(directory.get())) {
        if (auto number = parse_number<pid_t>(entry->d_name)) numbers.push_back(*number);
    }
    return numbers;
}

} // namespace

// proc(5): "PID (NAME) STATE PPID PGRP SESSION ..."; NAME may hold blanks and parentheses.
std::optional<ProcessStat> read_process_stat(pid_t pid) noexcept {
    char buffer[1024];
    auto text = read_head(ProcPath(pid, "/stat").text.data(), buffer, sizeof buffer);
    auto after_name = text.rfind(") ");
    if (after_name == std::string_view::npos || after_name + 2 >= text.size()) return std::nullopt;
    text.remove_prefix(after_name + 2);
    ProcessStat stat;
    stat.pid = pid;
    stat.state = text.front();
    text.remove_prefix(1);
    stat.parent = take_number<pid_t>(text);
    stat.group = take_number<pid_t>(text);
    stat.session = take_number<pid_t>(text);
    skip_words(text, 13); // tty_nr (7) to nice (19)
    stat.threads = take_number<int>(text);
    skip_words(text, 1);
    stat.start_ticks = take_number<uint64_t>(text);
    return stat;
}

std::optional<Span> pid1_start() noexcept {
    auto stat = read_process_stat(1);
    timespec up{};
    if (!stat || clock_gettime(CLOCK_BOOTTIME, &up) < 0) return std::nullopt;
    Span age =
        std::chrono::seconds(up.tv_sec) -
        std::chrono::seconds(stat->start_ticks / static_cast<uint64_t>(sysconf(_SC_CLK_TCK)));
    // Both are cut to seconds.
    return current_moment().realtime - age - 2s;
}

std::string read_process_name(pid_t pid) {
    char buffer[64];
    return std::string(
        trim_end(read_head(ProcPath(pid, "/comm").text.data(), buffer, sizeof buffer)));
}

std::optional<uid_t> read_process_uid(pid_t pid) noexcept {
    struct stat info {};
    if (stat(ProcPath(pid, "").text.data(), &info) < 0) return std::nullopt;
    return info.st_uid;
}

std::optional<ProcessTag> read_process_tag(pid_t pid) noexcept {
    // Without CAP_SYS_RESOURCE only of processes of our own user; 20 times as fast as the file.
    rlimit locks{}, rss{};
    if (pid > 0 && prlimit(pid, RLIMIT_LOCKS, nullptr, &locks) == 0 &&
        prlimit(pid, RLIMIT_RSS, nullptr, &rss) == 0)
        return ProcessTag{locks.rlim_max, rss.rlim_max};
    char buffer[2048];
    auto text = read_head(ProcPath(pid, "/limits").text.data(), buffer, sizeof buffer);
    auto by_locks = hard_limit_in(text, "\nMax file locks");
    auto by_rss = hard_limit_in(text, "\nMax resident set");
    if (!by_locks || !by_rss) return std::nullopt;
    return ProcessTag{*by_locks, *by_rss};
}

std::optional<std::string> read_process_cgroup(pid_t pid) {
    auto text = read_virtual_file(ProcPath(pid, "/cgroup").text.data());
    if (!text) return std::nullopt;
    for (auto line : split(*text, "\n")) {
        if (!line.starts_with("0::")) continue;
        line.remove_prefix(3);
        constexpr std::string_view removed = " (deleted)";
        if (line.ends_with(removed)) line.remove_suffix(removed.size());
        return std::string(line);
    }
    return std::nullopt;
}

bool is_own_child(pid_t pid) noexcept {
    siginfo_t info{};
    return pid > 0 &&
           waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

bool is_own_zombie(pid_t pid) noexcept {
    siginfo_t info{};
    return pid > 0 &&
           waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid;
}

// The kernel keeps the number of children it has listed with the open file, not their pids: a read
// behind the end finds those that were appended since, as long as none has gone.
Result<std::vector<pid_t>> ChildrenFile::read_new() {
    if (!file_) {
        pid_t self = getpid();
        auto path = cat("/proc/", self, "/task/", self, "/children");
        file_.reset(open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!file_) return errno_error(path);
    } else if (at_start_ && lseek(file_.get(), 0, SEEK_SET) < 0) {
        return errno_error("lseek");
    }
    auto text = read_to_end(file_.get());
    if (!text) return text.error();
    was_empty_ = at_start_ && text->empty();
    // From the end: in a stop of a thousand services each of them is asked for news.
    std::vector<pid_t> children;
    std::string_view left = *text;
    while (pid_t child = take_last_number(left)) {
        if (at_start_ && child == last_) break;
        children.push_back(child);
    }
    std::reverse(children.begin(), children.end());
    if (!children.empty()) last_ = children.back();
    at_start_ = false;
    return children;
}

void ChildrenFile::forget(pid_t reaped) noexcept {
    at_start_ = true;
    if (reaped == last_) last_ = 0;
}

NewestProcess::NewestProcess() : file_(open("/proc/loadavg", O_RDONLY | O_CLOEXEC)) {}

pid_t NewestProcess::read() const noexcept {
    std::array<char, 128> text{};
    ssize_t size = file_ ? pread(file_.get(), text.data(), text.size(), 0) : 0;
    std::string_view left(text.data(), static_cast<size_t>(std::max<ssize_t>(size, 0)));
    return take_last_number(left);
}

Result<void> append_children(pid_t pid, std::vector<pid_t>& children) {
    ProcPath tasks(pid, "/task");
    struct stat info {};
    if (stat(tasks.text.data(), &info) < 0) return errno_error("/proc/PID/task");
    std::vector<pid_t> threads{pid};
    if (info.st_nlink != 3) { // a directory for each thread, and two links more
        auto all = numbers_in(tasks.text.data());
        if (!all) return all.error();
        threads = std::move(all).value();
    }
    for (pid_t thread : threads) {
        UniqueFd file(open(ProcPath(pid, thread, "/children").text.data(), O_RDONLY | O_CLOEXEC));
        // A thread may end while we look: its children are then another thread's, or our own.
        if (!file && errno == ENOENT && thread != pid) continue;
        if (!file) return errno_error("/proc/PID/task/TID/children");
        auto text = read_to_end(file.get());
        if (!text) return text.error();
        append_numbers(*text, children);
    }
    return {};
}

Result<std::vector<pid_t>> all_processes() {
    return numbers_in("/proc");
}

Result<UniqueFd> open_pidfd(pid_t pid) {
    UniqueFd fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (!fd) return errno_error("pidfd_open");
    return fd;
}

Result<void> signal_pidfd(int pidfd, int signal) {
    if (syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) < 0)
        return errno_error("pidfd_send_signal");
    return {};
}

} // namespace sctl
