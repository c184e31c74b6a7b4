// Calendar events (systemd.time(7), "Calendar Events"), the values of OnCalendar=: which moments an
// expression like "Mon..Fri *-*-* 08..18/2:30" names, how it is written in full, and the next of
// its moments. All as systemd 252 does it, its peculiarities included.
//
// Zones are read from files and kept (time_zone.hpp). An expression that names no zone is in that
// of the process. No environment is changed.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "unit/values/time_zone.hpp"

namespace sctl {

// "5", "5..9", "5/2" or "5..9/2". Seconds are in microseconds here.
struct CalendarComponent {
    int start = 0;
    int stop = -1;  // none
    int repeat = 0; // none
    auto operator<=>(const CalendarComponent&) const = default;
};

// Any of them will do; if there are none, anything will.
using CalendarChain = std::vector<CalendarComponent>;

enum class CalendarPart : uint8_t { Year, Month, Day, Hour, Minute, Second };
inline constexpr size_t calendar_parts = 6;

struct CalendarSpec {
    static constexpr uint8_t every_weekday = 0x7F;

    [[nodiscard]] CalendarChain& operator[](CalendarPart part) {
        return chains[static_cast<size_t>(part)];
    }
    [[nodiscard]] const CalendarChain& operator[](CalendarPart part) const {
        return chains[static_cast<size_t>(part)];
    }

    uint8_t weekdays = every_weekday; // bit 0 is Monday
    std::array<CalendarChain, calendar_parts> chains;
    bool end_of_month = false; // days are counted back from the last, which is 1
    bool utc = false;
    int dst = -1; // 1 or 0 where the local zone's name with or without daylight saving time ends it
    std::string zone; // "Europe/Berlin"; empty where none is named, and for UTC
};

inline constexpr int calendar_last_year = 2199;
inline constexpr int usec_per_second = 1000000; // the unit of a part that is seconds

// Monday first; the first three letters are the short name.
inline constexpr std::string_view calendar_weekdays[] = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

// EINVAL is text that is no calendar expression, or names a time that cannot be or a zone that is
// not known; ERANGE a number that is too large, or a repetition by 0; ENOBUFS a list that is too
// long. systemd says no more than strerror(3) of them.
[[nodiscard]] Result<CalendarSpec> parse_calendar(std::string_view text, TimeZones& zones);

// The normal form: "Mon..Fri *-*-* 08..18/2:30:00 Europe/Berlin". It can be parsed again.
[[nodiscard]] std::string format_calendar(const CalendarSpec& spec);

// The first of the moments that is later than `after`; both since the epoch. ENOENT where there is
// none before the year 2200, EDEADLK where none was found in a thousand steps, EINVAL where `after`
// is before the epoch or after the year 9999.
[[nodiscard]] Result<Span> next_elapse(const CalendarSpec& spec, Span after, TimeZones& zones);

} // namespace sctl
