#include "os/event_loop.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <exception>
#include <new>
#include <utility>

#include "base/log.hpp"

namespace sctl {
namespace {

constexpr size_t events_per_turn = 256;

// What poll could not help with: a bad descriptor, one watched twice, a regular file.
bool is_callers_mistake(int code) {
    return code == EBADF || code == EEXIST || code == ELOOP || code == EPERM;
}

short to_poll(uint32_t events) {
    return static_cast<short>(events & (EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP));
}

} // namespace

bool run_guarded(std::string_view what, const std::function<void()>& work) noexcept {
    try {
        work();
        return true;
    } catch (const std::bad_alloc&) {
        log_error("Out of memory in ", what, "; going on");
    } catch (const std::exception& error) {
        log_error("Unexpected error in ", what, ": ", error.what());
    } catch (...) {
        log_error("Unexpected error in ", what);
    }
    return false;
}

EventLoop::EventLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_) log_warning(errno_error("epoll_create1").text, "; using poll");
}

bool EventLoop::put_into_epoll(int operation, WatchId id, const Watch& watch) noexcept {
    epoll_event event{};
    event.events = watch.events;
    event.data.u64 = static_cast<uint64_t>(id);
    return epoll_ctl(epoll_.get(), operation, watch.fd, &event) == 0;
}

Result<WatchId> EventLoop::watch(int fd, uint32_t events, IoCallback callback, int priority) {
    WatchId id{next_id_++};
    Watch watch{fd, events, priority, false, std::move(callback)};
    if (events != 0) {
        if (put_into_epoll(EPOLL_CTL_ADD, id, watch)) {
            watch.in_epoll = true;
        } else {
            if (epoll_ && is_callers_mistake(errno)) return errno_error("epoll_ctl");
            ++polled_;
        }
    }
    watches_.emplace(static_cast<uint64_t>(id), std::move(watch));
    return id;
}

Result<void> EventLoop::modify(WatchId id, uint32_t events) {
    auto found = watches_.find(static_cast<uint64_t>(id));
    if (found == watches_.end()) return errno_error("epoll_ctl", ENOENT);
    Watch& watch = found->second;
    if (watch.events == events) return {};
    bool was_polled = !watch.in_epoll && watch.events != 0;
    watch.events = events;
    if (watch.in_epoll) {
        // Out of epoll for a sleep: a hang-up would be reported whatever the events are.
        bool kept = events != 0 && put_into_epoll(EPOLL_CTL_MOD, id, watch);
        if (!kept) put_into_epoll(EPOLL_CTL_DEL, id, watch);
        watch.in_epoll = kept;
    } else if (!was_polled) {
        watch.in_epoll = put_into_epoll(EPOLL_CTL_ADD, id, watch);
    }
    bool is_polled = !watch.in_epoll && events != 0;
    polled_ += is_polled ? 1u : 0u;
    polled_ -= was_polled ? 1u : 0u;
    return {};
}

void EventLoop::remove(WatchId id) noexcept {
    auto found = watches_.find(static_cast<uint64_t>(id));
    if (found == watches_.end()) return;
    const Watch& watch = found->second;
    if (watch.in_epoll)
        put_into_epoll(EPOLL_CTL_DEL, id, watch);
    else if (watch.events != 0)
        --polled_;
    watches_.erase(found);
}

TimerId EventLoop::arm(Span deadline, Callback callback) {
    TimerId id{deadline, next_id_++};
    if (deadline != infinity) timers_.emplace(id, std::move(callback));
    return id;
}

void EventLoop::cancel(TimerId id) noexcept {
    timers_.erase(id);
}

void EventLoop::defer(Callback callback) {
    deferred_.push_back(std::move(callback));
}

void EventLoop::run() noexcept {
    quit_ = false;
    while (!quit_) run_once();
}

void EventLoop::run_once(Span at_most) noexcept {
    try {
        wait(timeout_until_work(at_most));
    } catch (const std::exception& error) { // bad_alloc, for the list of what is ready
        log_error("Unexpected error in waiting for events: ", error.what());
    }
    run_ready();
    run_due_timers();
    run_deferred();
}

