// The socket behind $NOTIFY_SOCKET (sd_notify(3)). A datagram is attributed by the credentials that
// the kernel attaches to it; what it says is parsed here, who may say it is the manager's rule.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "os/event_loop.hpp"
#include "state/unit_event.hpp"

namespace sctl {

// The assignments of one datagram. Unknown ones and bad values are ignored, as systemd does;
// MAINPID= is not checked yet.
[[nodiscard]] event::Notified parse_notification(pid_t sender, std::string_view text);

class NotifySocket {
  public:
    // Called for each datagram with its sender's pid and uid.
    using Handler = std::function<void(pid_t, uid_t, std::string_view)>;

    NotifySocket(EventLoop& loop, Handler handler) : loop_(loop), handler_(std::move(handler)) {}
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;

    Result<void> open(const std::string& path);
    // What waits is handled now: before an exit is, so that a last READY=1 counts.
    void drain();
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    bool receive_one();

    EventLoop& loop_;
    Handler handler_;
    UniqueFd fd_;
    std::string path_;
    Watch watch_;
};

// Sends `text` to the socket that $NOTIFY_SOCKET of an outer manager names: a path or "@abstract".
// Never blocks.
Result<void> notify_outer_manager(std::string_view socket, std::string_view text);

} // namespace sctl
