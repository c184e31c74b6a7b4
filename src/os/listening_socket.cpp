#include "os/listening_socket.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace sctl {
namespace {

constexpr Span listener_pause = 100ms;

} // namespace

ListeningSocket::ListeningSocket(EventLoop& loop, std::function<void()> ready, int priority)
    : loop_(loop),
      ready_(std::move(ready)),
      priority_(priority),
      pause_(loop, [this] { listen_again(); }) {}

Result<void> ListeningSocket::open(UniqueFd socket) {
    auto watch = loop_.watch(
        socket.get(), EPOLLIN, [this](uint32_t) { ready_(); }, priority_);
    if (!watch) return watch.error();
    socket_ = std::move(socket);
    watch_ = std::move(*watch);
    return {};
}

UniqueFd ListeningSocket::accept() const {
    constexpr int most_tries = 16; // a peer may have gone while it waited
    UniqueFd connection;
    for (int tries = 0; !connection && tries < most_tries; ++tries) {
        connection.reset(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!connection && errno != EINTR && errno != ECONNABORTED) break;
    }
    return connection;
}

void ListeningSocket::pause() {
    if (watch_.modify(0)) pause_.arm(monotonic_now() + listener_pause);
}

void ListeningSocket::listen_again() {
    if (!is_held_back_) ignore_error(watch_.modify(EPOLLIN));
}

void ListeningSocket::hold_back(bool is_held_back) {
    is_held_back_ = is_held_back;
    uint32_t events = is_held_back ? 0 : EPOLLIN;
    ignore_error(watch_.modify(events));
}

} // namespace sctl
