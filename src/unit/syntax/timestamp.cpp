#include "unit/syntax/timestamp.hpp"

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <optional>

#include "base/text.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/values/time_zone.hpp"

namespace sctl {
namespace {

constexpr int64_t usec_per_sec = 1000000;

constexpr std::string_view weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::string_view long_weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                              "Thursday", "Friday", "Saturday"};

Error no_timestamp(std::string_view text) {
    return Error{EINVAL, cat("Not a timestamp: ", text), {}};
}

bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
    return text.size() >= end.size() &&
           equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

// Makes a zone the local one while it lives.
class ZoneScope {
  public:
    explicit ZoneScope(std::string_view zone) {
        if (const char* old = getenv("TZ")) old_ = old;
        setenv("TZ", cat(':', zone).c_str(), 1);
        tzset();
    }
    ZoneScope(const ZoneScope&) = delete;
    ZoneScope& operator=(const ZoneScope&) = delete;
    ~ZoneScope() {
        if (old_)
            setenv("TZ", old_->c_str(), 1);
        else
            unsetenv("TZ");
        tzset();
    }

  private:
    std::optional<std::string> old_;
};

std::string two_digits(int value) {
    auto digits = cat(value);
    return digits.size() < 2 ? cat('0', digits) : digits;
}

class TimestampReader {
  public:
    TimestampReader(std::string_view text, Span now, bool other_zone)
        : text_(text), rest_(text), now_(now), other_zone_(other_zone) {}

    Result<Span> read();

  private:
    // "now", "+5min", "@1395716396", "5min ago": what needs no calendar.
    std::optional<Result<Span>> relative() const;
    void take_zone();
    void take_weekday();
    // Reads the rest as a date, a time or both into time_ and fraction_.
    bool take_date_and_time();
    bool take_form(const char* form, bool midnight);
    bool take_fraction(std::string_view digits);

    std::string_view text_, rest_;
    Span now_;
    bool other_zone_;
    bool utc_ = false;
    std::optional<int> weekday_;
    std::tm time_{};
    Span fraction_{};
};

std::optional<Result<Span>> TimestampReader::relative() const {
    auto shifted = [&](std::string_view length, int direction) -> Result<Span> {
        auto span = parse_span(length);
        if (!span) return span.error();
        if (direction > 0) return add_saturating(now_, *span);
        return *span > now_ ? Span{} : now_ - *span;
    };
    if (text_ == "now") return now_;
    if (text_.starts_with('@')) return parse_span(text_.substr(1));
    if (text_.starts_with('+')) return shifted(text_.substr(1), 1);
    if (text_.starts_with('-')) return shifted(text_.substr(1), -1);
    if (text_.ends_with(" ago")) return shifted(text_.substr(0, text_.size() - 4), -1);
    if (text_.ends_with(" left")) return shifted(text_.substr(0, text_.size() - 5), 1);
    return std::nullopt;
}

void TimestampReader::take_zone() {
    if (ends_with_ignoring_case(rest_, " UTC")) {
        utc_ = true;
        rest_.remove_suffix(4);
        return;
    }
    tzset();
    for (int i = 0; i < 2; ++i) {
        auto suffix = cat(' ', static_cast<const char*>(tzname[i]));
        if (suffix.size() == 1 || !ends_with_ignoring_case(rest_, suffix)) continue;
        rest_.remove_suffix(suffix.size());
        return;
    }
}

void TimestampReader::take_weekday() {
    for (int i = 0; i < 7; ++i) {
        for (auto name : {long_weekdays[i], weekdays[i]}) {
            if (rest_.size() <= name.size() || rest_[name.size()] != ' ' ||
                !equal_ignoring_case(rest_.substr(0, name.size()), name))
                continue;
            weekday_ = i;
            rest_.remove_prefix(name.size() + 1);
            return;
        }
    }
}

bool TimestampReader::take_fraction(std::string_view digits) {
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
        return false;
    int64_t value = 0;
    for (size_t i = 0; i < 6; ++i) value = value * 10 + (i < digits.size() ? digits[i] - '0' : 0);
    if (digits.size() > 6 && digits[6] >= '5') ++value;
    fraction_ = Span(value);
    return true;
}

bool TimestampReader::take_form(const char* form, bool midnight) {
    std::tm time = time_;
    std::string text(rest_);
    const char* end = strptime(text.c_str(), form, &time);
    if (!end) return false;
    std::string_view left(end);
    if (!left.empty()) {
        bool seconds = std::string_view(form).ends_with("%S");
        if (!seconds || left.front() != '.' || !take_fraction(left.substr(1))) return false;
    }
    time_ = time;
    if (midnight) time_.tm_hour = time_.tm_min = 0;
    if (!std::string_view(form).ends_with("%S")) time_.tm_sec = 0;
    return true;
}

bool TimestampReader::take_date_and_time() {
    static constexpr std::pair<std::string_view, int> days[] = {
        {"today", 0}, {"yesterday", -1}, {"tomorrow", 1}};
    for (auto [name, shift] : days) {
        if (rest_ != name) continue;
        time_.tm_hour = time_.tm_min = time_.tm_sec = 0;
        time_.tm_mday += shift;
        return true;
    }
    take_weekday();
    struct Form {
        const char* text;
        bool midnight; // says the date only
    };
    static constexpr Form forms[] = {
        {"%y-%m-%d %H:%M:%S", false}, {"%Y-%m-%d %H:%M:%S", false}, {"%b %d %H:%M:%S", false},
        {"%y-%m-%d %H:%M", false},    {"%Y-%m-%d %H:%M", false},    {"%y-%m-%d", true},
        {"%Y-%m-%d", true},           {"%H:%M:%S", false},          {"%H:%M", false},
    };
    for (auto [form, midnight] : forms) {
        if (take_form(form, midnight)) return true;
    }
    return false;
}

Result<Span> TimestampReader::read() {
    if (!other_zone_) {
        if (auto moment = relative()) return *moment;
        take_zone();
    }
    time_t seconds = now_.count() / usec_per_sec;
    utc_ ? gmtime_r(&seconds, &time_) : localtime_r(&seconds, &time_);
    if (!take_date_and_time()) return no_timestamp(text_);
    time_.tm_isdst = -1;
    seconds = utc_ ? timegm(&time_) : mktime(&time_);
    if (seconds < 0 || (weekday_ && time_.tm_wday != *weekday_)) return no_timestamp(text_);
    if (seconds > latest_timestamp.count() / usec_per_sec) return no_timestamp(text_);
    return Span(seconds * usec_per_sec) + fraction_;
}

// "3 weeks 2 days": two numbers with their words.
std::string two_counts(int64_t a, std::string_view a_word, int64_t b, std::string_view b_word) {
    return cat(a, ' ', a_word, a == 1 ? "" : "s", ' ', b, ' ', b_word, b == 1 ? "" : "s");
}

std::string rough_length(int64_t length) {
    constexpr int64_t msec = 1000, second = 1000 * msec, minute = 60 * second, hour = 60 * minute,
                      day = 24 * hour, week = 7 * day, month = 2629800 * second,
                      year = 31557600 * second;
    if (length >= year) return two_counts(length / year, "year", length % year / month, "month");
    if (length >= month) return two_counts(length / month, "month", length % month / day, "day");
    if (length >= week) return two_counts(length / week, "week", length % week / day, "day");
    if (length >= 2 * day) return cat(length / day, " days");
    if (length >= 25 * hour) return cat("1 day ", (length - day) / hour, 'h');
    if (length >= 6 * hour) return cat(length / hour, 'h');
    if (length >= hour) return cat(length / hour, "h ", length % hour / minute, "min");
    if (length >= 5 * minute) return cat(length / minute, "min");
    if (length >= minute) return cat(length / minute, "min ", length % minute / second, 's');
    if (length >= second) return cat(length / second, 's');
    if (length >= msec) return cat(length / msec, "ms");
    return cat(length, "us");
}

} // namespace

