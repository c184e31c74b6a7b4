#include "unit/syntax/time_span.hpp"

#include <cerrno>
#include <charconv>

#include "base/text.hpp"

namespace sctl {
namespace {

constexpr uint64_t usec = 1, msec = 1000 * usec, second = 1000 * msec, minute = 60 * second,
                   hour = 60 * minute, day = 24 * hour, week = 7 * day, month = 2629800 * second,
                   year = 31557600 * second;

struct TimeUnit {
    std::string_view name;
    uint64_t usecs;
};

// The first that a text begins with counts, so that longer names stand before their beginnings.
constexpr TimeUnit units[] = {
    {"seconds", second}, {"second", second}, {"sec", second}, {"s", second},
    {"minutes", minute}, {"minute", minute}, {"min", minute}, {"months", month},
    {"month", month},    {"M", month},       {"msec", msec},  {"ms", msec},
    {"m", minute},       {"hours", hour},    {"hour", hour},  {"hr", hour},
    {"h", hour},         {"days", day},      {"day", day},    {"d", day},
    {"weeks", week},     {"week", week},     {"w", week},     {"years", year},
    {"year", year},      {"y", year},        {"usec", usec},  {"us", usec},
    {"\u03bcs", usec},   {"\u00b5s", usec},
};
constexpr std::string_view nanosecond_names[] = {"nsec", "ns"};

constexpr TimeUnit printed_units[] = {
    {"y", year},     {"month", month}, {"w", week},  {"d", day},   {"h", hour},
    {"min", minute}, {"s", second},    {"ms", msec}, {"us", usec},
};

Error no_span(int code, std::string_view text) {
    return Error{code, cat("Not a time span: ", text), {}};
}

// Reads spans as a number of ticks: microseconds, or nanoseconds with 1000 ticks to one of them.
class SpanReader {
  public:
    SpanReader(std::string_view text, uint64_t default_unit, uint64_t ticks_per_usec,
               uint64_t limit)
        : text_(text),
          rest_(text),
          default_unit_(default_unit),
          ticks_per_usec_(ticks_per_usec),
          limit_(limit) {}

    // UINT64_MAX for infinity.
    Result<uint64_t> read();

  private:
    // One number with its unit; 0 or an errno value.
    int take_term();
    uint64_t take_unit();
    int add(uint64_t count, uint64_t unit);

    std::string_view text_, rest_;
    uint64_t default_unit_, ticks_per_usec_, limit_;
    uint64_t total_ = 0;
};

Result<uint64_t> SpanReader::read() {
    rest_ = trim_start(rest_);
    if (rest_.starts_with("infinity")) {
        if (trim(rest_) != "infinity") return no_span(EINVAL, text_);
        return UINT64_MAX;
    }
    if (rest_.empty()) return no_span(EINVAL, text_);
    while (!rest_.empty()) {
        if (int code = take_term()) return no_span(code, text_);
        rest_ = trim_start(rest_);
    }
    return total_;
}

// The unit at the start of the rest, 0 if there is none.
uint64_t SpanReader::take_unit() {
    auto take = [&](std::string_view name) {
        bool found = rest_.starts_with(name);
        if (found) rest_.remove_prefix(name.size());
        return found;
    };
    for (const auto& unit : units) {
        if (take(unit.name)) return unit.usecs * ticks_per_usec_;
    }
    if (ticks_per_usec_ > 1) {
        for (auto name : nanosecond_names) {
            if (take(name)) return 1;
        }
    }
    return 0;
}

int SpanReader::add(uint64_t count, uint64_t unit) {
    if (count >= limit_ / unit || count * unit >= limit_ - total_) return ERANGE;
    total_ += count * unit;
    return 0;
}

int SpanReader::take_term() {
    if (rest_.front() == '-') return ERANGE;
    if (rest_.front() == '+') {
        rest_.remove_prefix(1);
        if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') return EINVAL;
    }
    auto whole = take_digits(rest_);
    std::string_view fraction;
    if (rest_.starts_with('.')) {
        rest_.remove_prefix(1);
        fraction = take_digits(rest_);
        if (fraction.empty()) return EINVAL;
    } else if (whole.empty()) {
        return EINVAL;
    }
    auto count = whole.empty() ? 0 : parse_number<int64_t>(whole);
    if (!count) return ERANGE;

    bool gap = rest_ != trim_start(rest_);
    rest_ = trim_start(rest_);
    uint64_t unit = take_unit();
    if (unit == 0) {
        if (!gap && !rest_.empty()) return EINVAL; // "12.34.56", but "12.34 .56" is fine
        unit = default_unit_;
    }
    if (int code = add(static_cast<uint64_t>(*count), unit)) return code;
    for (char digit : fraction) {
        unit /= 10;
        if (unit == 0) break;
        if (int code = add(static_cast<uint64_t>(digit - '0'), unit)) return code;
    }
    return 0;
}

// How often `value` can be divided by ten.
int decimals(uint64_t value) {
    int count = 0;
    for (; value > 1; value /= 10) ++count;
    return count;
}

} // namespace

Result<Span> parse_span(std::string_view text, Span default_unit) {
    auto ticks = SpanReader(text, static_cast<uint64_t>(default_unit.count()), 1, INT64_MAX).read();
    if (!ticks) return ticks.error();
    return *ticks == UINT64_MAX ? infinity : Span(static_cast<int64_t>(*ticks));
}

Result<Span> parse_span_zero_is_infinity(std::string_view text) {
    auto span = parse_span(text);
    if (span && span->count() == 0) return infinity;
    return span;
}

Result<Span> parse_span_empty_is_infinity(std::string_view text) {
    if (trim(text).empty()) return infinity;
    return parse_span(text);
}

Result<uint64_t> parse_nanoseconds(std::string_view text) {
    return SpanReader(text, 1, 1000, UINT64_MAX).read();
}

std::string format_span(Span span, Span accuracy) {
    if (span == infinity) return "infinity";
    if (span.count() <= 0) return "0";
    auto left = static_cast<uint64_t>(span.count());
    auto finest = static_cast<uint64_t>(accuracy.count());
    std::string out;
    for (const auto& unit : printed_units) {
        if (left == 0 || (left < finest && !out.empty())) break;
        if (left < unit.usecs) continue;
        if (!out.empty()) out += ' ';
        uint64_t count = left / unit.usecs;
        uint64_t rest = left % unit.usecs;
        out += cat(count);
        // Below a minute the rest is a decimal fraction, with as many places as the accuracy has.
        int places = decimals(unit.usecs) - decimals(finest);
        if (left < minute && rest > 0 && places > 0) {
            for (int i = 0; i < decimals(finest); ++i) rest /= 10;
            auto digits = cat(rest);
            out += '.';
            out.append(static_cast<size_t>(places) - digits.size(), '0');
            out += digits;
            rest = 0;
        }
        out += unit.name;
        left = rest;
    }
    return out;
}

} // namespace sctl
