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
#include "os/memory.hpp"

namespace sctl {
namespace {

constexpr size_t events_per_turn = 256;

// Of epoll_wait(2): there is no use in trying again.
bool is_for_good(int code) {
    return code == EBADF || code == EINVAL || code == ENOSYS;
}

// What poll could not help with: a bad descriptor, one watched twice, a regular file.
bool is_callers_mistake(int code) {
    return code == EBADF || code == EEXIST || code == ELOOP || code == EPERM;
}

short to_poll(uint32_t events) {
    return static_cast<short>(events & (EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP));
}

} // namespace

bool log_caught(std::string_view what) noexcept {
    try {
        throw;
    } catch (const std::bad_alloc&) {
        give_memory_reserve();
        log_error("Out of memory in ", what, "; going on");
        return true;
    } catch (const std::exception& error) {
        log_error("Unexpected error in ", what, ": ", error.what());
    } catch (...) {
        log_error("Unexpected error in ", what);
    }
    return false;
}

// --- what is owned -------------------------------------------------------------------------------

Watch& Watch::operator=(Watch&& other) noexcept {
    if (this == &other) return *this;
    stop();
    loop_ = std::exchange(other.loop_, nullptr);
    id_ = other.id_;
    return *this;
}

Result<void> Watch::modify(uint32_t events) {
    return loop_ ? loop_->modify(id_, events) : errno_error("epoll_ctl", ENOENT);
}

void Watch::stop() noexcept {
    if (auto* loop = std::exchange(loop_, nullptr)) loop->remove(id_);
}

struct OwnedTimer::State {
    State(EventLoop& loop_of_timer, std::function<void()> what)
        : loop(loop_of_timer), callback(std::move(what)) {
        loop.make_room_for_timer();
    }
    ~State() { --loop.timers_made_; }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    // Of those at the same moment the one that was armed first.
    [[nodiscard]] bool is_before(const State& other) const noexcept {
        return deadline != other.deadline ? deadline < other.deadline : serial < other.serial;
    }

    static constexpr uint32_t not_armed = UINT32_MAX;

    EventLoop& loop;
    std::function<void()> callback;
    Span deadline{};
    uint64_t serial = 0;
    uint32_t place = not_armed; // in the loop's heap
    uint32_t users = 1;
};

OwnedTimer::OwnedTimer(EventLoop& loop, std::function<void()> callback)
    : state_(new State(loop, std::move(callback))) {}

OwnedTimer& OwnedTimer::operator=(OwnedTimer&& other) noexcept {
    if (this == &other) return *this;
    cancel();
    release(std::exchange(state_, std::exchange(other.state_, nullptr)));
    return *this;
}

OwnedTimer::~OwnedTimer() {
    cancel();
    release(state_);
}

void OwnedTimer::release(State* state) noexcept {
    if (state && --state->users == 0) delete state;
}

bool OwnedTimer::armed() const noexcept {
    return state_ && state_->place != State::not_armed;
}

void OwnedTimer::arm(Span deadline) noexcept {
    cancel();
    if (!state_ || deadline == infinity) return;
    state_->deadline = std::max(deadline, state_->loop.timers_run_at_);
    state_->serial = state_->loop.next_id_++;
    state_->loop.add_timer(state_);
}

void OwnedTimer::cancel() noexcept {
    if (armed()) state_->loop.remove_timer(state_);
}

// --- timers --------------------------------------------------------------------------------------

// So that to arm one takes no memory.
void EventLoop::make_room_for_timer() {
    if (timers_made_ == timers_.capacity()) timers_.reserve(2 * timers_made_ + 16);
    ++timers_made_;
}

void EventLoop::put_timer(OwnedTimer::State* timer, size_t place) noexcept {
    timers_[place] = timer;
    timer->place = static_cast<uint32_t>(place);
}

void EventLoop::rise(OwnedTimer::State* timer, size_t place) noexcept {
    while (place > 0 && timer->is_before(*timers_[(place - 1) / 2])) {
        put_timer(timers_[(place - 1) / 2], place);
        place = (place - 1) / 2;
    }
    put_timer(timer, place);
}

void EventLoop::sink(OwnedTimer::State* timer, size_t place) noexcept {
    while (true) {
        size_t below = 2 * place + 1;
        if (below >= timers_.size()) break;
        bool other = below + 1 < timers_.size() && timers_[below + 1]->is_before(*timers_[below]);
        if (other) ++below;
        if (!timers_[below]->is_before(*timer)) break;
        put_timer(timers_[below], place);
        place = below;
    }
    put_timer(timer, place);
}

void EventLoop::add_timer(OwnedTimer::State* timer) noexcept {
    timers_.push_back(timer);
    rise(timer, timers_.size() - 1);
}

void EventLoop::remove_timer(OwnedTimer::State* timer) noexcept {
    size_t place = std::exchange(timer->place, OwnedTimer::State::not_armed);
    auto* last = timers_.back();
    timers_.pop_back();
    if (last == timer) return;
    rise(last, place);
    sink(last, last->place);
}

// --- the loop ------------------------------------------------------------------------------------

EventLoop::EventLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    ready_.reserve(events_per_turn); // to hear of events takes no memory
    if (!epoll_) log_warning(errno_error("epoll_create1").text, "; using poll");
}

