#include "unit/values/capability.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"

namespace sctl {

std::optional<unsigned> capability_number(std::string_view text) {
    std::string name;
    for (char c : text) name += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    if (name.starts_with("cap_")) name.erase(0, 4);
    const auto* at = std::ranges::find(capability_names, name);
    auto number = at != std::end(capability_names)
                      ? std::optional(static_cast<unsigned>(at - std::begin(capability_names)))
                      : parse_number<unsigned>(text);
    return number && *number < 64 ? number : std::nullopt;
}

} // namespace sctl
