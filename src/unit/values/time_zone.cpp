#include "unit/values/time_zone.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <ctime>

#include "base/files.hpp"
#include "base/text.hpp"

namespace sctl {
namespace {

constexpr int64_t day_seconds = 24 * 60 * 60;

// Takes parts of a TZif file from its start; all of them are big-endian.
class TzifReader {
  public:
    explicit TzifReader(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] std::string_view rest() const { return rest_; }
    [[nodiscard]] bool has(size_t count) const { return rest_.size() >= count; }
    void skip(size_t count) { rest_.remove_prefix(count); }
    template <size_t Bytes>
    int64_t take() {
        uint64_t value = 0;
        for (size_t i = 0; i < Bytes; ++i) value = value << 8 | static_cast<uint8_t>(rest_[i]);
        skip(Bytes);
        constexpr int unused = 64 - 8 * Bytes;
        return static_cast<int64_t>(value << unused) >> unused;
    }

  private:
    std::string_view rest_;
};

struct TzifHeader {
    size_t utc_marks, standard_marks, leaps, transitions, offsets, letters;

    // Of what follows the header.
    [[nodiscard]] size_t size(size_t time_size) const {
        return transitions * (time_size + 1) + offsets * 6 + letters + leaps * (time_size + 4) +
               standard_marks + utc_marks;
    }
};

std::optional<TzifHeader> take_header(TzifReader& reader, char& version) {
    if (!reader.has(44) || !reader.rest().starts_with("TZif")) return std::nullopt;
    version = reader.rest()[4];
    reader.skip(20);
    TzifHeader header{};
    for (auto* count : {&header.utc_marks, &header.standard_marks, &header.leaps,
                        &header.transitions, &header.offsets, &header.letters})
        *count = static_cast<size_t>(reader.take<4>()) & UINT32_MAX;
    return header;
}

} // namespace

int64_t clock_reading(const CivilTime& time) {
    int months = time[0] * 12 + time[1] - 1;
    std::chrono::sys_days first =
        std::chrono::year(months / 12) / std::chrono::month(unsigned(months % 12) + 1) / 1;
    int64_t day = first.time_since_epoch().count() + time[2] - 1;
    return ((day * 24 + time[3]) * 60 + time[4]) * 60 + time[5];
}

CivilTime civil_time(int64_t reading) {
    int64_t second = reading % day_seconds, day = reading / day_seconds;
    if (second < 0) {
        second += day_seconds;
        --day;
    }
    std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
    auto rest = static_cast<int>(second);
    return {int(date.year()),
            static_cast<int>(unsigned(date.month())),
            static_cast<int>(unsigned(date.day())),
            rest / 3600,
            rest / 60 % 60,
            rest % 60};
}

// Reads what follows the last transition in a file: "CET-1CEST,M3.5.0,M10.5.0/3".
class TimeZone::RuleReader {
  public:
    explicit RuleReader(std::string_view text) : rest_(text) {}

    std::optional<YearlyRule> read() {
        YearlyRule rule;
        if (!take_name() || !take_time(rule.standard.seconds)) return std::nullopt;
        rule.standard.seconds = -rule.standard.seconds; // they count to the west
        if (rest_.empty()) return rule;
        rule.has_daylight = true;
        if (!take_name()) return std::nullopt;
        rule.daylight.seconds = rule.standard.seconds + 60 * 60;
        if (!rest_.starts_with(',')) {
            if (!take_time(rule.daylight.seconds)) return std::nullopt;
            rule.daylight.seconds = -rule.daylight.seconds;
        }
        if (!take_change(rule.begin) || !take_change(rule.end) || !rest_.empty())
            return std::nullopt;
        return rule;
    }

