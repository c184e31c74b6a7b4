// A socket that listens, in an event loop. Where a connection cannot be taken, for want of a
// descriptor or of memory, it goes on to wait and the socket to be readable: then the socket sleeps
// for a moment, in place of waking the loop without pause.
#pragma once

#include <functional>

#include "os/event_loop.hpp"

namespace sctl {

class ListeningSocket {
  public:
    // `ready` is called while connections wait to be accepted.
    ListeningSocket(EventLoop& loop, std::function<void()> ready, int priority);

    [[nodiscard]] Result<void> open(UniqueFd socket);
    [[nodiscard]] bool is_open() const noexcept { return socket_.valid(); }

    // The next connection; none, with errno, where none can be had. EAGAIN: none waits.
    [[nodiscard]] UniqueFd accept() const;
    // To be called where accept() fails otherwise.
    void pause();
    // While it is held back, no connection is accepted.
    void hold_back(bool is_held_back);

  private:
    void listen_again();

    EventLoop& loop_;
    std::function<void()> ready_;
    int priority_;
    UniqueFd socket_;
    Watch watch_;
    OwnedTimer pause_;
    bool is_held_back_ = false;
};

} // namespace sctl
