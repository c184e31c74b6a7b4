// The one loop of the manager, of the capture process and of waiting clients: descriptors by epoll,
// timers from one ordered queue, and work put off to the end of the turn. It never polls: with
// nothing to do it sleeps in the kernel until the next timer, or for ever. A turn runs ready
// descriptors (lower priority numbers first), then the timers that are due, then deferred work;
// what these add is for the next turn, so none of the three starves the others.
//
// Nothing ends it. A callback that throws (memory is short, a bug) is logged and the loop goes on;
// a descriptor that epoll refuses for lack of memory is polled beside it.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sctl {

enum class WatchId : uint64_t { None = 0 };

struct TimerId {
    Span deadline{};
    uint64_t serial = 0; // 0: no timer
    [[nodiscard]] bool armed() const noexcept { return serial != 0; }
    auto operator<=>(const TimerId&) const = default;
};

// Runs `work` and lets no exception out: the boundary between the loop and what it calls. `what`
// names the work in the log line. True where nothing was thrown.
bool run_guarded(std::string_view what, const std::function<void()>& work) noexcept;

class EventLoop {
  public:
    using Callback = std::function<void()>;
    using IoCallback = std::function<void(uint32_t events)>;

    EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    // Calls back while `events` (EPOLLIN, EPOLLOUT, ...; EPOLLERR and EPOLLHUP always) hold, level
    // triggered. The descriptor stays the caller's, who removes the watch before closing it. Of
    // what is ready in one turn, lower `priority` comes first: a service's last notification is
    // read before its exit. An Error for what cannot be polled at all, a regular file.
    [[nodiscard]] Result<WatchId> watch(int fd, uint32_t events, IoCallback callback,
                                        int priority = 0);
    // With 0 events the watch sleeps (hang-ups included) until it is given some again.
    [[nodiscard]] Result<void> modify(WatchId id, uint32_t events);
    // Safe at any time, from the watch's own callback too; an id that is gone or None is ignored.
    void remove(WatchId id) noexcept;

    // Calls back once when the monotonic clock has reached `deadline`; with `infinity` never.
    [[nodiscard]] TimerId arm(Span deadline, Callback callback);
    // Ignores a timer that has fired, was cancelled, or never was.
    void cancel(TimerId id) noexcept;
    // Runs `callback` once at the end of this turn; called from deferred work, of the next turn.
    void defer(Callback callback);

    // Turns until quit().
    void run() noexcept;
    // One turn; waits for something to happen, but no longer than `at_most`.
    void run_once(Span at_most = infinity) noexcept;
    void quit() noexcept { quit_ = true; }

  private:
    struct Watch {
        int fd = -1;
        uint32_t events = 0;
        int priority = 0;
        bool in_epoll = false;
        IoCallback callback;
    };
    struct Ready {
        int priority;
        WatchId id;
        uint32_t events;
    };

    bool put_into_epoll(int operation, WatchId id, const Watch& watch) noexcept;
    int timeout_until_work(Span at_most) const noexcept;
    void wait(int timeout);
    void wait_with_poll(int timeout);
    void collect_from_epoll(int timeout);
    void abandon_epoll() noexcept;
    void run_ready() noexcept;
    void run_due_timers() noexcept;
    void run_deferred() noexcept;

    UniqueFd epoll_;
    std::unordered_map<uint64_t, Watch> watches_;
    size_t polled_ = 0; // watches that are not in epoll, and not asleep
    std::map<TimerId, Callback> timers_;
    std::vector<Callback> deferred_;
    std::vector<Ready> ready_; // of this turn
    uint64_t next_id_ = 1;
    bool quit_ = false;
};

} // namespace sctl
