// Attributes and methods of numbers and dates, and which table is whose.
#include <time.h>

#include <bit>
#include <cmath>
#include <cstdio>

#include "base/text.hpp"
#include "template/attributes.hpp"
#include "template/date.hpp"
#include "template/format.hpp"
#include "template/integer.hpp"
#include "template/objects.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/sorting.hpp"

namespace sctl::jinja {
namespace {

Value number_bit_length(Call& call) {
    Value magnitude = is_negative(call.self) ? negate(call.self) : positive(call.self);
    String bits = integer_text(magnitude, 2);
    return Value(bits == "0" ? int64_t{0} : static_cast<int64_t>(bits.size()));
}

Value number_bit_count(Call& call) {
    Value magnitude = is_negative(call.self) ? negate(call.self) : positive(call.self);
    int64_t count = 0;
    for (char bit : integer_text(magnitude, 2)) count += bit == '1';
    return Value(count);
}

Value number_conjugate(Call& call) {
    return positive(call.self);
}

Value float_is_integer(Call& call) {
    double number = call.self.real();
    return Value(std::isfinite(number) && number == std::trunc(number));
}

constexpr NativeRow int_rows[] = {
    {"bit_count", "int.bit_count", "", number_bit_count, 0, Native::C},
    {"bit_length", "int.bit_length", "", number_bit_length, 0, Native::C},
    {"conjugate", "int.conjugate", "", number_conjugate, 0, Native::C}};
constexpr NativeRow float_rows[] = {
    {"conjugate", "float.conjugate", "", number_conjugate, 0, Native::C},
    {"is_integer", "float.is_integer", "", float_is_integer, 0, Native::C}};

Value number_attribute(const Value& value, std::string_view name) {
    if (name == "real") return positive(value);
    if (name == "imag") return value.is(Kind::Float) ? Value(0.0) : Value(int64_t{0});
    if (value.is(Kind::Float)) return Value::missing();
    if (name == "numerator") return positive(value);
    return name == "denominator" ? Value(int64_t{1}) : Value::missing();
}

Date& date_of(const Call& call) {
    return *call.self.as<Date>();
}

int64_t weekday_of(const Date& date) {
    return (day_number(date.year, date.month, date.day) + 6) % 7;
}

Value date_isoformat(Call& call) {
    auto* time = call.self.as<DateTime>();
    if (!time) return str(to_str(call.self));
    String separator = call.a[0].is_missing() ? "T" : to_str(call.a[0]);
    return str(time->isoformat(separator.empty() ? 'T' : separator[0]));
}

Value date_weekday(Call& call) {
    return Value(weekday_of(date_of(call)));
}

Value date_isoweekday(Call& call) {
    return Value(weekday_of(date_of(call)) + 1);
}

Value date_toordinal(Call& call) {
    const Date& date = date_of(call);
    return Value(day_number(date.year, date.month, date.day));
}

Value date_date(Call& call) {
    const Date& date = date_of(call);
    return jinja::date(date.year, date.month, date.day);
}

Value date_timestamp(Call& call) {
    auto& time = *call.self.as<DateTime>();
    int64_t microseconds = time.microseconds();
    if (!time.offset) {
        // The local time of the machine.
        tm parts{};
        parts.tm_year = time.year - 1900;
        parts.tm_mon = time.month - 1;
        parts.tm_mday = time.day;
        parts.tm_hour = time.hour;
        parts.tm_min = time.minute;
        parts.tm_sec = time.second;
        parts.tm_isdst = -1;
        microseconds = int64_t{mktime(&parts)} * 1000000 + time.microsecond;
    }
    return Value(static_cast<double>(microseconds) / 1e6);
}

Value date_strftime(Call& call) {
    return str(format_date(date_of(call), to_str(call.a[0])));
}

// Parts that are not given stay.
Value date_replace(Call& call) {
    const Date& date = date_of(call);
    auto part = [&call](size_t index, int now) {
        return call.a[index].is_missing() ? now : static_cast<int>(as_index(call.a[index]));
    };
    int year = part(0, date.year), month = part(1, date.month), day = part(2, date.day);
    auto* time = call.self.as<DateTime>();
    if (!time) return jinja::date(year, month, day);
    return jinja::datetime(year, month, day, part(3, time->hour), part(4, time->minute),
                           part(5, time->second), part(6, time->microsecond), time->offset);
}

constexpr NativeRow date_rows[] = {
    {"date", "datetime.date", "", date_date, 0, Native::C},
    {"isoformat", "isoformat", "sep= ", date_isoformat, 0, Native::C},
    {"isoweekday", "date.isoweekday", "", date_isoweekday, 0, Native::C},
    {"replace", "replace", "year= month= day= hour= minute= second= microsecond= ", date_replace, 0,
     Native::C},
    {"strftime", "strftime", "format ", date_strftime, 0, Native::C},
    {"timestamp", "datetime.timestamp", "", date_timestamp, 0, Native::C},
    {"toordinal", "date.toordinal", "", date_toordinal, 0, Native::C},
    {"weekday", "date.weekday", "", date_weekday, 0, Native::C},
};
static_assert(is_sorted_by_name(date_rows));

} // namespace

String format_date(const Date& date, std::string_view format) {
    tm parts{};
    parts.tm_year = date.year - 1900;
    parts.tm_mon = date.month - 1;
    parts.tm_mday = date.day;
    parts.tm_wday = static_cast<int>((weekday_of(date) + 1) % 7);
    parts.tm_yday =
        static_cast<int>(day_number(date.year, date.month, date.day) - day_number(date.year, 1, 1));
    auto* time = dynamic_cast<const DateTime*>(&date);
    String own;
    if (time) {
        parts.tm_hour = time->hour;
        parts.tm_min = time->minute;
        parts.tm_sec = time->second;
    }
    // What C does not know.
    for (size_t i = 0; i < format.size(); i++) {
        char next = format[i] == '%' && i + 1 < format.size() ? format[i + 1] : '\0';
        if (next == 'f') {
            char digits[16];
            snprintf(digits, sizeof digits, "%06d", time ? time->microsecond : 0);
            own += digits;
        } else if (next == 'z' || next == 'Z') {
            String zone = time && time->offset ? offset_text(*time->offset) : "";
            if (next == 'z')
                std::erase(zone, ':');
            else if (!zone.empty())
                zone = *time->offset == 0 ? "UTC" : "UTC" + zone;
            own += zone;
        } else {
            own += format[i];
            if (next != '\0')
                own += next;
            else if (format[i] == '%' && i + 1 == format.size())
                own += '%';
        }
        i += next != '\0';
    }
    if (own.empty()) return own;
    char text[1024];
    size_t size = strftime(text, sizeof text, own.c_str(), &parts);
    return String(text, size);
}

void fail_attribute(const Value& value, std::string_view name) {
    if (value.is_undefined()) fail_undefined(value);
    if (value.as<Namespace>()) raise("AttributeError", name);
    raise("AttributeError", {"'", type_name(value), "' object has no attribute ", str_repr(name)});
}

bool is_lookup_error(const PythonError& error) {
    return error.type == "AttributeError" || error.type == "TypeError" ||
           error.type == "KeyError" || error.type == "IndexError" || error.type == "LookupError";
}

const NativeRow* find_number_method(const Value& value, std::string_view name) {
    return value.is(Kind::Float) ? find_row(float_rows, name) : find_row(int_rows, name);
}

const NativeRow* find_date_method(const Value& value, std::string_view name) {
    bool of_datetime = name == "date" || name == "timestamp";
    if (of_datetime && !value.as<DateTime>()) return nullptr;
    return find_row(date_rows, name);
}

Value python_attribute(const Value& value, std::string_view name) {
    const NativeRow* row = nullptr;
    Value found = Value::missing();
    switch (value.kind()) {
        case Kind::Bool:
        case Kind::Int:
        case Kind::BigInt:
        case Kind::Float:
            found = number_attribute(value, name);
            row = find_number_method(value, name);
            break;
        case Kind::Str: row = find_str_method(name); break;
        case Kind::Bytes: row = find_bytes_method(name); break;
        case Kind::List: row = find_list_method(name); break;
        case Kind::Tuple:
            if (dynamic_cast<Group*>(&value.object())) {
                if (name == "grouper") return value.items()[0];
                if (name == "list") return value.items()[1];
            }
            row = find_tuple_method(name);
            break;
        case Kind::Dict: row = find_dict_method(name); break;
        case Kind::Set: row = find_set_method(name); break;
        case Kind::Undefined:
            if (!name.starts_with("__")) fail_undefined(value);
            break;
        case Kind::Other:
            found = value.object().attribute(name);
            if (!found.is_missing()) break;
            if (value.as<Date>()) row = find_date_method(value, name);
            if (value.as<Range>()) row = find_range_method(name);
            break;
        default: break;
    }
    if (!found.is_missing() || !row) return found;
    return Value(new NativeFunction(*row, value));
}

} // namespace sctl::jinja
