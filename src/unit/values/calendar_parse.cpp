#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>

#include "base/text.hpp"
#include "unit/values/calendar.hpp"

namespace sctl {
namespace {

constexpr size_t longest_chain = 241;

struct Shorthand {
    std::string_view name, meaning;
};
constexpr Shorthand shorthands[] = {
    {"minutely", "*-*-* *:*:00"},
    {"hourly", "*-*-* *:00:00"},
    {"daily", "*-*-* 00:00:00"},
    {"weekly", "Mon *-*-* 00:00:00"},
    {"monthly", "*-*-01 00:00:00"},
    {"quarterly", "*-01,04,07,10-01 00:00:00"},
    {"biannually", "*-01,07-01 00:00:00"},
    {"bi-annually", "*-01,07-01 00:00:00"},
    {"semiannually", "*-01,07-01 00:00:00"},
    {"semi-annually", "*-01,07-01 00:00:00"},
    {"yearly", "*-01-01 00:00:00"},
    {"annually", "*-01-01 00:00:00"},
    {"anually", "*-01-01 00:00:00"}, // as systemd misspelled it once
};

struct Limits {
    int from, to;
};
constexpr Limits limits[calendar_parts] = {
    {1970, calendar_last_year}, {1, 12}, {1, 31}, {0, 23}, {0, 59}, {0, 60 * usec_per_second - 1}};

// Each function takes a part from the start of the text; where one returns false, code_ says why.
class CalendarReader {
  public:
    CalendarReader(std::string_view text, TimeZones& zones) : rest_(text), zones_(zones) {}

    bool read();
    CalendarSpec spec;
    [[nodiscard]] int code() const { return code_; }

  private:
    using enum CalendarPart;

