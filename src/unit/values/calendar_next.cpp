#include <algorithm>
#include <cerrno>
#include <optional>

#include "unit/syntax/timestamp.hpp"
#include "unit/values/calendar.hpp"

namespace sctl {
namespace {

// As many as systemd tries. Whatever is asked, a try takes a few dozens of conversions.
constexpr int most_tries = 1000;

// Goes from a moment to the next one that an expression names. Part by part, from years to seconds,
// a value that does not match is raised to the next that does, and all below it begin anew; where
// there is none, the part above is raised by one, and the years are looked at again.
class ElapseSearch {
  public:
    ElapseSearch(const CalendarSpec& spec, const TimeZone& zone) : spec_(spec), clock_(zone) {}

    Result<Span> next(Span after);

  private:
    enum class Step : uint8_t { Found, Again, Never };
    // How the time stands to the clock of the zone.
    enum class Shown : uint8_t { No, Moved, Yes };
    static constexpr size_t year = 0, month = 1, day = 2, hour = 3, second = 5;

    Step step();
    // False where no value of the part is left.
    bool raise(size_t part, bool& raised);
    std::optional<int> least_match(size_t part, int value);
    int from_end_of_month(int days);
    void begin(size_t part);
    void begin_below(size_t part);
    Shown settle();
    bool is_weekday();
    // mktime(3): brings the fields in range.
    std::optional<LocalClock::Moment> normalize_time();
    [[nodiscard]] bool is_before_start(const CivilTime& time) const;
    void go_beyond_start();

