// Versions in order, as the UAPI group's "Version Format Specification" and systemd have them:
// "1.10" after "1.9", "1~rc1" before "1", "1-2" a package's revision. And the operators of
// ConditionKernelVersion= and its like.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sctl {

// Below zero, zero, or above it, as `a` comes before, with, or after `b`.
[[nodiscard]] int compare_versions(std::string_view a, std::string_view b);

enum class Order : uint8_t { Lower, LowerOrEqual, Equal, Unequal, GreaterOrEqual, Greater };
// Takes an operator off the front of `text`: < <= = != >= >. Nothing where there is none.
[[nodiscard]] std::optional<Order> take_order(std::string_view& text);
// Whether a comparison that came out as `comparison` (below zero, zero, above) fulfils `order`.
[[nodiscard]] bool fulfils(int comparison, Order order);

} // namespace sctl
