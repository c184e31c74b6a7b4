#include "journal/log_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/text.hpp"
#include "os/users.hpp"

namespace sctl {
namespace {

constexpr size_t longest_file_name = 255 - std::string_view(".log.1").size();

// The same in every run of every build, which std::hash does not promise: FNV-1a.
uint64_t stable_hash(std::string_view text) {
    uint64_t hash = 0xcbf29ce484222325;
    for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
}

// A directory that will not be written to, whatever is deleted there.
bool is_lasting(int code) {
    return code == EROFS || code == EACCES || code == EPERM || code == ENOTDIR || code == ELOOP;
}

Result<void> write_all(int fd, std::string_view text, off_t size_before) {
    while (!text.empty()) {
        ssize_t written = write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            Error error = errno_error("write");
            // Half a line would run into the next one.
            [[maybe_unused]] int cut = ftruncate(fd, size_before);
            return error;
        }
        text.remove_prefix(static_cast<size_t>(written));
    }
    return {};
}

bool belongs_to_us(const struct stat& found) {
    return found.st_uid == 0 || found.st_uid == geteuid();
}

} // namespace

std::string log_file_name(std::string_view unit) {
    std::string name(unit);
    std::ranges::replace(name, '/', '-'); // no unit has one
    if (name.size() <= longest_file_name) return name + ".log";
    constexpr size_t kept = 200;
    char number[24];
    snprintf(number, sizeof number, "~%016lx", static_cast<unsigned long>(stable_hash(name)));
    return cat(name.substr(0, kept), std::string_view(number), ".log");
}

std::string rotated_log_file(std::string_view path) {
    return cat(path, ".1");
}

LogFiles::LogFiles(Root root, Complain complain, LogFileLimits limits)
    : root_(std::move(root)), complain_(std::move(complain)), limits_(limits) {}

void LogFiles::append(std::string_view unit, std::string_view lines) {
    auto failing = retry_at_.find(unit);
    if (failing != retry_at_.end() && monotonic_now() < failing->second) return;
    auto appended = try_append(unit, lines);
    if (appended) {
        if (failing != retry_at_.end()) retry_at_.erase(failing);
        return;
    }
    std::erase_if(open_, [&](const OpenFile& file) { return file.unit == unit; });
    retry_at_[std::string(unit)] = monotonic_now() + limits_.retry_after;
    complain_once(appended.error());
}

Result<void> LogFiles::try_append(std::string_view unit, std::string_view lines) {
    auto file = file_of(unit);
    if (!file) return file.error();
    struct stat now {};
    if (fstat((*file)->fd.get(), &now) < 0) return errno_error(path_of(unit));
    if (now.st_nlink == 0) { // deleted under us
        close_file(*file);
        file = file_of(unit);
        if (!file) return file.error();
        now.st_size = 0;
    }
    if (now.st_size > 0 && static_cast<size_t>(now.st_size) + lines.size() > limits_.file_size) {
        auto rotated = rotate(**file);
        if (!rotated) return rotated.error();
        now.st_size = 0;
    }
    auto written = write_all((*file)->fd.get(), lines, now.st_size);
    if (!written) return errno_error(path_of(unit), written.error().code);
    return {};
}

Result<LogFiles::OpenFile*> LogFiles::file_of(std::string_view unit) {
    ++uses_;
    auto found = std::ranges::find(open_, unit, &OpenFile::unit);
    if (found == open_.end()) {
        if (open_.size() >= limits_.open_files) {
            open_.erase(std::ranges::min_element(open_, {}, &OpenFile::last_use));
        }
        auto fd = open_file(unit);
        if (!fd) return fd.error();
        open_.push_back({std::string(unit), std::move(*fd), uses_});
        found = open_.end() - 1;
    }
    found->last_use = uses_;
    return &*found;
}

void LogFiles::close_file(const OpenFile* file) {
    open_.erase(open_.begin() + (file - open_.data()));
}

Result<UniqueFd> LogFiles::open_file(std::string_view unit) {
    auto fd = open_in(directory_, unit);
    if (fd || directory_ == log_directories[1] || !is_lasting(fd.error().code)) return fd;
    auto elsewhere = open_in(log_directories[1], unit);
    if (!elsewhere) return fd;
    // A link or a directory in the place of one unit's file says nothing about the others.
    if (fd.error().code != ELOOP) directory_ = log_directories[1];
    return elsewhere;
}

Result<UniqueFd> LogFiles::open_in(std::string_view directory, std::string_view unit) {
    auto where = open_directory(directory);
    if (!where) return where.error();
    auto name = log_file_name(unit);
    std::string path = cat(root_.at(directory), "/", name);
    constexpr int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    UniqueFd fd(openat(where->get(), name.c_str(), flags, 0640));
    if (!fd) return errno_error(path);
    struct stat found {};
    if (fstat(fd.get(), &found) < 0) return errno_error(path);
    if (!S_ISREG(found.st_mode)) return Error{EINVAL, path + ": not a regular file", {}};
    bool is_ours_alone = belongs_to_us(found) && found.st_nlink == 1;
    if (!is_ours_alone) return Error{EPERM, path + " is another user's as well", {}};
    if (!group_) {
        auto adm = find_group(root_, "adm");
        group_ = adm ? adm->gid : getegid();
    }
    // Only root may; another user who runs a manager owns its files anyway.
    if (found.st_gid != *group_) {
        [[maybe_unused]] int given = fchown(fd.get(), static_cast<uid_t>(-1), *group_);
    }
    return fd;
}

// One of another user, or in which others may rename files, could lead us to write into any file.
Result<UniqueFd> LogFiles::open_directory(std::string_view directory) {
    std::string path = root_.at(directory);
    constexpr int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    UniqueFd fd(open(path.c_str(), flags));
    if (!fd && errno == ENOENT) {
        auto made = make_directories(path);
        if (!made) return made.error();
        fd.reset(open(path.c_str(), flags));
    }
    struct stat found {};
    if (!fd || fstat(fd.get(), &found) < 0) return errno_error(path);
    if (S_ISLNK(found.st_mode) && belongs_to_us(found)) { // to where an administrator wants it
        fd.reset(open(path.c_str(), O_PATH | O_CLOEXEC));
        if (!fd || fstat(fd.get(), &found) < 0) return errno_error(path);
    }
    if (!belongs_to_us(found) || S_ISLNK(found.st_mode))
        return Error{EPERM, cat(path, " belongs to another user"), {}};
    if (!S_ISDIR(found.st_mode)) return errno_error(path, ENOTDIR);
    bool others_may_rename = (found.st_mode & 0022) && !(found.st_mode & S_ISVTX);
    if (others_may_rename) return Error{EPERM, cat(path, " may be written to by others"), {}};
    return fd;
}

// Where even renaming fails, the bound is kept at the expense of the lines.
Result<void> LogFiles::rotate(OpenFile& file) {
    std::string path = path_of(file.unit);
    if (rename(path.c_str(), rotated_log_file(path).c_str()) < 0) {
        if (ftruncate(file.fd.get(), 0) < 0) return errno_error(path);
        return {};
    }
    auto fd = open_file(file.unit);
    if (!fd) return fd.error();
    file.fd = std::move(*fd);
    return {};
}

std::string LogFiles::path_of(std::string_view unit) const {
    return cat(root_.at(directory_), "/", log_file_name(unit));
}

void LogFiles::complain_once(const Error& error) {
    if (!complained_.insert(error.code).second) return;
    complain_(cat("Cannot write logs: ", error.text, "; going on without, trying again later."));
}

} // namespace sctl
