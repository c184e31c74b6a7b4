#include "journal/console.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.hpp"

namespace sctl {
namespace {

bool poll_writable(int fd, Span at_most) noexcept {
    pollfd wait{fd, POLLOUT, 0};
    auto milliseconds =
        std::chrono::ceil<std::chrono::milliseconds>(std::max(at_most, Span::zero()));
    return poll(&wait, 1, static_cast<int>(milliseconds.count())) > 0;
}

} // namespace

void write_without_waiting(int fd, std::string_view text) noexcept {
    if (!poll_writable(fd, Span::zero())) return;
    // A pipe that is writable has room for PIPE_BUF.
    [[maybe_unused]] auto written = write(fd, text.data(), std::min<size_t>(text.size(), PIPE_BUF));
}

Console::Console(EventLoop& loop, int fd, ConsoleLimits limits, int memory)
    : loop_(loop), fd_(fd), longest_piece_(PIPE_BUF), limits_(limits), backlog_(memory) {
    open_own_description();
    write_queued();
}

// O_NONBLOCK belongs to the open file, which the services and the engine may share with us; so a
// pipe or terminal is opened again. Where that is refused, poll before each write has to do.
void Console::open_own_description() {
    struct stat found {};
    if (fstat(fd_, &found) < 0) return;
    if (S_ISSOCK(found.st_mode)) {
        kind_ = Kind::Socket;
    } else if (S_ISREG(found.st_mode)) {
        longest_piece_ = 1 << 20; // there is no reader to wait for
    } else {
        auto path = cat("/proc/self/fd/", fd_);
        own_.reset(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
        if (own_) kind_ = Kind::NonBlocking;
    }
}

void Console::append(std::string_view lines, size_t count) {
    if (dropping_) resume_if_drained();
    if (dropping_) {
        dropped_ += count;
        return;
    }
    if (!backlog_.append(lines)) { // more than was ever meant to be queued
        dropping_ = true;
        dropped_ += count;
        return;
    }
    write_queued();
    if (queued() > limits_.queue) wait_for_room();
}

void Console::wait_for_room() {
    Span deadline = monotonic_now() + limits_.patience;
    while (queued() > limits_.queue) {
        Span left = deadline - monotonic_now();
        if (left <= Span::zero() || !wait_writable(left)) {
            dropping_ = true;
            return;
        }
        write_queued();
    }
}

void Console::resume_if_drained() {
    if (queued() > limits_.queue / 2) return;
    dropping_ = false;
    if (dropped_ > 0) (void)backlog_.append(cat("sctl: ... ", dropped_, " lines dropped\n"));
    dropped_ = 0;
}

void Console::flush(Span deadline) {
    write_queued();
    while (queued() > 0) {
        Span left = deadline - monotonic_now();
        if (left <= Span::zero() || !wait_writable(left)) return;
        write_queued();
    }
}

bool Console::wait_writable(Span at_most) const {
    return poll_writable(own_ ? own_.get() : fd_, at_most);
}

// Cut at the end of a line where there is one, so that lines of other writers fall in between.
std::string_view Console::next_piece() const {
    auto left = backlog_.text();
    if (left.size() <= longest_piece_) return left;
    size_t end = left.rfind('\n', longest_piece_ - 1);
    return left.substr(0, end == std::string_view::npos ? longest_piece_ : end + 1);
}

ssize_t Console::write_piece(std::string_view piece) const {
    ssize_t written = 0;
    do {
        switch (kind_) {
            case Kind::Socket:
                written = send(fd_, piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
                break;
            case Kind::NonBlocking: written = write(own_.get(), piece.data(), piece.size()); break;
            case Kind::Blocking:
                if (!poll_writable(fd_, Span::zero())) return 0;
                written = write(fd_, piece.data(), piece.size());
                break;
        }
    } while (written < 0 && errno == EINTR);
    if (written < 0) return errno == EAGAIN ? 0 : -1;
    return written;
}

void Console::write_queued() {
    while (queued() > 0) {
        ssize_t written = write_piece(next_piece());
        if (written == 0) {
            watch();
            break;
        }
        // The reader is gone, or its disk is full: these lines are lost.
        backlog_.remove_front(written < 0 ? queued() : static_cast<size_t>(written));
        if (dropping_) resume_if_drained();
    }
    if (queued() == 0) watch_.stop();
}

void Console::watch() {
    if (watch_) return;
    auto added =
        loop_.watch(own_ ? own_.get() : fd_, EPOLLOUT, [this](uint32_t) { write_queued(); });
    if (added) watch_ = std::move(*added);
}

} // namespace sctl
