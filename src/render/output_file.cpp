#include "render/output_file.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace sctl {
namespace {

constexpr int ending_signals[] = {SIGTERM, SIGINT, SIGHUP};

volatile pid_t group_of_ours = 0;
Span grace_of_ours = std::chrono::seconds(5);

sigset_t ending_set() noexcept {
    sigset_t set;
    sigemptyset(&set);
    for (int number : ending_signals) sigaddset(&set, number);
    return set;
}

int64_t nanoseconds_of(const timespec& time) noexcept {
    return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

class SignalsHeld {
  public:
    SignalsHeld() noexcept {
        sigset_t set = ending_set();
        sigprocmask(SIG_BLOCK, &set, &before_);
    }
    ~SignalsHeld() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;

  private:
    sigset_t before_;
};

bool write_whole(int fd, std::string_view text) {
    while (!text.empty()) {
        ssize_t written = write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        text.remove_prefix(static_cast<size_t>(written));
    }
    return true;
}

// Who may not give files away keeps them.
bool take_over(int fd, const std::string& path, const struct stat& like) {
    struct stat now {};
    if (fstat(fd, &now) < 0) return false;
    bool is_same = now.st_uid == like.st_uid && now.st_gid == like.st_gid;
    if (!is_same && fchown(fd, like.st_uid, like.st_gid) < 0) {
        if (errno != EPERM) return false;
        log_warning(path, ": the owner of the template was not taken over: not permitted");
        return fchmod(fd, like.st_mode & 01777) == 0; // another's set-user-ID bits
    }
    return fchmod(fd, like.st_mode & 07777) == 0;
}

// link(2) does not replace what has come meanwhile; where it cannot be, the name was free before.
Result<MadeOutput> move_into_place(const std::string& temporary, const std::string& path) {
    if (link(temporary.c_str(), path.c_str()) == 0) {
        unlink(temporary.c_str());
        return MadeOutput::Made;
    }
    if (errno == EEXIST) {
        unlink(temporary.c_str());
        return MadeOutput::Existed;
    }
    if (rename(temporary.c_str(), path.c_str()) == 0) return MadeOutput::Made;
    Error error = errno_error(path);
    unlink(temporary.c_str());
    return error;
}

bool is_there(const std::string& path) {
    struct stat info {};
    return lstat(path.c_str(), &info) == 0;
}

} // namespace

void end_with_us(pid_t group) noexcept {
    group_of_ours = group;
}

void set_ending_grace(Span grace) noexcept {
    grace_of_ours = grace;
}

Span ending_grace() noexcept {
    return grace_of_ours;
}

namespace {

// Of a signal handler: only what such a one may call.
void end_group(pid_t group) noexcept {
    kill(-group, SIGTERM);
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t end = nanoseconds_of(now) + std::chrono::nanoseconds(grace_of_ours).count();
    constexpr timespec pause = {0, 10'000'000};
    while (waitpid(group, nullptr, WNOHANG) == 0 && nanoseconds_of(now) < end) {
        nanosleep(&pause, nullptr);
        clock_gettime(CLOCK_MONOTONIC, &now);
    }
    kill(-group, SIGKILL);
}

} // namespace

void end_on_signals() noexcept {
    struct sigaction action {};
    action.sa_handler = [](int number) {
        if (group_of_ours > 0) end_group(group_of_ours);
        _exit(128 + number);
    };
    for (int other : ending_signals) sigaddset(&action.sa_mask, other);
    for (int number : ending_signals) sigaction(number, &action, nullptr);
    sigset_t set = ending_set();
    sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

Result<MadeOutput> make_output_directory(const std::string& path, const struct stat& like) {
    SignalsHeld held;
    if (mkdir(path.c_str(), 0700) < 0) {
        int failure = errno;
        struct stat info {};
        if (stat(path.c_str(), &info) < 0) return errno_error(path, failure);
        return S_ISDIR(info.st_mode) ? Result<MadeOutput>(MadeOutput::Existed)
                                     : errno_error(path, ENOTDIR);
    }
    UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd || !take_over(fd.get(), path, like)) return errno_error(path);
    return MadeOutput::Made;
}

Result<MadeOutput> write_output_file(const std::string& path, std::string_view text,
                                     const struct stat& like) {
    if (is_there(path)) return MadeOutput::Existed;
    SignalsHeld held;
    std::string temporary =
        cat(directory_of(path), "/.", base_name(path).substr(0, 200), ".XXXXXX");
    UniqueFd fd(mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd) return errno_error(path);
    if (write_whole(fd.get(), text) && take_over(fd.get(), path, like))
        return move_into_place(temporary, path);
    Error error = errno_error(path);
    unlink(temporary.c_str());
    return error;
}

} // namespace sctl