std::string format_timestamp(Span realtime, TimestampStyle style) {
    if (realtime.count() <= 0 || realtime == infinity) return "";
    time_t seconds = realtime.count() / usec_per_sec;
    if (style == TimestampStyle::Unix) return cat('@', seconds);
    bool date_only = style == TimestampStyle::Date;
    if (realtime > latest_timestamp)
        return date_only ? "--- XXXX-XX-XX" : "--- XXXX-XX-XX XX:XX:XX";

    bool utc = style == TimestampStyle::Utc || style == TimestampStyle::UtcMicroseconds;
    std::tm time{};
    tzset();
    if (!(utc ? gmtime_r(&seconds, &time) : localtime_r(&seconds, &time))) return "";
    auto out = cat(weekdays[time.tm_wday], ' ', time.tm_year + 1900, '-',
                   two_digits(time.tm_mon + 1), '-', two_digits(time.tm_mday));
    if (date_only) return out;
    out += cat(' ', two_digits(time.tm_hour), ':', two_digits(time.tm_min), ':',
               two_digits(time.tm_sec));
    if (style == TimestampStyle::Microseconds || style == TimestampStyle::UtcMicroseconds)
        out += cat('.', cat(usec_per_sec + realtime.count() % usec_per_sec).substr(1));
    return cat(out, ' ', utc ? "UTC" : time.tm_zone);
}

std::string format_timestamp_relative(Span realtime, Span now) {
    if (realtime.count() <= 0 || realtime == infinity) return "";
    if (realtime == now) return "now";
    if (realtime < now) return cat(rough_length((now - realtime).count()), " ago");
    return cat(rough_length((realtime - now).count()), " left");
}

Result<Span> parse_timestamp(std::string_view text, Span now) {
    auto space = text.rfind(' ');
    auto zone = space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
    if (ends_with_ignoring_case(text, " UTC") || !read_time_zone(zone, zone_directory))
        return TimestampReader(text, now, false).read();
    ZoneScope scope(zone);
    return TimestampReader(text.substr(0, space), now, true).read();
}

} // namespace sctl