    bool fail(int code = EINVAL) {
        code_ = code;
        return false;
    }
    [[nodiscard]] bool at(char c) const { return rest_.starts_with(c); }
    // Where a date ends.
    [[nodiscard]] bool at_end() const { return rest_.empty() || at(' '); }
    bool take(char c) {
        if (!at(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void take_zone();
    bool take_weekdays();
    bool take_weekday(int& weekday);
    bool take_date(bool& with_time);
    bool take_epoch_seconds();
    bool take_time();
    bool take_chain(CalendarChain& chain, bool seconds = false);
    bool take_component(CalendarComponent& component, bool seconds);
    bool take_value(int& value, bool seconds);
    bool take_fraction(uint64_t& value);

    std::string_view rest_;
    TimeZones& zones_;
    int code_ = 0;
};

bool CalendarReader::take_fraction(uint64_t& value) {
    auto digits = take_digits(rest_);
    if (digits.empty()) return fail();
    uint64_t fraction = 0;
    for (size_t i = 0; i < 6; ++i)
        fraction = fraction * 10 + (i < digits.size() ? static_cast<uint64_t>(digits[i] - '0') : 0);
    if (digits.size() > 6 && digits[6] >= '5') ++fraction;
    value += fraction;
    return true;
}

bool CalendarReader::take_value(int& value, bool seconds) {
    auto digits = take_digits(rest_);
    if (digits.empty()) return fail();
    auto number = parse_number<uint64_t>(digits);
    if (!number) return fail(ERANGE);
    if (seconds) {
        if (*number > UINT64_MAX / usec_per_second) return fail(ERANGE);
        *number *= usec_per_second;
        // ".." is a range.
        if (at('.') && !rest_.starts_with("..")) {
            take('.');
            if (!take_fraction(*number)) return false;
        }
    }
    if (*number > INT_MAX) return fail(ERANGE);
    value = static_cast<int>(*number);
    return true;
}

bool CalendarReader::take_component(CalendarComponent& component, bool seconds) {
    if (!take_value(component.start, seconds)) return false;
    if (rest_.starts_with("..")) {
        rest_.remove_prefix(2);
        if (!take_value(component.stop, seconds)) return false;
        component.repeat = seconds ? usec_per_second : 1;
    }
    if (take('/')) {
        if (!take_value(component.repeat, seconds)) return false;
        if (component.repeat == 0) return fail(ERANGE);
    } else if (seconds && component.stop >= 0 &&
               component.stop - component.start < component.repeat) {
        return fail();
    }
    return rest_.empty() || std::string_view(" ,-~:").find(rest_.front()) != std::string_view::npos
               ? true
               : fail();
}

bool CalendarReader::take_chain(CalendarChain& chain, bool seconds) {
    if (take('*')) {
        if (seconds) chain = {{0, -1, usec_per_second}};
        return true;
    }
    do {
        if (chain.size() == longest_chain) return fail(ENOBUFS);
        if (!take_component(chain.emplace_back(), seconds)) return false;
    } while (take(','));
    return true;
}

// The zone stands at the end: "UTC" in any case, a name of the local zone ("CEST"), a name of a
// file.
void CalendarReader::take_zone() {
    auto take_end = [this](std::string_view name) {
        if (name.empty() || rest_.size() <= name.size()) return false;
        auto before = rest_.size() - name.size();
        if (rest_[before - 1] != ' ' || !equal_ignoring_case(rest_.substr(before), name))
            return false;
        rest_ = rest_.substr(0, before - 1);
        return true;
    };
    if (take_end("UTC")) {
        spec.utc = true;
        return;
    }
    tzset();
    for (int dst : {0, 1}) {
        if (!take_end(tzname[dst])) continue;
        spec.dst = dst;
        return;
    }
    auto space = rest_.rfind(' ');
    if (space == std::string_view::npos) return;
    auto name = rest_.substr(space + 1);
    if (name != "UTC" && !zones_.find(name)) return;
    spec.zone = name;
    rest_ = rest_.substr(0, space);
}

// False, without a code, where there is none.
bool CalendarReader::take_weekday(int& weekday) {
    for (int i = 0; i < 7; ++i) {
        for (auto name : {calendar_weekdays[i], calendar_weekdays[i].substr(0, 3)}) {
            if (!equal_ignoring_case(rest_.substr(0, name.size()), name)) continue;
            auto after = rest_.substr(name.size());
            if (!after.empty() &&
                std::string_view("-.,: ").find(after.front()) == std::string_view::npos)
                continue;
            rest_ = after;
            weekday = i;
            return true;
        }
    }
    return false;
}

bool CalendarReader::take_weekdays() {
    uint8_t days = 0;
    int range_from = -1, day = 0;
    while (take_weekday(day)) {
        if (range_from > day) return fail();
        for (int i = range_from < 0 ? day : range_from; i <= day; ++i) days |= 1 << i;
        spec.weekdays = days;
        int first = day;
        bool in_range = range_from >= 0;
        range_from = -1;
        if (rest_.starts_with("..") || at('-')) {
            if (in_range) return fail();
            rest_.remove_prefix(at('-') ? 1 : 2);
            range_from = first;
        } else if (!take(',') && !at_end())
            return fail();
        if (!at_end()) continue;
        if (range_from >= 0) return fail(); // but a comma may be the last
        rest_ = trim_start(rest_, " ");
        return true;
    }
    return days == 0 ? true : fail();
}

// "@1493187147". The number is read as strtoul(3) does.
bool CalendarReader::take_epoch_seconds() {
    rest_ = trim_start(rest_, " \t\n\v\f\r");
    bool negative = take('-');
    if (!negative) take('+');
    auto digits = take_digits(rest_);
    if (digits.empty()) return fail();
    auto number = parse_number<uint64_t>(digits);
    if (!number) return fail(ERANGE);
    if (negative) *number = 0 - *number;
    // Years have 31 bits in gmtime(3).
    time_t seconds = static_cast<time_t>(*number);
    std::tm time{};
    if (!gmtime_r(&seconds, &time)) return fail(ERANGE);
    spec.utc = true;
    spec[Year] = {{time.tm_year + 1900}};
    spec[Month] = {{time.tm_mon + 1}};
    spec[Day] = {{time.tm_mday}};
    spec[Hour] = {{time.tm_hour}};
    spec[Minute] = {{time.tm_min}};
    spec[Second] = {{time.tm_sec * usec_per_second}};
    return true;
}

// "2012-10-15", "10-15", "*-02~03". `with_time` is false if the time has been said as well.
bool CalendarReader::take_date(bool& with_time) {
    if (take('@')) {
        with_time = false;
        return take_epoch_seconds();
    }
    auto start = rest_;
    CalendarChain chains[3];
    size_t count = 0;
    while (true) {
        if (!take_chain(chains[count])) return false;
        ++count;
        if (count == 1 && (rest_.empty() || at(':'))) { // it was the hour
            rest_ = start;
            return true;
        }
        if (count > 1 && at_end()) break;
        if (count == 3 || spec.end_of_month) return fail();
        if (take('~'))
            spec.end_of_month = true;
        else if (!take('-'))
            return fail();
    }
    rest_ = trim_start(rest_, " ");
    if (count == 3) spec[Year] = std::move(chains[0]);
    spec[Month] = std::move(chains[count - 2]);
    spec[Day] = std::move(chains[count - 1]);
    return true;
}

bool CalendarReader::take_time() {
    spec[Second] = {{0}};
    if (rest_.empty()) {
        spec[Hour] = spec[Minute] = {{0}};
        return true;
    }
    if (!take_chain(spec[Hour])) return false;
    if (!take(':')) return fail();
    if (!take_chain(spec[Minute])) return false;
    if (rest_.empty()) return true;
    if (!take(':')) return fail();
    spec[Second].clear();
    if (!take_chain(spec[Second], true)) return false;
    return rest_.empty() ? true : fail();
}

void complete_years(CalendarChain& years) {
    for (auto& component : years) {
        for (int* year : {&component.start, &component.stop}) {
            if (*year >= 0 && *year < 70) *year += 2000;
            if (*year >= 70 && *year < 100) *year += 1900;
        }
    }
}

// Sorted, without duplicates, and no range longer than its last repetition.
void normalize(CalendarChain& chain) {
    for (auto& component : chain) {
        auto& [start, stop, repeat] = component;
        if (stop > start && repeat > 0) stop -= (stop - start) % repeat;
        if (stop == start || (stop > start && repeat > 0 && start + repeat > stop))
            stop = -1, repeat = 0;
    }
    std::ranges::sort(chain);
    chain.erase(std::unique(chain.begin(), chain.end()), chain.end());
}

// Each must be able to come, and a repetition at least once. Days from the end of a month must be
// in every month; systemd takes three days more off for each further one of the list.
bool is_within(const CalendarChain& chain, Limits limit, bool from_end) {
    for (auto [start, stop, repeat] : chain) {
        if (from_end) limit.to -= 3;
        if (start < limit.from || start > limit.to || repeat > limit.to - limit.from) return false;
        // At least one repetition must be there too, if nothing says where they end.
        bool fits =
            from_end ? stop >= 0 || start - repeat >= limit.from : start + repeat <= limit.to;
        if (!fits) return false;
        if (stop >= 0 && (stop < start || stop > limit.to)) return false;
    }
    return true;
}

bool CalendarReader::read() {
    take_zone();
    if (rest_.empty()) return fail();
    auto shorthand = std::ranges::find_if(
        shorthands, [&](const auto& one) { return equal_ignoring_case(rest_, one.name); });
    if (shorthand != std::end(shorthands)) rest_ = shorthand->meaning;

    bool with_time = true;
    if (!take_weekdays()) return false;
    if (!rest_.empty() && !take_date(with_time)) return false;
    if (with_time ? !take_time() : !rest_.empty()) return fail(code_ ? code_ : EINVAL);

    if (spec.zone == "UTC") {
        spec.utc = true;
        spec.zone.clear();
    }
    if (spec[Day].empty()) spec.end_of_month = false;
    complete_years(spec[Year]);
    for (size_t i = 0; i < calendar_parts; ++i) {
        normalize(spec.chains[i]);
        bool from_end = spec.end_of_month && CalendarPart(i) == Day;
        if (!is_within(spec.chains[i], limits[i], from_end)) return fail();
    }
    return true;
}

} // namespace

Result<CalendarSpec> parse_calendar(std::string_view text, TimeZones& zones) {
    CalendarReader reader(text, zones);
    if (!reader.read())
        return errno_error(cat("Failed to parse calendar specification '", text, "'"),
                           reader.code());
    return std::move(reader.spec);
}

} // namespace sctl
