#include "unit/values/time_zone.hpp"

#include <algorithm>

namespace sctl {
namespace {

// How often the error of a guess is used for the next one.
constexpr int guesses = 6;
// No daylight saving time, and no time without it between two, was ever shorter.
constexpr int64_t stride = 601200;
// How far from a moment the other kind of time is looked for.
constexpr int64_t farthest = 457243209 / 2 + stride;

} // namespace

LocalClock::Moment LocalClock::shown(int64_t seconds) const {
    auto offset = zone_.offset_at(seconds);
    return {seconds, seconds + offset.seconds, offset.dst};
}

LocalClock::Moment LocalClock::at(int64_t seconds) {
    auto moment = shown(seconds);
    guess_ = seconds - moment.reading;
    return moment;
}

// A moment that shows the reading. Where the clocks jump over it, the guesses go to and fro between
// before and after the jump: it is in a gap, and the one is taken whose kind of time is not `dst`,
// or, if that is not known, which is daylight saving time.
std::optional<LocalClock::Moment> LocalClock::find_any(int64_t reading, int dst,
                                                       bool& in_gap) const {
    int64_t seconds = reading + guess_, last = seconds, last_but_one = seconds;
    bool last_dst = false;
    for (int tries = 1;; ++tries) {
        auto moment = shown(seconds);
        auto error = reading - moment.reading;
        if (error == 0) return moment;
        in_gap = seconds == last_but_one && seconds != last &&
                 (dst < 0 ? last_dst <= moment.dst : (dst != 0) != moment.dst);
        if (in_gap) return moment;
        if (tries == guesses) return std::nullopt;
        last_but_one = last;
        last = seconds;
        last_dst = moment.dst;
        seconds += error;
    }
}

// The moment at which the clock would show the reading if it ran as it does nearest to `near` in
// time of the kind `dst`; or, if there is none such, an hour from its own time.
LocalClock::Moment LocalClock::find_other(int64_t reading, bool dst, int64_t near) const {
    for (auto distance = stride; distance < farthest; distance += stride) {
        for (auto seconds : {near - distance, near + distance}) {
            auto moment = shown(seconds);
            if (moment.dst == dst) return shown(seconds + reading - moment.reading);
        }
    }
    return shown(dst ? near - 60 * 60 : near + 60 * 60);
}

std::optional<LocalClock::Moment> LocalClock::find(CivilTime time, int dst) {
    // What is beyond a minute is added at the end, since minutes may have leap seconds.
    int seconds = std::clamp(time[5], 0, 59), beyond = time[5] - seconds;
    time[5] = seconds;
    auto reading = clock_reading(time);
    if (zone_.is_utc()) return Moment{reading + beyond, reading + beyond, false};
    bool in_gap = false;
    auto moment = find_any(reading, dst, in_gap);
    if (!moment) return moment;
    if (!in_gap && dst >= 0 && moment->dst != (dst != 0))
        moment = find_other(reading, dst != 0, moment->seconds);
    guess_ = moment->seconds - reading;
    return beyond == 0 ? moment : shown(moment->seconds + beyond);
}

} // namespace sctl
