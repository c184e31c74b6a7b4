// The kind of unit that a timer is: what its row in kinds/ names of this room.
#pragma once

#include <span>

#include "unit/config.hpp"
#include "unit/manager_config/manager_config.hpp"
#include "unit/settings/directives.hpp"
#include "unit/syntax/ini_reader.hpp"

namespace sctl {

[[nodiscard]] std::span<const Directive> timer_settings();
// A timer with nothing written yet.
void begin_timer(LoadedUnit& unit, const UnitDefaults& defaults);
// systemd.timer(5), "Automatic Dependencies".
void imply_of_timer(LoadedUnit& unit, bool user_manager);
void add_timer_defaults(LoadedUnit& unit, bool user_manager);
// False where nothing would ever make it elapse; `warn` is told.
[[nodiscard]] bool check_timer(const LoadedUnit& unit, const WarningSink& warn);

} // namespace sctl
