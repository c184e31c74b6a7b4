// datetime.date and datetime.datetime, which YAML's timestamps are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "template/value.hpp"

namespace sctl::jinja {

struct Date : Object {
    Date(int year, int month, int day) : year(year), month(month), day(day) {}
    [[nodiscard]] std::string_view type_name() const override { return "date"; }
    [[nodiscard]] std::string_view qualified_type_name() const override { return "datetime.date"; }
    void repr(String& out) const override;
    void to_str(String& out) const override;
    Value attribute(std::string_view name) override;
    [[nodiscard]] bool equals(const Object& other) const override;
    [[nodiscard]] uint64_t hash() const override;
    [[nodiscard]] int compare(const Object& other) const override;

    const int year, month, day;
};

// `offset` is that of its time zone in seconds east of UTC; without one it is "naive".
struct DateTime : Date {
    DateTime(int year, int month, int day, int hour, int minute, int second, int microsecond,
             std::optional<int> offset)
        : Date(year, month, day),
          hour(hour),
          minute(minute),
          second(second),
          microsecond(microsecond),
          offset(offset) {}
    [[nodiscard]] std::string_view type_name() const override { return "datetime"; }
    [[nodiscard]] std::string_view qualified_type_name() const override {
        return "datetime.datetime";
    }
    void repr(String& out) const override;
    void to_str(String& out) const override;
    Value attribute(std::string_view name) override;
    [[nodiscard]] bool equals(const Object& other) const override;
    [[nodiscard]] uint64_t hash() const override;
    [[nodiscard]] int compare(const Object& other) const override;
    [[nodiscard]] String isoformat(char separator) const;
    // Since 1970, the offset taken off.
    [[nodiscard]] int64_t microseconds() const;

    const int hour, minute, second, microsecond;
    const std::optional<int> offset;
};

// "+01:00"
[[nodiscard]] String offset_text(int offset);
[[nodiscard]] int days_of_month(int year, int month);
// 1 is the first of January of the year 1.
[[nodiscard]] int64_t day_number(int year, int month, int day);

// strftime()
[[nodiscard]] String format_date(const Date& date, std::string_view format);

// ValueError in Python's words where there is no such day or time.
[[nodiscard]] Value date(int year, int month, int day);
[[nodiscard]] Value datetime(int year, int month, int day, int hour, int minute, int second,
                             int microsecond, std::optional<int> offset);

} // namespace sctl::jinja
