// What a unit has of the manager's configuration where its files say nothing.
#pragma once

#include "unit/manager_config/manager_config.hpp"

namespace sctl {

// Before a unit's files are read: its kind's settings as they are with nothing written.
void begin_settings(LoadedUnit& unit, const UnitDefaults& defaults);
// After that: what only counts where nothing is written.
void fill_in_settings(LoadedUnit& unit, const UnitDefaults& defaults);
// For one that has no settings, since it is not loaded: what `show` tells all the same.
void stand_in_settings(LoadedUnit& unit, const UnitDefaults& defaults);
// A service without any files.
[[nodiscard]] LoadedUnit nothing_written(const UnitDefaults& defaults);

} // namespace sctl
