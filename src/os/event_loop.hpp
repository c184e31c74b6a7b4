// The one loop of the manager, of the capture process and of waiting clients: descriptors by epoll,
// timers from one ordered queue, and work put off to the end of the turn. It never polls: with
// nothing to do it sleeps in the kernel until the next timer, or for ever. A turn runs ready
// descriptors (lower priority numbers first), then the timers that are due, then deferred work;
// what these add is for the next turn, so none of the three starves the others.
//
// A Watch or an OwnedTimer that is destroyed does not call back any more, so an object that holds
// them as members needs no clean-up of its own.
//
// Nothing ends it. A callback that throws (memory is short, a bug) is logged and the loop goes on;
// a timer and deferred work that ran out of memory are called again a moment later, as what they
// stand for would else be lost. A descriptor that epoll refuses for lack of memory is polled beside
// it.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sctl {

// Before what ran out of memory is tried again.
inline constexpr Span pause_for_memory = 100ms;

// Says what `run_guarded` has caught, in a handler. Whether it was a lack of memory.
bool log_caught(std::string_view what) noexcept;

enum class Guarded : uint8_t { Done, OutOfMemory, Failed };

// Runs `work` and lets no exception out: the boundary between the loop and what it calls. `what`
// names the work in the log line.
template <class Work>
Guarded run_guarded(std::string_view what, Work&& work) noexcept {
    try {
        work();
        return Guarded::Done;
    } catch (...) {
        return log_caught(what) ? Guarded::OutOfMemory : Guarded::Failed;
    }
}

// The same for what must not be lost and may be done twice: at once again where memory was short.
template <class Work>
Guarded run_insistently(std::string_view what, Work&& work) noexcept {
    auto ended = run_guarded(what, work);
    return ended == Guarded::OutOfMemory ? run_guarded(what, work) : ended;
}

class EventLoop;

// Calls back while a descriptor is ready, until it is destroyed: before the descriptor is closed.
class Watch {
  public:
    Watch() noexcept = default; // of nothing
    Watch(Watch&& other) noexcept { *this = std::move(other); }
    Watch& operator=(Watch&& other) noexcept;
    ~Watch() { stop(); }

    // With 0 events the watch sleeps (hang-ups included) until it is given some again.
    [[nodiscard]] Result<void> modify(uint32_t events);
    // Safe at any time, in its own callback too.
    void stop() noexcept;
    [[nodiscard]] explicit operator bool() const noexcept { return loop_ != nullptr; }

  private:
    friend class EventLoop;
    Watch(EventLoop& loop, uint64_t id) noexcept : loop_(&loop), id_(id) {}

    EventLoop* loop_ = nullptr;
    uint64_t id_ = 0;
};

// Calls back at a moment of the monotonic clock. Needs memory when it is made, and none to be armed
// as often as is wanted; one that fires is not armed any more.
class OwnedTimer {
  public:
    OwnedTimer() noexcept = default; // never fires
    OwnedTimer(EventLoop& loop, std::function<void()> callback);
    OwnedTimer(OwnedTimer&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
    OwnedTimer& operator=(OwnedTimer&& other) noexcept;
    ~OwnedTimer();

    // In place of the deadline before; `infinity` is never, and what is over is at once, in this
    // turn of the loop or the next.
    void arm(Span deadline) noexcept;
    // Safe at any time, in its own callback too.
    void cancel() noexcept;
    [[nodiscard]] bool armed() const noexcept;
    // Whether it was made with a callback.
    [[nodiscard]] bool exists() const noexcept { return state_ != nullptr; }

  private:
    friend class EventLoop;
    struct State;
    static void release(State* state) noexcept;

    State* state_ = nullptr; // shared with the loop while it calls back
};

class EventLoop {
  public:
    using Callback = std::function<void()>;
    using IoCallback = std::function<void(uint32_t events)>;

    EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    // Calls back while `events` (EPOLLIN, EPOLLOUT, ...; EPOLLERR and EPOLLHUP always) hold, level
    // triggered. Of what is ready in one turn, lower `priority` comes first: a service's last
    // notification is read before its exit. An Error for what cannot be polled at all, a regular
    // file.
    [[nodiscard]] Result<Watch> watch(int fd, uint32_t events, IoCallback callback,
                                      int priority = 0);
    // A timer that is armed already.
    [[nodiscard]] OwnedTimer arm(Span deadline, Callback callback);
    // Runs `callback` once at the end of this turn; called from deferred work, of the next turn.
    void defer(Callback callback);

    // Turns until quit().
    void run() noexcept;
    // One turn; waits for something to happen, but no longer than `at_most`.
    void run_once(Span at_most = infinity) noexcept;
    void quit() noexcept { quit_ = true; }

  private:
    friend class Watch;
    friend class OwnedTimer;
    struct Watched {
        int fd = -1;
        uint32_t events = 0;
        int priority = 0;
        bool in_epoll = false;
        IoCallback callback;
    };
    struct Ready {
        int priority;
        uint64_t id;
        uint32_t events;
    };
    bool put_into_epoll(int operation, uint64_t id, const Watched& watch) noexcept;
    [[nodiscard]] Result<void> modify(uint64_t id, uint32_t events);
    void remove(uint64_t id) noexcept;
    int timeout_until_work(Span at_most) const noexcept;
    void wait(int timeout);
    void wait_with_poll(int timeout);
    void collect_from_epoll(int timeout);
    void abandon_epoll() noexcept;
    void run_ready() noexcept;
    void run_due_timers() noexcept;
    void make_room_for_timer();
    void put_timer(OwnedTimer::State* timer, size_t place) noexcept;
    void rise(OwnedTimer::State* timer, size_t place) noexcept;
    void sink(OwnedTimer::State* timer, size_t place) noexcept;
    void add_timer(OwnedTimer::State* timer) noexcept;
    void remove_timer(OwnedTimer::State* timer) noexcept;
    void run_deferred() noexcept;

    UniqueFd epoll_;
    std::unordered_map<uint64_t, Watched> watches_;
    size_t polled_ = 0; // watches that are not in epoll, and not asleep
    // Those that are armed, as a heap: each is due no later than the two at twice its place. There
    // is room for all that exist.
    std::vector<OwnedTimer::State*> timers_;
    size_t timers_made_ = 0;
    Span timers_run_at_{}; // while they are run: those that are armed meanwhile come after them
    std::vector<Callback> deferred_;
    size_t to_try_again_ = 0;  // of deferred_, the first ones: they ran out of memory
    std::vector<Ready> ready_; // of this turn
    uint64_t next_id_ = 1;
    bool quit_ = false;
};

} // namespace sctl