bool EventLoop::put_into_epoll(int operation, uint64_t id, const Watched& watch) noexcept {
    epoll_event event{};
    event.events = watch.events;
    event.data.u64 = id;
    return epoll_ctl(epoll_.get(), operation, watch.fd, &event) == 0;
}

Result<Watch> EventLoop::watch(int fd, uint32_t events, IoCallback callback, int priority) {
    uint64_t id = next_id_++;
    auto added = watches_.emplace(id, Watched{fd, events, priority, false, std::move(callback)});
    Watched& watched = added.first->second;
    if (events == 0) return Watch(*this, id);
    watched.in_epoll = put_into_epoll(EPOLL_CTL_ADD, id, watched);
    if (!watched.in_epoll && epoll_ && is_callers_mistake(errno)) {
        auto error = errno_error("epoll_ctl");
        watches_.erase(added.first);
        return error;
    }
    polled_ += watched.in_epoll ? 0u : 1u;
    return Watch(*this, id);
}

Result<void> EventLoop::modify(uint64_t id, uint32_t events) {
    auto found = watches_.find(id);
    if (found == watches_.end()) return errno_error("epoll_ctl", ENOENT);
    Watched& watch = found->second;
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

void EventLoop::remove(uint64_t id) noexcept {
    auto found = watches_.find(id);
    if (found == watches_.end()) return;
    const Watched& watch = found->second;
    if (watch.in_epoll)
        put_into_epoll(EPOLL_CTL_DEL, id, watch);
    else if (watch.events != 0)
        --polled_;
    watches_.erase(found);
}

OwnedTimer EventLoop::arm(Span deadline, Callback callback) {
    OwnedTimer timer(*this, std::move(callback));
    timer.arm(deadline);
    return timer;
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
    if (deferred_.size() > to_try_again_) return 0;
    Span wait = at_most;
    if (!deferred_.empty()) wait = std::min(wait, pause_for_memory);
    if (!timers_.empty()) wait = std::min(wait, timers_.front()->deadline - monotonic_now());
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
    if (count < 0 && is_for_good(errno)) abandon_epoll();
    for (int i = 0; i < count; ++i) {
        uint64_t id = events[i].data.u64; // a copy: epoll_event is packed
        auto found = watches_.find(id);
        if (found == watches_.end()) continue;
        ready_.push_back({found->second.priority, id, events[i].events});
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
        ready_.push_back({watches_[ids[i]].priority, ids[i], events});
    }
}

void EventLoop::run_ready() noexcept {
    for (const Ready& ready : ready_) {
        auto found = watches_.find(ready.id);
        if (found == watches_.end()) continue; // removed by a callback before it
        // Taken out while it runs: it may remove its own watch.
        IoCallback callback = std::exchange(found->second.callback, nullptr);
        run_guarded("handling a descriptor", [&] { callback(ready.events); });
        found = watches_.find(ready.id);
        if (found != watches_.end()) found->second.callback = std::move(callback);
    }
    ready_.clear();
}

// One that is armed meanwhile gets a higher serial, and a deadline after those that are due now: it
// waits for the next turn.
void EventLoop::run_due_timers() noexcept {
    if (timers_.empty()) return;
    Span now = monotonic_now();
    uint64_t last = next_id_;
    timers_run_at_ = now;
    while (!timers_.empty() && timers_.front()->deadline <= now && timers_.front()->serial < last) {
        OwnedTimer timer; // keeps what runs, also where it destroys its owner's
        timer.state_ = timers_.front();
        ++timer.state_->users;
        timer.cancel();
        auto ended = run_guarded("a timer", timer.state_->callback);
        bool is_owned = timer.state_->users > 1;
        if (ended == Guarded::OutOfMemory && is_owned && !timer.armed())
            timer.arm(now + pause_for_memory);
        OwnedTimer::release(std::exchange(timer.state_, nullptr)); // not cancelled with us
    }
    timers_run_at_ = Span{};
}

void EventLoop::run_deferred() noexcept {
    size_t count = deferred_.size();
    to_try_again_ = 0;
    for (size_t i = 0; i < count; ++i) {
        Callback work = std::move(deferred_[i]); // which grows while it runs
        if (run_guarded("deferred work", work) == Guarded::OutOfMemory)
            deferred_[to_try_again_++] = std::move(work);
    }
    deferred_.erase(deferred_.begin() + static_cast<ptrdiff_t>(to_try_again_),
                    deferred_.begin() + static_cast<ptrdiff_t>(count));
}

} // namespace sctl
