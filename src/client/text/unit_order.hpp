// The order of units in lists: by type first (all mounts, all services, ...), then by name, in
// either case of letters.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace sctl {

[[nodiscard]] bool same_type(std::string_view a, std::string_view b);

// The indexes of `names`, in that order.
[[nodiscard]] std::vector<size_t> unit_order(std::span<const std::string_view> names);

} // namespace sctl
