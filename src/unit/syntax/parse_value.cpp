#include "unit/syntax/parse_value.hpp"

#include <sched.h>
#include <syslog.h>

#include <climits>
#include <cstring>
#include <span>
#include <utility>

#include "base/files.hpp"

namespace sctl {
namespace {

struct NamedNumber {
    std::string_view name;
    int number;
};

constexpr NamedNumber scheduling_policies[] = {
    {"other", SCHED_OTHER}, {"batch", SCHED_BATCH}, {"idle", SCHED_IDLE},
    {"fifo", SCHED_FIFO},   {"rr", SCHED_RR},
};
constexpr NamedNumber io_classes[] = {
    {"none", 0}, {"realtime", 1}, {"best-effort", 2}, {"idle", 3}};
constexpr NamedNumber log_levels[] = {
    {"emerg", LOG_EMERG},     {"alert", LOG_ALERT},   {"crit", LOG_CRIT}, {"err", LOG_ERR},
    {"warning", LOG_WARNING}, {"notice", LOG_NOTICE}, {"info", LOG_INFO}, {"debug", LOG_DEBUG},
};
constexpr NamedNumber log_facilities[] = {
    {"kern", LOG_KERN},     {"user", LOG_USER},         {"mail", LOG_MAIL},
    {"daemon", LOG_DAEMON}, {"auth", LOG_AUTH},         {"syslog", LOG_SYSLOG},
    {"lpr", LOG_LPR},       {"news", LOG_NEWS},         {"uucp", LOG_UUCP},
    {"cron", LOG_CRON},     {"authpriv", LOG_AUTHPRIV}, {"ftp", LOG_FTP},
    {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1},     {"local2", LOG_LOCAL2},
    {"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4},     {"local5", LOG_LOCAL5},
    {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7},
};

Error invalid(std::string_view text) {
    return Error{EINVAL, cat("Invalid value: ", text), {}};
}
Error out_of_range(std::string_view text) {
    return Error{ERANGE, cat("Value out of range: ", text), {}};
}

struct Magnitude {
    bool negative;
    uint64_t value;
};

// Sign and number as strtoull(3) reads them, with "0b" and "0o" known as well. `base` 0: as the
// prefix says.
Result<Magnitude> parse_magnitude(std::string_view text, int base) {
    auto digits = trim_start(text);
    bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    static constexpr std::pair<std::string_view, int> prefixes[] = {
        {"0x", 16}, {"0X", 16}, {"0b", 2}, {"0o", 8}};
    for (auto [prefix, prefix_base] : prefixes) {
        if (base != 0 || !digits.starts_with(prefix)) continue;
        base = prefix_base;
        digits.remove_prefix(2);
    }
    if (base == 0) base = digits.size() > 1 && digits.front() == '0' ? 8 : 10;

    uint64_t value = 0;
    auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (failed == std::errc::invalid_argument || end != digits.data() + digits.size())
        return invalid(text);
    if (failed != std::errc{}) return out_of_range(text);
    return Magnitude{negative, value};
}

Result<int> parse_named(std::string_view text, std::span<const NamedNumber> names, int maximum) {
    for (const auto& [name, number] : names) {
        if (name == text) return number;
    }
    return parse_integer<int>(text, 0, maximum);
}

struct SizeUnit {
    std::string_view suffix;
    unsigned power; // of the base
};
// From large to small, the order in which they may follow each other; no suffix counts bytes.
constexpr SizeUnit size_units[] = {{"E", 6}, {"P", 5}, {"T", 4}, {"G", 3},
                                   {"M", 2}, {"K", 1}, {"B", 0}, {"", 0}};

// One number of a size, such as "11.5".
struct SizeNumber {
    uint64_t whole = 0;
    double fraction = 0;
};

// Takes it off `rest`; 0 or an errno value.
int take_size_number(std::string_view& rest, SizeNumber& number) {
    bool negative = rest.starts_with('-');
    if (negative || rest.starts_with('+')) rest.remove_prefix(1);
    auto whole = take_digits(rest);
    if (whole.empty()) return EINVAL;
    if (negative) return ERANGE;
    auto value = parse_number<uint64_t>(whole);
    if (!value) return ERANGE;
    number.whole = *value;
    if (!rest.starts_with('.')) return 0;
    rest.remove_prefix(1); // "10.M" is fine
    auto fraction = take_digits(rest);
    for (char digit : fraction) number.fraction = number.fraction * 10 + (digit - '0');
    // One division after the other, so that rounding falls as it does in systemd.
    for (size_t i = 0; i < fraction.size(); ++i) number.fraction /= 10;
    return 0;
}

// "12.25" in units of 10^-places; no more places than that.
Result<int> parse_fixed(std::string_view text, int places) {
    auto dot = text.find('.');
    std::string digits(text.substr(0, dot));
    if (dot != std::string_view::npos) {
        auto fraction = text.substr(dot + 1);
        if (fraction.empty() || fraction.size() > static_cast<size_t>(places)) return invalid(text);
        digits += fraction;
        places -= static_cast<int>(fraction.size());
    }
    auto value = parse_number<int>(digits);
    if (!value) return invalid(text);
    int64_t scaled = *value;
    for (; places > 0; --places) scaled *= 10;
    if (scaled < 0 || scaled > INT_MAX) return out_of_range(text);
    return static_cast<int>(scaled);
}

} // namespace

Result<bool> parse_boolean(std::string_view text) {
    for (std::string_view yes : {"1", "yes", "y", "true", "t", "on"}) {
        if (equal_ignoring_case(text, yes)) return true;
    }
    for (std::string_view no : {"0", "no", "n", "false", "f", "off"}) {
        if (equal_ignoring_case(text, no)) return false;
    }
    return Error{EINVAL, cat("Not a boolean: ", text), {}};
}

Result<int64_t> parse_signed(std::string_view text, int64_t minimum, int64_t maximum) {
    auto number = parse_magnitude(text, 0);
    if (!number) return number.error();
    // Two's complement has one more number below zero than above.
    uint64_t largest = uint64_t{INT64_MAX} + (number->negative ? 1 : 0);
    if (number->value > largest) return out_of_range(text);
    auto value = static_cast<int64_t>(number->negative ? 0 - number->value : number->value);
    if (value < minimum || value > maximum) return out_of_range(text);
    return value;
}

Result<uint64_t> parse_unsigned(std::string_view text, uint64_t maximum) {
    auto number = parse_magnitude(text, 0);
    if (!number) return number.error();
    if ((number->negative && number->value != 0) || number->value > maximum)
        return out_of_range(text);
    return number->value;
}

Result<uint64_t> parse_size(std::string_view text, SizeBase base) {
    auto failure = [&](int code) { return code == ERANGE ? out_of_range(text) : invalid(text); };
    auto rest = text;
    uint64_t total = 0;
    size_t unit = 0;
    do {
        rest = trim_start(rest);
        SizeNumber number;
        if (int code = take_size_number(rest, number)) return failure(code);
        rest = trim_start(rest);
        while (unit < std::size(size_units) && !rest.starts_with(size_units[unit].suffix)) ++unit;
        if (unit == std::size(size_units)) return invalid(text);

        uint64_t factor = 1;
        for (unsigned i = 0; i < size_units[unit].power; ++i) factor *= static_cast<unsigned>(base);
        uint64_t largest = UINT64_MAX / factor;
        if (number.whole > largest || (number.fraction > 0 && number.whole == largest))
            return out_of_range(text);
        uint64_t value = number.whole * factor +
                         static_cast<uint64_t>(number.fraction * static_cast<double>(factor));
        if (value > UINT64_MAX - total) return out_of_range(text);
        total += value;
        rest.remove_prefix(size_units[unit].suffix.size());
        ++unit;
    } while (!rest.empty());
    return total;
}

Result<mode_t> parse_mode(std::string_view text) {
    auto digits = trim_start(text);
    if (digits.starts_with('+') || digits.starts_with('-')) return invalid(text);
    auto number = parse_magnitude(digits, 8);
    if (!number) return number.error();
    if (number->value > 07777) return out_of_range(text);
    return static_cast<mode_t>(number->value);
}

Result<int> parse_permyriad(std::string_view text, bool unbounded) {
    static constexpr std::pair<std::string_view, int> signs[] = {
        {"%", 2}, {"\u2030", 1}, {"\u2031", 0}};
    for (auto [sign, places] : signs) {
        if (!text.ends_with(sign)) continue;
        auto share = parse_fixed(text.substr(0, text.size() - sign.size()), places);
        if (share && *share > 10000 && !unbounded) return out_of_range(text);
        return share;
    }
    return invalid(text);
}

Result<int> parse_percent(std::string_view text, bool unbounded) {
    if (!text.ends_with('%')) return invalid(text);
    return parse_integer<int>(text.substr(0, text.size() - 1), 0, unbounded ? INT_MAX : 100);
}

Result<pid_t> parse_pid(std::string_view text) {
    return parse_integer<pid_t>(text, 1);
}
Result<int> parse_nice(std::string_view text) {
    return parse_integer<int>(text, -20, 19);
}
Result<int> parse_oom_score_adjust(std::string_view text) {
    return parse_integer<int>(text, -1000, 1000);
}

Result<int> parse_errno(std::string_view text) {
    constexpr int largest_name = 133; // EHWPOISON
    for (int code = 1; code <= largest_name; ++code) {
        const char* name = strerrorname_np(code);
        if (name && text == name) return code;
    }
    // Second names of the same numbers.
    static constexpr NamedNumber others[] = {{"EWOULDBLOCK", EWOULDBLOCK},
                                             {"EDEADLOCK", EDEADLOCK},
                                             {"ENOTSUP", ENOTSUP},
                                             {"EOPNOTSUPP", EOPNOTSUPP}};
    return parse_named(text, others, 4095);
}

Result<std::string> parse_path(std::string_view text) {
    if (!is_valid_utf8(text) || text.find('\0') != std::string_view::npos)
        return Error{EINVAL, cat("Path is not UTF-8 clean: ", text), {}};
    if (!text.starts_with('/')) return Error{EINVAL, cat("Path is not absolute: ", text), {}};
    auto path = simplify_path(text);
    bool too_long = path.size() >= PATH_MAX;
    for (auto part : split(path, "/")) too_long = too_long || part.size() > NAME_MAX;
    if (too_long) return Error{ENAMETOOLONG, cat("Path is too long: ", text), {}};
    return path;
}

Result<int> parse_cpu_scheduling_policy(std::string_view text) {
    return parse_named(text, scheduling_policies, INT_MAX);
}

Result<int> parse_io_scheduling_class(std::string_view text) {
    return parse_named(text, io_classes, 3);
}

Result<int> parse_io_priority(std::string_view text) {
    return parse_integer<int>(text, 0, 7);
}

Result<int> parse_log_level(std::string_view text) {
    return parse_named(text, log_levels, 7);
}

Result<int> parse_log_facility(std::string_view text) {
    for (const auto& [name, number] : log_facilities) {
        if (name == text) return number;
    }
    auto number = parse_integer<int>(text, 0, 23);
    if (!number) return number;
    return *number << 3;
}

} // namespace sctl
