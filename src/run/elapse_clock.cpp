#include "run/elapse_clock.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>

namespace sctl {
namespace {

constexpr const char* timezone_file = "/etc/localtime";

} // namespace

Span good_moment(Span earliest, Span latest, Span perturbation) {
    if (earliest == infinity || latest <= earliest + Span{1}) return earliest;
    if (latest == infinity) return infinity;
    for (Span step : {Span(60s), Span(10s), Span(1s), Span(250ms)}) {
        Span moment = latest / step * step + perturbation % step;
        if (moment >= latest) moment -= step;
        if (moment >= earliest) return moment;
    }
    return latest;
}

ElapseClock::Wait::Wait(ElapseClock& clock, UnitId unit) : clock_(clock), unit_(unit) {
    auto& armed = clock.armed_;
    if (armed.capacity() == clock.made_) armed.reserve(2 * clock.made_ + 4);
    ++clock.made_;
}

void ElapseClock::Wait::arm(Span realtime, Span monotonic, Span accuracy) noexcept {
    realtime_ = realtime;
    monotonic_ = monotonic;
    accuracy_ = accuracy;
    if (place_ == SIZE_MAX) {
        place_ = clock_.armed_.size();
        clock_.armed_.push_back(this);
    }
    // Once for all that this turn of the loop brings.
    clock_.monotonic_.arm(Span{});
}

void ElapseClock::Wait::cancel() noexcept {
    if (place_ == SIZE_MAX) return;
    auto& armed = clock_.armed_;
    armed[place_] = armed.back();
    armed[place_]->place_ = place_;
    armed.pop_back();
    place_ = SIZE_MAX;
}

ElapseClock::ElapseClock(EventLoop& loop, const Root& root, Span perturbation,
                         std::function<void(UnitId, UnitEvent)> post)
    : loop_(loop),
      has_timezone_(root.is_machine()),
      perturbation_(perturbation),
      post_(std::move(post)),
      monotonic_(loop, [this] { look(); }),
      realtime_(
          loop, [this] { look(); }, [this] { clock_was_set(); }) {}

// Tells whoever is due, each once, and waits for the next. One that there is no memory to tell is
// due still.
void ElapseClock::look() {
    auto now = current_moment();
    for (size_t i = armed_.size(); i-- > 0;) {
        Wait& wait = *armed_[i];
        if (wait.realtime_ > now.realtime && wait.monotonic_ > now.monotonic) continue;
        post_(wait.unit_, event::Elapsed{});
        wait.cancel();
    }
    arm_clocks();
    if (!armed_.empty()) watch_timezone();
}

void ElapseClock::arm_clocks() noexcept {
    Span realtime = infinity, realtime_latest = infinity;
    Span monotonic = infinity, monotonic_latest = infinity;
    for (const Wait* wait : armed_) {
        realtime = std::min(realtime, wait->realtime_);
        realtime_latest =
            std::min(realtime_latest, add_saturating(wait->realtime_, wait->accuracy_));
        monotonic = std::min(monotonic, wait->monotonic_);
        monotonic_latest =
            std::min(monotonic_latest, add_saturating(wait->monotonic_, wait->accuracy_));
    }
    monotonic_.arm(good_moment(monotonic, monotonic_latest, perturbation_));
    if (armed_.empty())
        realtime_.cancel();
    else
        realtime_.arm(good_moment(realtime, realtime_latest, perturbation_));
}

void ElapseClock::tell_all(const UnitEvent& event) {
    for (const Wait* wait : armed_) post_(wait->unit_, event);
    monotonic_.arm(Span{});
}

void ElapseClock::clock_was_set() {
    tell_all(event::ClockChanged{});
}

// As long as something waits, since what it waits for may come at another moment in another zone.
void ElapseClock::watch_timezone() {
    if (!has_timezone_ || inotify_) return;
    inotify_.reset(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!inotify_) return;
    if (zone_ == ZoneFile{}) zone_ = zone_file();
    if (inotify_add_watch(inotify_.get(), timezone_file,
                          IN_ATTRIB | IN_MOVE_SELF | IN_CLOSE_WRITE | IN_DONT_FOLLOW) < 0)
        inotify_add_watch(inotify_.get(), "/etc", IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
    auto watch =
        loop_.watch(inotify_.get(), EPOLLIN, [this](uint32_t) { timezone_may_have_changed(); });
    if (watch) timezone_watch_ = std::move(*watch);
}

void ElapseClock::timezone_may_have_changed() {
    timezone_watch_.stop();
    inotify_.reset();
    watch_timezone(); // what is there now
    if (std::exchange(zone_, zone_file()) == zone_) return;
    tzset();
    tell_all(event::TimezoneChanged{});
}

ElapseClock::ZoneFile ElapseClock::zone_file() noexcept {
    struct stat info {};
    if (stat(timezone_file, &info) != 0) return {};
    return {info.st_dev, info.st_ino, info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
}

} // namespace sctl
