// Single values as settings have them: numbers, sizes, shares, modes, names of levels and classes.
// Lengths of time are in time_span.hpp, signals, exit statuses and limits in headers of their own.
// EINVAL is text that is no such value, ERANGE one that is too small or too large.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/text.hpp"

namespace sctl {

// "yes", "1", "true", "on", ... in any case.
[[nodiscard]] Result<bool> parse_boolean(std::string_view text);

// Numbers as C writes them: white space may precede, "0x", "0o", "0b" and a leading 0 say the base.
[[nodiscard]] Result<int64_t> parse_signed(std::string_view text, int64_t minimum, int64_t maximum);
[[nodiscard]] Result<uint64_t> parse_unsigned(std::string_view text, uint64_t maximum = UINT64_MAX);

// The same for a type and a range in it. Where text comes from the user, this and not parse_number.
template <std::integral T>
[[nodiscard]] Result<T> parse_integer(std::string_view text,
                                      T minimum = std::numeric_limits<T>::min(),
                                      T maximum = std::numeric_limits<T>::max()) {
    if constexpr (std::signed_integral<T>) {
        auto value = parse_signed(text, minimum, maximum);
        if (!value) return value.error();
        return static_cast<T>(*value);
    } else {
        auto value = parse_unsigned(text, maximum);
        if (!value) return value.error();
        if (*value < minimum) return Error{ERANGE, cat("Value out of range: ", text), {}};
        return static_cast<T>(*value);
    }
}

enum class SizeBase : uint16_t { Binary = 1024, Decimal = 1000 };
// "4M 11.5K": units from large to small, fractions allowed.
[[nodiscard]] Result<uint64_t> parse_size(std::string_view text, SizeBase base = SizeBase::Binary);

// Octal, at most 7777.
[[nodiscard]] Result<mode_t> parse_mode(std::string_view text);
// A share in ten thousandths: "12.25%", "122.5‰", "1225‱". At most 100 % unless `unbounded`.
[[nodiscard]] Result<int> parse_permyriad(std::string_view text, bool unbounded = false);
// A share in whole percent: "12%".
[[nodiscard]] Result<int> parse_percent(std::string_view text, bool unbounded = false);

[[nodiscard]] Result<pid_t> parse_pid(std::string_view text);
[[nodiscard]] Result<int> parse_nice(std::string_view text);             // -20 to 19
[[nodiscard]] Result<int> parse_oom_score_adjust(std::string_view text); // -1000 to 1000
// "EINVAL" or a number up to 4095.
[[nodiscard]] Result<int> parse_errno(std::string_view text);
// An absolute path of valid UTF-8, simplified. Whether ".." may be in it is the caller's to say.
[[nodiscard]] Result<std::string> parse_path(std::string_view text);

// sched_setscheduler(2), ioprio_set(2): names and numbers, as in systemd.exec(5).
[[nodiscard]] Result<int> parse_cpu_scheduling_policy(std::string_view text);
[[nodiscard]] Result<int> parse_io_scheduling_class(std::string_view text);
[[nodiscard]] Result<int> parse_io_priority(std::string_view text); // 0 to 7
// syslog(3): "info" and 0 to 7; "mail" and 0 to 23, the latter shifted as LOG_MAIL is.
[[nodiscard]] Result<int> parse_log_level(std::string_view text);
[[nodiscard]] Result<int> parse_log_facility(std::string_view text);

} // namespace sctl
