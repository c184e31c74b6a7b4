// The socket behind $NOTIFY_SOCKET (sd_notify(3)). A datagram is attributed by the credentials that
// the kernel attaches to it; what it says is parsed here, who may say it is the manager's rule.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "os/event_loop.hpp"
#include "state/unit_event.hpp"

namespace sctl {

// The assignments of one datagram. Unknown ones and bad values are ignored, as systemd does;
// MAINPID= is not checked yet.
[[nodiscard]] event::Notified parse_notification(pid_t sender, std::string_view text);

// What a datagram says of descriptors: FDSTORE=1 or FDSTOREREMOVE=1, FDNAME=, FDPOLL=0.
struct FdNotification {
    bool stores = false, removes = false;
    std::optional<std::string_view> name; // of `text`
    bool is_watched = true;
};
[[nodiscard]] FdNotification parse_fd_notification(std::string_view text);

class NotifySocket {
  public:
    // Called for each datagram with its sender's pid and uid, and the descriptors that came along.
    using Handler =
        std::function<void(pid_t, uid_t, std::string_view, std::vector<UniqueFd>& descriptors)>;

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