// In milliseconds as epoll_wait wants it, rounded up so that a timer is due when the wait ends.
int EventLoop::timeout_until_work(Span at_most) const noexcept {
    if (!deferred_.empty()) return 0;
    Span wait = at_most;
    if (!timers_.empty()) {
        wait = std::min(wait, timers_.begin()->first.deadline - monotonic_now());
    }
    if (wait == infinity) return -1;
    auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(std::max(wait, Span::zero()));
    return static_cast<int>(std::min<int64_t>(milliseconds.count(), INT_MAX));
}

void EventLoop::wait(int timeout) {
    ready_.clear();
    if (epoll_ && polled_ == 0)
        collect_from_epoll(timeout);
    else
        wait_with_poll(timeout);
    std::stable_sort(ready_.begin(), ready_.end(),
                     [](const Ready& a, const Ready& b) { return a.priority < b.priority; });
}

void EventLoop::collect_from_epoll(int timeout) {
    std::array<epoll_event, events_per_turn> events;
    int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
    if (count < 0 && errno != EINTR) abandon_epoll();
    for (int i = 0; i < count; ++i) {
        uint64_t id = events[i].data.u64; // a copy: epoll_event is packed
        auto found = watches_.find(id);
        if (found == watches_.end()) continue;
        ready_.push_back({found->second.priority, WatchId{found->first}, events[i].events});
    }
}

void EventLoop::abandon_epoll() noexcept {
    log_warning(errno_error("epoll_wait").text, "; using poll");
    epoll_.reset();
    polled_ = 0;
    for (auto& [id, watch] : watches_) {
        watch.in_epoll = false;
        polled_ += watch.events != 0 ? 1u : 0u;
    }
}

void EventLoop::wait_with_poll(int timeout) {
    std::vector<pollfd> descriptors{{epoll_.get(), POLLIN, 0}};
    std::vector<uint64_t> ids{0};
    for (const auto& [id, watch] : watches_) {
        if (watch.in_epoll || watch.events == 0) continue;
        descriptors.push_back({watch.fd, to_poll(watch.events), 0});
        ids.push_back(id);
    }
    if (poll(descriptors.data(), descriptors.size(), timeout) <= 0) return;
    if (descriptors[0].revents != 0) collect_from_epoll(0);
    for (size_t i = 1; i < descriptors.size(); ++i) {
        if (descriptors[i].revents == 0) continue;
        auto events = static_cast<uint32_t>(static_cast<unsigned short>(descriptors[i].revents));
        ready_.push_back({watches_[ids[i]].priority, WatchId{ids[i]}, events});
    }
}

void EventLoop::run_ready() noexcept {
    for (const Ready& ready : ready_) {
        auto found = watches_.find(static_cast<uint64_t>(ready.id));
        if (found == watches_.end()) continue; // removed by a callback before it
        // Taken out while it runs: it may remove its own watch.
        IoCallback callback = std::exchange(found->second.callback, nullptr);
        run_guarded("handling a descriptor", [&] { callback(ready.events); });
        found = watches_.find(static_cast<uint64_t>(ready.id));
        if (found != watches_.end()) found->second.callback = std::move(callback);
    }
    ready_.clear();
}

void EventLoop::run_due_timers() noexcept {
    if (timers_.empty()) return;
    Span now = monotonic_now();
    // A timer armed by one that fires gets a higher serial, and waits for the next turn.
    uint64_t last = next_id_;
    for (auto timer = timers_.begin(); timer != timers_.end() && timer->first.deadline <= now;) {
        if (timer->first.serial >= last) {
            ++timer;
            continue;
        }
        auto fired = timers_.extract(timer);
        run_guarded("a timer", fired.mapped());
        timer = timers_.begin();
    }
}

void EventLoop::run_deferred() noexcept {
    std::vector<Callback> work;
    work.swap(deferred_);
    for (const auto& callback : work) run_guarded("deferred work", callback);
}

} // namespace sctl
