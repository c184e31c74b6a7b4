// Lengths of time as people write them and systemd prints them: "1min 30s" (systemd.time(7),
// "Parsing Time Spans"). A month is 30.44 days and a year 365.25.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace sctl {

// Numbers without a unit are in `default_unit`. EINVAL for what is no span, ERANGE for a negative
// one or one that does not fit. "infinity" is infinity.
[[nodiscard]] Result<Span> parse_span(std::string_view text, Span default_unit = 1s);
// As for TimeoutStartSec= and its like, where zero means that there is no limit.
[[nodiscard]] Result<Span> parse_span_zero_is_infinity(std::string_view text);
// The empty text is infinity as well.
[[nodiscard]] Result<Span> parse_span_empty_is_infinity(std::string_view text);
// In nanoseconds, which numbers without a unit are in; UINT64_MAX is infinity.
[[nodiscard]] Result<uint64_t> parse_nanoseconds(std::string_view text);

// "1min 30s", "1.500s" with an accuracy of 1ms, "0", "infinity". What is shorter than `accuracy` is
// left out; zero leaves nothing out.
[[nodiscard]] std::string format_span(Span span, Span accuracy = {});

} // namespace sctl
