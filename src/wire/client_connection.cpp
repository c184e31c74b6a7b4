#include "wire/client_connection.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/files.hpp"
#include "base/text.hpp"

namespace sctl {

namespace {

// Signals that came before anybody asked for one; the oldest go where a manager floods us.
constexpr size_t most_kept_signals = 65536;

// Calls that are sent ahead; the oldest are forgotten where their answers are not asked for.
constexpr size_t most_ahead = 64;

std::string words_of_call(const Message& call) {
    return cat(call.path, '\0', call.interface, '\0', call.member, '\0', call.body);
}

int connect_by(int socket, std::string_view path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    auto size = offsetof(sockaddr_un, sun_path) + path.size() + 1;
    return ::connect(socket, reinterpret_cast<const sockaddr*>(&address),
                     static_cast<socklen_t>(size));
}

// A connect that does not block fails with EAGAIN where the backlog is full: wait for room.
int connect_with_patience(int socket, std::string_view path, Span timeout) {
    if (connect_by(socket, path) == 0) return 0;
    if (errno != EAGAIN) return -1;
    timeval limit{}; // zero waits for ever
    if (timeout != infinity) {
        auto microseconds = std::max<Span::rep>(timeout.count(), 1);
        limit.tv_sec = static_cast<time_t>(microseconds / 1000000);
        limit.tv_usec = static_cast<suseconds_t>(microseconds % 1000000);
    }
    ::fcntl(socket, F_SETFL, 0);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    int done;
    do {
        done = connect_by(socket, path);
    } while (done < 0 && errno == EINTR);
    int why = errno == EAGAIN ? ETIMEDOUT : errno;
    ::fcntl(socket, F_SETFL, O_NONBLOCK);
    errno = why;
    return done;
}

Span deadline_after(Span timeout) {
    return timeout == infinity ? infinity : add_saturating(monotonic_now(), timeout);
}

} // namespace

Result<UniqueFd> connect_to_socket(const std::string& path, Span timeout) {
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return errno_error("socket");
    std::string name = path;
    UniqueFd directory;
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
        auto parent = std::string(directory_of(path));
        directory.reset(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!directory) return errno_error(cat("connecting to ", path));
        name = cat("/proc/self/fd/", directory.get(), "/", base_name(path));
        if (name.size() >= sizeof(sockaddr_un::sun_path)) {
            return errno_error(cat("connecting to ", path), ENAMETOOLONG);
        }
    }
    if (connect_with_patience(socket.get(), name, timeout) < 0) {
        return errno_error(cat("connecting to ", path));
    }
    return socket;
}

bool is_trusted_listener(int socket) noexcept {
    ucred listener{};
    socklen_t size = sizeof listener;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &listener, &size) < 0) return false;
    return listener.uid == 0 || listener.uid == ::geteuid() || listener.pid == 1;
}

Result<ClientConnection> ClientConnection::open(const std::string& socket_path, Span timeout,
                                                Listener listener) {
    auto socket = connect_to_socket(socket_path, timeout);
    if (!socket) return socket.error();
    if (listener == Listener::Trusted && !is_trusted_listener(socket->get()))
        return Error{ECONNREFUSED, cat(socket_path, " is another user's"), {}};
    return ClientConnection(*std::move(socket));
}

Result<void> ClientConnection::wait_for(short events, Span until) {
    while (true) {
        int milliseconds = -1;
        if (until != infinity) {
            auto left = (until - monotonic_now()).count();
            if (left <= 0) return Error{ETIMEDOUT, "the manager does not answer in time", {}};
            milliseconds = static_cast<int>(std::min<Span::rep>(left / 1000 + 1, INT32_MAX));
        }
        pollfd watched{socket_.get(), events, 0};
        int ready = ::poll(&watched, 1, milliseconds);
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return errno_error("poll");
    }
}

Result<void> ClientConnection::flush(Span until) {
    while (true) {
        auto written = connection_.on_writable(socket_.get());
        if (!written || !connection_.wants_write()) return written;
        // Reads as well: two that both only write would wait for each other.
        auto ready = wait_for(POLLIN | POLLOUT, until);
        if (!ready) return ready;
        auto read = connection_.on_readable(socket_.get());
        if (!read) return read;
    }
}