  private:
    bool take(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool take_number(int& value, int most) {
        auto number = parse_number<int>(take_digits(rest_));
        if (!number || *number > most) return false;
        value = *number;
        return true;
    }
    // "CET" or "<+0330>"
    bool take_name() {
        auto size = rest_.starts_with('<') ? rest_.find('>') : rest_.find_first_of("+-,0123456789");
        if (size == std::string_view::npos) size = rest_.size();
        if (size < 3) return false;
        rest_.remove_prefix(size);
        take('>');
        return true;
    }
    // "-1", "10:30", "-5:30:15"
    bool take_time(int& seconds) {
        bool negative = take('-');
        if (!negative) take('+');
        int hours = 0, minutes = 0, rest = 0;
        if (!take_number(hours, 167)) return false;
        if (take(':') && (!take_number(minutes, 59) || (take(':') && !take_number(rest, 59))))
            return false;
        seconds = (hours * 60 + minutes) * 60 + rest;
        if (negative) seconds = -seconds;
        return true;
    }
    // ",M3.5.0", ",J59", ",58", with "/TIME"
    bool take_change(YearlyChange& change) {
        if (!take(',')) return false;
        if (take('M')) {
            if (!take_number(change.month, 12) || !take('.') || !take_number(change.week, 5) ||
                !take('.') || !take_number(change.day, 6) || change.month < 1 || change.week < 1)
                return false;
        } else {
            change.form = take('J') ? YearlyChange::Day::Julian : YearlyChange::Day::ZeroBased;
            if (!take_number(change.day, 365)) return false;
        }
        return !take('/') || take_time(change.seconds);
    }

    std::string_view rest_;
};

TimeZone TimeZone::local() {
    tzset();
    TimeZone zone;
    zone.kind_ = Kind::Local;
    return zone;
}

TimeZone TimeZone::from_file(std::string_view bytes) {
    TimeZone zone;
    return zone.read(bytes) ? zone : TimeZone{};
}

bool TimeZone::read(std::string_view bytes) {
    TzifReader reader(bytes);
    char version = 0;
    auto header = take_header(reader, version);
    if (!header || !reader.has(header->size(4))) return false;
    bool wide = version >= '2'; // the times of the first part have 32 bits, a second has them in 64
    if (wide) {
        reader.skip(header->size(4));
        header = take_header(reader, version);
        if (!header || !reader.has(header->size(8))) return false;
    }
    if (header->offsets == 0 || header->offsets > 256) return false;
    auto end = reader.rest().substr(header->size(wide ? 8 : 4));

    transitions_.reserve(header->transitions);
    for (size_t i = 0; i < header->transitions; ++i)
        transitions_.push_back(wide ? reader.take<8>() : reader.take<4>());
    if (!std::ranges::is_sorted(transitions_)) return false;
    types_.reserve(header->transitions);
    for (size_t i = 0; i < header->transitions; ++i) {
        types_.push_back(static_cast<uint8_t>(reader.take<1>()));
        if (types_.back() >= header->offsets) return false;
    }
    offsets_.reserve(header->offsets);
    for (size_t i = 0; i < header->offsets; ++i) {
        auto seconds = static_cast<int>(reader.take<4>());
        if (seconds < -7 * day_seconds || seconds > 7 * day_seconds) return false;
        offsets_.push_back({seconds, reader.take<1>() != 0});
        reader.skip(1); // where its name begins
    }
    auto standard = std::ranges::find(offsets_, false, &Offset::dst);
    before_ = standard == offsets_.end() ? offsets_.front() : *standard;
    if (end.size() >= 2 && end.front() == '\n')
        rule_ = RuleReader(end.substr(1, end.find('\n', 1) - 1)).read();
    kind_ = Kind::File;
    return true;
}

int64_t TimeZone::moment_of(const YearlyChange& change, int year, int offset) {
    auto first = clock_reading({year, 1, 1, 0, 0, 0});
    bool leap_year = std::chrono::year(year).is_leap();
    int day = change.day; // of the year, from 0
    if (change.form == YearlyChange::Day::Julian)
        day -= leap_year && change.day >= 60 ? 0 : 1; // it never counts February 29
    if (change.form == YearlyChange::Day::Weekday) {
        auto month = clock_reading({year, change.month, 1, 0, 0, 0});
        auto length = (clock_reading({year, change.month + 1, 1, 0, 0, 0}) - month) / day_seconds;
        auto weekday = (month / day_seconds + 4) % 7; // the epoch was a Thursday
        auto in_month = (change.day - weekday + 7) % 7 + (change.week - 1) * 7;
        if (in_month >= length) in_month -= 7;
        day = static_cast<int>((month - first) / day_seconds + in_month);
    }
    return first + day * day_seconds + change.seconds - offset;
}

TimeZone::Offset TimeZone::offset_by_rule(int64_t moment) const {
    if (!rule_->has_daylight) return rule_->standard;
    int year = civil_time(moment)[0];
    auto begin = moment_of(rule_->begin, year, rule_->standard.seconds);
    auto end = moment_of(rule_->end, year, rule_->daylight.seconds);
    // South of the equator it ends earlier in a year than it begins.
    bool daylight = begin > end ? moment < end || moment >= begin : moment >= begin && moment < end;
    return daylight ? rule_->daylight : rule_->standard;
}

TimeZone::Offset TimeZone::offset_at(int64_t moment) const {
    if (kind_ == Kind::Utc) return {};
    if (kind_ == Kind::Local) {
        time_t seconds = moment;
        std::tm time{};
        if (!localtime_r(&seconds, &time)) return {};
        return {static_cast<int>(time.tm_gmtoff), time.tm_isdst > 0};
    }
    if (transitions_.empty() || moment < transitions_.front()) return before_;
    if (moment >= transitions_.back() && rule_) return offset_by_rule(moment);
    auto next = std::ranges::upper_bound(transitions_, moment);
    return offsets_[types_[static_cast<size_t>(next - transitions_.begin()) - 1]];
}

Result<std::string> read_time_zone(std::string_view name, std::string_view directory) {
    Error error{EINVAL, cat("Not a time zone: ", name), {}};
    if (name.empty() || name.starts_with('/') || name.ends_with('/') || name.size() >= PATH_MAX ||
        name.find("//") != std::string_view::npos)
        return error;
    for (char c : name) {
        bool good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    c == '-' || c == '_' || c == '+' || c == '/';
        if (!good) return error;
    }
    auto data = read_file(cat(directory, "/", name));
    if (!data || !data->starts_with("TZif")) return error;
    return data;
}

TimeZones& known_time_zones() {
    static TimeZones zones;
    return zones;
}

const TimeZone* TimeZones::find(std::string_view name) {
    auto known = known_.find(name);
    if (known != known_.end()) return known->second.get();
    auto bytes = read_time_zone(name, directory_);
    if (!bytes) return nullptr;
    auto zone = std::make_unique<TimeZone>(TimeZone::from_file(*bytes));
    return known_.emplace(std::string(name), std::move(zone)).first->second.get();
}

} // namespace sctl
