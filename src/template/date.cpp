#include "template/date.hpp"

#include <cstdio>
#include <cstdlib>

#include "base/text.hpp"
#include "template/print.hpp"

namespace sctl::jinja {
namespace {

constexpr int64_t second_in_microseconds = 1000000;

bool is_leap(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

String two_digits(const char* format, int a, int b) {
    char text[40];
    snprintf(text, sizeof text, format, a, b);
    return text;
}

String day_text(const Date& date) {
    char text[32];
    snprintf(text, sizeof text, "%04d-%02d-%02d", date.year, date.month, date.day);
    return text;
}

String time_text(const DateTime& time) {
    char text[64];
    int end = snprintf(text, sizeof text, "%02d:%02d:%02d", time.hour, time.minute, time.second);
    if (time.microsecond != 0)
        snprintf(text + end, sizeof text - static_cast<size_t>(end), ".%06d", time.microsecond);
    String out = text;
    if (time.offset) out += offset_text(*time.offset);
    return out;
}

String zone_repr(int offset) {
    if (offset == 0) return "datetime.timezone.utc";
    String delta;
    if (offset < 0) delta = "days=-1, ";
    int seconds = offset < 0 ? offset + 86400 : offset;
    return joined("datetime.timezone(datetime.timedelta(", delta, "seconds=", seconds, "))");
}

// The zone of a datetime: what `tzinfo` gives.
struct Zone : Object {
    explicit Zone(int offset) : offset(offset) {}
    std::string_view type_name() const override { return "timezone"; }
    std::string_view qualified_type_name() const override { return "datetime.timezone"; }
    void repr(String& out) const override { out += zone_repr(offset); }
    void to_str(String& out) const override {
        out += "UTC";
        if (offset != 0) out += offset_text(offset);
    }
    bool equals(const Object& other) const override {
        auto* zone = dynamic_cast<const Zone*>(&other);
        return zone && zone->offset == offset;
    }
    uint64_t hash() const override { return static_cast<uint64_t>(offset); }
    const int offset;
};

} // namespace

String offset_text(int offset) {
    int seconds = std::abs(offset);
    String out(1, offset < 0 ? '-' : '+');
    out += two_digits("%02d:%02d", seconds / 3600, seconds / 60 % 60);
    if (seconds % 60 != 0) out += two_digits(":%02d", seconds % 60, 0);
    return out;
}

int days_of_month(int year, int month) {
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

int64_t day_number(int year, int month, int day) {
    int64_t before = year - 1;
    int64_t days = before * 365 + before / 4 - before / 100 + before / 400;
    for (int i = 1; i < month; i++) days += days_of_month(year, i);
    return days + day;
}

void Date::repr(String& out) const {
    out += joined("datetime.date(", year, ", ", month, ", ", day, ")");
}

void Date::to_str(String& out) const {
    out += day_text(*this);
}

Value Date::attribute(std::string_view name) {
    if (name == "year") return Value(int64_t{year});
    if (name == "month") return Value(int64_t{month});
    if (name == "day") return Value(int64_t{day});
    return Value::missing();
}

bool Date::equals(const Object& other) const {
    auto* date = dynamic_cast<const Date*>(&other);
    return date && !dynamic_cast<const DateTime*>(date) && year == date->year &&
           month == date->month && day == date->day;
}

uint64_t Date::hash() const {
    return static_cast<uint64_t>(day_number(year, month, day));
}

int Date::compare(const Object& other) const {
    auto* date = dynamic_cast<const Date*>(&other);
    if (!date) return unordered;
    if (dynamic_cast<const DateTime*>(date))
        type_error("can't compare datetime.datetime to datetime.date");
    int64_t mine = day_number(year, month, day);
    int64_t its = day_number(date->year, date->month, date->day);
    return mine < its ? -1 : mine > its;
}

void DateTime::repr(String& out) const {
    out += joined("datetime.datetime(", year, ", ", month, ", ", day, ", ", hour, ", ", minute);
    if (second != 0 || microsecond != 0) out += joined(", ", second);
    if (microsecond != 0) out += joined(", ", microsecond);
    if (offset) out += joined(", tzinfo=", zone_repr(*offset));
    out += ')';
}

void DateTime::to_str(String& out) const {
    out += isoformat(' ');
}

String DateTime::isoformat(char separator) const {
    return joined(day_text(*this), separator, time_text(*this));
}

Value DateTime::attribute(std::string_view name) {
    if (name == "hour") return Value(int64_t{hour});
    if (name == "minute") return Value(int64_t{minute});
    if (name == "second") return Value(int64_t{second});
    if (name == "microsecond") return Value(int64_t{microsecond});
    if (name == "fold") return Value(int64_t{0});
    if (name == "tzinfo") return offset ? Value(new Zone(*offset)) : Value();
    return Date::attribute(name);
}

int64_t DateTime::microseconds() const {
    constexpr int64_t epoch = 719163;
    int64_t seconds =
        (day_number(year, month, day) - epoch) * 86400 + hour * 3600 + minute * 60 + second;
    return (seconds - offset.value_or(0)) * second_in_microseconds + microsecond;
}

bool DateTime::equals(const Object& other) const {
    auto* time = dynamic_cast<const DateTime*>(&other);
    return time && offset.has_value() == time->offset.has_value() &&
           microseconds() == time->microseconds();
}

uint64_t DateTime::hash() const {
    return static_cast<uint64_t>(microseconds()) * 0x9e3779b97f4a7c15;
}

int DateTime::compare(const Object& other) const {
    auto* time = dynamic_cast<const DateTime*>(&other);
    if (!time) {
        if (dynamic_cast<const Date*>(&other))
            type_error("can't compare datetime.datetime to datetime.date");
        return unordered;
    }
    if (offset.has_value() != time->offset.has_value())
        type_error("can't compare offset-naive and offset-aware datetimes");
    int64_t mine = microseconds(), its = time->microseconds();
    return mine < its ? -1 : mine > its;
}

Value date(int year, int month, int day) {
    if (year < 1 || year > 9999) value_error({"year ", year, " is out of range"});
    if (month < 1 || month > 12) value_error("month must be in 1..12");
    if (day < 1 || day > days_of_month(year, month)) value_error("day is out of range for month");
    return Value(new Date(year, month, day));
}

Value datetime(int year, int month, int day, int hour, int minute, int second, int microsecond,
               std::optional<int> offset) {
    (void)date(year, month, day);
    if (hour < 0 || hour > 23) value_error("hour must be in 0..23");
    if (minute < 0 || minute > 59) value_error("minute must be in 0..59");
    if (second < 0 || second > 59) value_error("second must be in 0..59");
    if (microsecond < 0 || microsecond > 999999) value_error("microsecond must be in 0..999999");
    if (offset && std::abs(*offset) >= 86400)
        value_error(
            "offset must be a timedelta strictly between -timedelta(hours=24) and "
            "timedelta(hours=24).");
    return Value(new DateTime(year, month, day, hour, minute, second, microsecond, offset));
}

} // namespace sctl::jinja