// sd-bus, systemd's side, takes a call that came together with the authentication from its socket
// but looks at it only when more comes. So where the authentication is answered and the call is
// not, a second message follows that asks for nothing.
Result<void> ClientConnection::nudge() {
    if (nudged_ || !connection_.authenticated()) return {};
    nudged_ = true;
    Message ping = method_call("/", "org.freedesktop.DBus.Peer", "Ping");
    ping.flags |= flag_no_reply_expected;
    auto serial = connection_.send(std::move(ping));
    if (!serial) return serial.error();
    return {};
}

Result<Message> ClientConnection::receive(Span until) {
    while (true) {
        auto message = connection_.next();
        if (!message) return message.error();
        // Signals come unasked, and say nothing of whether our call was seen.
        bool is_reply = *message && (*message)->type != MessageType::Signal;
        if (is_reply) nudged_ = true;
        if (auto nudged = nudge(); !nudged) return nudged.error();
        if (*message) return **std::move(message);
        auto flushed = flush(until);
        if (!flushed) return flushed.error();
        auto ready = wait_for(POLLIN, until);
        if (!ready) return ready.error();
        auto read = connection_.on_readable(socket_.get());
        if (!read) return read.error();
    }
}

void ClientConnection::keep(Message&& signal) {
    if (signals_.size() >= most_kept_signals) signals_.pop_front();
    signals_.push_back(std::move(signal));
}

void ClientConnection::prefetch(Message call) {
    auto words = words_of_call(call);
    auto serial = connection_.send(std::move(call));
    if (!serial) return; // call() says why
    if (ahead_.size() >= most_ahead) ahead_.pop_front();
    ahead_.push_back({std::move(words), *serial, std::nullopt});
}

Result<Message> ClientConnection::call(Message call, Span timeout) {
    Span until = deadline_after(timeout);
    auto words = ahead_.empty() ? std::string() : words_of_call(call);
    auto asked = std::ranges::find(ahead_, words, &Ahead::words);
    uint32_t serial = 0;
    if (asked == ahead_.end()) {
        auto sent = connection_.send(std::move(call));
        if (!sent) return sent.error();
        serial = *sent;
    } else {
        serial = asked->serial;
    }
    if (auto flushed = flush(until); !flushed) return flushed.error();
    auto answer = await(serial, until);
    std::erase_if(ahead_, [&](const Ahead& each) { return each.serial == serial; });
    return answer;
}

Result<Message> ClientConnection::await(uint32_t serial, Span until) {
    auto told = [](Message&& message) {
        bool failed = message.type == MessageType::Error;
        return failed ? Result<Message>(error_of(message)) : Result<Message>(std::move(message));
    };
    auto ahead = std::ranges::find(ahead_, serial, &Ahead::serial);
    if (ahead != ahead_.end() && ahead->answer) return told(*std::move(ahead->answer));
    while (true) {
        auto message = receive(until);
        if (!message) return message;
        if (message->type == MessageType::Signal) {
            keep(*std::move(message));
            continue;
        }
        bool is_answer =
            message->type == MessageType::MethodReturn || message->type == MessageType::Error;
        if (!is_answer) continue;
        if (message->reply_serial == serial) return told(*std::move(message));
        auto early = std::ranges::find(ahead_, message->reply_serial, &Ahead::serial);
        if (early != ahead_.end()) early->answer = *std::move(message);
    }
}

Result<void> ClientConnection::send(Message message, Span timeout) {
    message.flags |= flag_no_reply_expected;
    auto serial = connection_.send(std::move(message));
    if (!serial) return serial.error();
    return flush(deadline_after(timeout));
}

Result<Message> ClientConnection::wait_signal(const std::function<bool(const Message&)>& wanted,
                                              Span timeout) {
    Span until = deadline_after(timeout);
    while (!signals_.empty()) {
        Message signal = std::move(signals_.front());
        signals_.pop_front();
        if (wanted(signal)) return signal;
    }
    while (true) {
        auto message = receive(until);
        if (!message) return message;
        if (message->type == MessageType::Signal && wanted(*message)) return message;
    }
}

} // namespace sctl
