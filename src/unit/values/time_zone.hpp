// Time zones as files of /usr/share/zoneinfo say them (tzfile(5)), read once and kept as values:
// what asks them changes no environment, and a second question reads no file. What the clocks of a
// zone show, and which moment it is when they show something, is answered as glibc does, whose
// answers systemd's are: also for readings that a change of the clocks skips or shows twice.
//
// Leap seconds are not counted: the zones below "right/" are those without it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace sctl {

inline constexpr std::string_view zone_directory = "/usr/share/zoneinfo";

// What a clock shows: year, month (from 1), day (from 1), hour, minute, second. A field may be out
// of range: the 32nd of January is the first of February.
using CivilTime = std::array<int, 6>;
// The same as a number: seconds that such a clock has counted since 1970-01-01 00:00.
[[nodiscard]] int64_t clock_reading(const CivilTime& time);
// Every field of what it gives is in range.
[[nodiscard]] CivilTime civil_time(int64_t reading);

class TimeZone {
  public:
    struct Offset {
        int seconds = 0;  // east of Greenwich
        bool dst = false; // whether the zone calls it daylight saving time
        bool operator==(const Offset&) const = default;
    };

    TimeZone() = default; // UTC
    // That of the process, as $TZ or /etc/localtime says it: each answer is glibc's.
    [[nodiscard]] static TimeZone local();
    // From the bytes of a file. UTC where they are no sound TZif, as glibc takes them.
    [[nodiscard]] static TimeZone from_file(std::string_view bytes);

    // `moment` is seconds since the epoch.
    [[nodiscard]] Offset offset_at(int64_t moment) const;
    [[nodiscard]] bool is_utc() const noexcept { return kind_ == Kind::Utc; }

  private:
    enum class Kind : uint8_t { Utc, Local, File };

    // The day and time of a year when the clocks change, as the "TZ" variable of POSIX says it.
    struct YearlyChange {
        enum class Day : uint8_t { Julian, ZeroBased, Weekday } form = Day::Weekday;
        int day = 0;               // of the year, or of the week, where Sunday is 0
        int month = 0, week = 0;   // week 5 is the last
        int seconds = 2 * 60 * 60; // on the clock before the change
    };
    // What holds after the last transition.
    struct YearlyRule {
        Offset standard, daylight{0, true};
        YearlyChange begin, end;
        bool has_daylight = false;
    };
    class RuleReader;

    [[nodiscard]] bool read(std::string_view bytes);
    [[nodiscard]] static int64_t moment_of(const YearlyChange& change, int year, int offset);
    [[nodiscard]] Offset offset_by_rule(int64_t moment) const;

    Kind kind_ = Kind::Utc;
    std::vector<int64_t> transitions_;
    std::vector<uint8_t> types_; // which of offsets_ begins with a transition
    std::vector<Offset> offsets_;
    Offset before_; // the first transition
    std::optional<YearlyRule> rule_;
};

// The zones that have been asked for.
class TimeZones {
  public:
    explicit TimeZones(std::string_view directory = zone_directory) : directory_(directory) {}
    // Null where that is no name of a zone (timedatectl(1)). What is given lives as long as this.
    [[nodiscard]] const TimeZone* find(std::string_view name);

  private:
    std::string directory_;
    std::map<std::string, std::unique_ptr<TimeZone>, std::less<>> known_;
};

// Those of this process.
[[nodiscard]] TimeZones& known_time_zones();

// The bytes of the file of a zone; EINVAL for what cannot be the name of one or has no such file.
[[nodiscard]] Result<std::string> read_time_zone(std::string_view name, std::string_view directory);

// The way back, from what a clock shows to the moment: mktime(3). Like it, it begins to look with
// the offset of the last one, which decides between two moments that show the same; but glibc has
// one such offset for the process, and each clock here its own.
class LocalClock {
  public:
    struct Moment {
        int64_t seconds = 0; // since the epoch
        int64_t reading = 0; // another than what was asked for, where that is shown at no moment
        bool dst = false;
    };

    explicit LocalClock(const TimeZone& zone) : zone_(zone) {}
    // What the clock shows at a moment; where it is looked for next.
    Moment at(int64_t seconds);
    // `dst` is 1 or 0 if the clock is to be read as one with or without daylight saving time, and
    // -1 if that is not known. Nothing where the zone's changes are too many to find one.
    [[nodiscard]] std::optional<Moment> find(CivilTime time, int dst);

  private:
    [[nodiscard]] Moment shown(int64_t seconds) const;
    [[nodiscard]] std::optional<Moment> find_any(int64_t reading, int dst, bool& in_gap) const;
    [[nodiscard]] Moment find_other(int64_t reading, bool dst, int64_t near) const;

    const TimeZone& zone_;
    int64_t guess_ = 0; // seconds from a reading to its moment
};

} // namespace sctl
