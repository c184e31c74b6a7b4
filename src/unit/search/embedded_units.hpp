// The standard targets and the few services that every boot needs, compiled in from units/, so that
// an image without systemd's package boots.
// They count as lying in the last directory of the search path.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sctl {

struct EmbeddedUnit {
    std::string_view name;
    std::string_view text;
};

[[nodiscard]] std::span<const EmbeddedUnit> embedded_units(); // sorted by name
[[nodiscard]] const EmbeddedUnit* find_embedded_unit(std::string_view name);

} // namespace sctl
