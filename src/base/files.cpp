#include "base/files.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>

#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace sctl {
namespace {

// Somebody may have made standard input one that does not block.
enum class WhenEmpty : bool { Fail, Wait };

bool wait_for_input(int fd) {
    pollfd wait{fd, POLLIN, 0};
    return poll(&wait, 1, -1) > 0 || errno == EINTR;
}

Result<std::string> read_all(int fd, const std::string& path, size_t limit, size_t expected,
                             WhenEmpty when_empty = WhenEmpty::Fail) {
    std::string text;
    text.reserve(expected + 1);
    char chunk[4096];
    while (true) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN && when_empty == WhenEmpty::Wait && wait_for_input(fd))
            continue;
        if (got < 0) return errno_error(path);
        if (got == 0) return text;
        if (text.size() + static_cast<size_t>(got) > limit) return errno_error(path, EFBIG);
        text.append(chunk, static_cast<size_t>(got));
        // What is as long as was expected, and filled no chunk, has ended: that need not be asked.
        if (text.size() == expected && static_cast<size_t>(got) < sizeof chunk) return text;
    }
}

// False with errno set.
bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        ssize_t put = write(fd, text.data(), text.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        text.remove_prefix(static_cast<size_t>(put));
    }
    return true;
}

Result<std::string> read_file_once(const std::string& path, size_t limit) {
    UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) return errno_error(path);
    struct stat info {};
    if (fstat(fd.get(), &info) < 0) return errno_error(path);
    if (S_ISDIR(info.st_mode)) return errno_error(path, EISDIR);
    if (!S_ISREG(info.st_mode)) return Error{EINVAL, cat(path, ": not a regular file"), {}};
    auto size = static_cast<size_t>(info.st_size);
    if (size > limit) return errno_error(path, EFBIG);
    return read_all(fd.get(), path, limit, size);
}

} // namespace

bool is_momentary(int code) noexcept {
    return code == EMFILE || code == ENFILE || code == ENOMEM || code == ENOBUFS ||
           code == EAGAIN || code == EIO || code == ENOSPC || code == ESTALE || code == ETIMEDOUT;
}

Root::Root(std::string_view prefix) : prefix_(simplify_path(prefix)) {
    if (prefix_ == "/") prefix_.clear();
}

Root::Root(std::string_view prefix, std::string_view run_place) : Root(prefix) {
    if (!run_place.empty()) run_place_ = simplify_path(run_place);
}

std::string Root::at(std::string_view path) const {
    constexpr std::string_view run = "/run/systemd";
    if (!run_place_.empty() && path.starts_with(run)) {
        auto below = path.substr(run.size());
        if (below.empty() || below.starts_with('/')) return cat(run_place_, below);
    }
    return prefix_.empty() ? std::string(path) : cat(prefix_, path);
}

std::string_view Root::inside(std::string_view path) const {
    if (prefix_.empty() || !path.starts_with(prefix_)) return path;
    auto rest = path.substr(prefix_.size());
    if (rest.empty()) return "/";
    return rest.front() == '/' ? rest : path;
}

Result<std::string> read_file(const std::string& path, size_t limit) {
    return try_twice([&] { return read_file_once(path, limit); });
}

Result<std::string> read_virtual_file(const std::string& path, size_t limit) {
    UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) return errno_error(path);
    return read_all(fd.get(), path, limit, 0);
}

Result<std::string> read_standard_input(size_t limit) {
    return read_all(STDIN_FILENO, "standard input", limit, 0, WhenEmpty::Wait);
}

Result<void> write_file_atomically(const std::string& path, std::string_view text, mode_t mode) {
    std::string temporary = cat(path, ".XXXXXX");
    UniqueFd fd(mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd) return errno_error(path);
    if (write_all(fd.get(), text) && fchmod(fd.get(), mode) == 0 &&
        rename(temporary.c_str(), path.c_str()) == 0)
        return {};
    auto error = errno_error(path);
    unlink(temporary.c_str());
    return error;
}

bool print(std::string_view text) {
    return write_all(STDOUT_FILENO, text);
}

Result<std::string> read_link(const std::string& path) {
    char target[PATH_MAX];
    ssize_t length = readlink(path.c_str(), target, sizeof target);
    if (length < 0) return errno_error(path);
    return std::string(target, static_cast<size_t>(length));
}

Result<void> make_directories(const std::string& path, mode_t mode) {
    if (mkdir(path.c_str(), mode) == 0) {
        if (chmod(path.c_str(), mode) < 0) return errno_error(path);
        return {};
    }
    if (errno == EEXIST) {
        struct stat info {};
        if (stat(path.c_str(), &info) < 0) return errno_error(path);
        return S_ISDIR(info.st_mode) ? Result<void>{} : errno_error(path, ENOTDIR);
    }
    if (errno != ENOENT) return errno_error(path);
    std::string parent(directory_of(path));
    if (parent.empty() || parent == path) return errno_error(path, ENOENT);
    auto made = make_directories(parent, mode);
    return made ? make_directories(path, mode) : made;
}

std::string_view base_name(std::string_view path) {
    auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view directory_of(std::string_view path) {
    auto slash = path.rfind('/');
    if (slash == std::string_view::npos) return {};
    return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

std::string simplify_path(std::string_view path) {
    std::string out;
    bool absolute = path.starts_with('/');
    for (auto part : split(path, "/")) {
        if (part == ".") continue;
        if (absolute || !out.empty()) out += '/';
        out += part;
    }
    if (out.empty()) return absolute ? "/" : ".";
    return out;
}

bool is_normalized_absolute(std::string_view path) {
    if (!path.starts_with('/')) return false;
    for (auto part : split(path, "/")) {
        if (part == "..") return false;
    }
    return true;
}

} // namespace sctl
