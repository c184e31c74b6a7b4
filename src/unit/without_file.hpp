// Units that need no file (systemd.special(7), systemd.slice(5)): the slices, of which the root
// slice and system.slice are always there, init.scope, which is the manager itself, the root mount
// and every device.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "unit/config.hpp"

namespace sctl {

// One that is active from the start to the end.
struct PerpetualUnit {
    std::string_view name, description, documentation;
};
// In the order in which they need one another.
[[nodiscard]] std::span<const PerpetualUnit> perpetual_units();

// What systemd says of a unit of this name by itself, whether it has a file or not: `perpetual`,
// the description, settings by its type. Returns whether the unit can do without a file.
bool add_what_the_name_says(LoadedUnit& unit);

// The slice of a slice, "a.slice" of "a-b.slice"; none of "-.slice".
[[nodiscard]] std::string parent_slice(const UnitName& slice);
// Of a unit that does not say which: "system.slice", or "system-NAME.slice" of "NAME@x.service".
[[nodiscard]] std::string default_slice(const UnitName& unit, bool user_manager);

} // namespace sctl
