// Points in time as text (systemd.time(7), "Parsing Timestamps"): "Sun 2026-11-22 15:27:57 UTC".
// The local time zone is that of /etc/localtime or $TZ; reading one with another zone at its end
// sets $TZ for as long as the call takes, so there must be no second thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace sctl {

// "9999-12-30 23:59:59 UTC": beyond it years have five digits somewhere.
inline constexpr Span latest_timestamp = std::chrono::seconds(253402214399);

enum class TimestampStyle : uint8_t { Pretty, Microseconds, Utc, UtcMicroseconds, Date, Unix };

// "" for a moment that is not set (zero or infinity).
[[nodiscard]] std::string format_timestamp(Span realtime,
                                           TimestampStyle style = TimestampStyle::Pretty);
// "5min 3s ago", "2 days left", "now"; "" where `realtime` is not set.
[[nodiscard]] std::string format_timestamp_relative(Span realtime, Span now);
// Microseconds since the epoch. What is relative ("today", "+5min", "18:42") is so to `now`.
[[nodiscard]] Result<Span> parse_timestamp(std::string_view text, Span now);

} // namespace sctl