    const CalendarSpec& spec_;
    LocalClock clock_;
    CivilTime start_{}, time_{};
    int start_usec_ = 0, usec_ = 0;
    int dst_ = -1;
    int wanted_dst_ = spec_.dst;
};

void ElapseSearch::begin(size_t part) {
    time_[part] = part <= day ? 1 : 0;
}

void ElapseSearch::begin_below(size_t part) {
    for (size_t i = part + 1; i <= second; ++i) begin(i);
    if (part < second) usec_ = 0;
}

std::optional<LocalClock::Moment> ElapseSearch::normalize_time() {
    auto moment = clock_.find(time_, dst_);
    if (!moment) return moment;
    time_ = civil_time(moment->reading);
    dst_ = moment->dst;
    return moment;
}

// A time that the clock does not show moves to what it shows instead, but never backward, where the
// search would not end. The part below the one that became another begins anew, lest the first of
// its values be left out; as in systemd those further below do not, which may leave some out.
ElapseSearch::Shown ElapseSearch::settle() {
    if (time_[year] > calendar_last_year) return Shown::No;
    auto moment = clock_.find(time_, dst_);
    if (!moment || moment->seconds < 0) return Shown::No;
    auto shown = civil_time(moment->reading);
    if (shown < time_) return Shown::No;
    if (shown == time_) return Shown::Yes;
    auto moved = static_cast<size_t>(std::ranges::mismatch(shown, time_).in1 - shown.begin());
    time_ = shown;
    dst_ = moment->dst;
    if (moved < second) begin(moved + 1);
    return Shown::Moved;
}

bool ElapseSearch::is_weekday() {
    if (spec_.weekdays == CalendarSpec::every_weekday) return true;
    auto moment = clock_.find(time_, dst_);
    if (!moment || moment->seconds < 0) return false;
    constexpr int64_t day_length = 24 * 60 * 60;
    auto days = (moment->reading + day_length) / day_length - 1; // the local clock may show 1969
    return spec_.weekdays >> ((days + 10) % 7) & 1;              // the epoch was a Thursday
}

// The day of the month that is so many before its end, or -1.
int ElapseSearch::from_end_of_month(int days) {
    CivilTime time = time_;
    ++time[month];
    time[day] = 1 - days;
    auto moment = clock_.find(time, dst_);
    if (!moment || moment->seconds < 0) return -1;
    time = civil_time(moment->reading);
    return time[month] == time_[month] ? time[day] : -1;
}

std::optional<int> ElapseSearch::least_match(size_t part, int value) {
    std::optional<int> least;
    for (auto [start, stop, repeat] : spec_.chains[part]) {
        if (spec_.end_of_month && part == day) {
            start = from_end_of_month(start);
            stop = from_end_of_month(stop);
            if (stop > 0) std::swap(start, stop);
        }
        int match = start;
        if (start < value) {
            if (repeat == 0) continue;
            match += (value - start + repeat - 1) / repeat * repeat;
            if (stop >= 0 && match > stop) continue;
        }
        if (!least || match < *least) least = match;
    }
    return least;
}

bool ElapseSearch::raise(size_t part, bool& raised) {
    raised = false;
    if (spec_.chains[part].empty()) return true;
    int value = part == second ? time_[second] * usec_per_second + usec_ : time_[part];
    auto match = least_match(part, value);
    if (!match) return false;
    raised = *match != value;
    time_[part] = part == second ? *match / usec_per_second : *match;
    if (part == second) usec_ = *match % usec_per_second;
    return true;
}

bool ElapseSearch::is_before_start(const CivilTime& time) const {
    return time < start_ || (time == start_ && usec_ < start_usec_);
}

// Where a clock never shows a time, an earlier one may have been found than the start. What comes
// after that is looked for hour by hour, and no longer in one kind of time.
void ElapseSearch::go_beyond_start() {
    wanted_dst_ = -1;
    for (int hours = 0; hours < 48; ++hours) {
        ++time_[hour];
        auto moment = clock_.find(time_, dst_);
        if (moment && !is_before_start(civil_time(moment->reading))) return;
    }
}

ElapseSearch::Step ElapseSearch::step() {
    normalize_time();
    dst_ = wanted_dst_;
    for (size_t part = year; part <= second; ++part) {
        bool raised = false;
        bool any_left = raise(part, raised);
        if (raised) begin_below(part);
        auto shown = any_left ? settle() : Shown::No;
        if (part == year && shown != Shown::Yes) return Step::Never;
        if (shown == Shown::Moved) return Step::Again;
        if (shown == Shown::No || (part == day && !is_weekday())) {
            size_t above = shown == Shown::No ? part - 1 : part;
            ++time_[above];
            begin_below(above);
            return Step::Again;
        }
    }
    return Step::Found;
}

Result<Span> ElapseSearch::next(Span after) {
    if (after.count() < 0 || after > latest_timestamp)
        return errno_error("Looking for the next elapse", EINVAL);
    after += 1us;
    auto start = clock_.at(after.count() / usec_per_second);
    time_ = start_ = civil_time(start.reading);
    usec_ = start_usec_ = static_cast<int>(after.count() % usec_per_second);
    dst_ = start.dst;
    for (int tries = 0; tries < most_tries; ++tries) {
        auto result = step();
        if (result == Step::Never) return errno_error("Looking for the next elapse", ENOENT);
        if (result == Step::Again) continue;
        if (is_before_start(time_)) {
            go_beyond_start();
            continue;
        }
        auto moment = clock_.find(time_, dst_);
        if (!moment || moment->seconds < 0)
            return errno_error("Looking for the next elapse", EINVAL);
        return std::chrono::seconds(moment->seconds) + Span(usec_);
    }
    return errno_error("Looking for the next elapse", EDEADLK);
}

} // namespace

Result<Span> next_elapse(const CalendarSpec& spec, Span after, TimeZones& zones) {
    bool is_named = !spec.utc && !spec.zone.empty();
    auto zone = is_named ? zones.find(spec.zone) : nullptr;
    if (zone) return ElapseSearch(spec, *zone).next(after);
    // The file of a named one may be gone; UTC is what glibc takes then.
    auto own = spec.utc || is_named ? TimeZone() : TimeZone::local();
    return ElapseSearch(spec, own).next(after);
}

} // namespace sctl
