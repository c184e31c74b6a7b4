// The kind of unit that a path is: what its row in kinds/ names of this room.
#pragma once

#include <span>

#include "unit/config.hpp"
#include "unit/manager_config/manager_config.hpp"
#include "unit/settings/directives.hpp"
#include "unit/syntax/ini_reader.hpp"

namespace sctl {

[[nodiscard]] std::span<const Directive> path_settings();
// A path unit with nothing written yet.
void begin_path(LoadedUnit& unit, const UnitDefaults& defaults);
// The limit that holds where none is written.
void resolve_path(LoadedUnit& unit, const UnitDefaults& defaults);
// systemd.path(5), "Automatic Dependencies". Also adds to `requires_mounts_for`.
void imply_of_path(LoadedUnit& unit, bool user_manager);
void add_path_defaults(LoadedUnit& unit, bool user_manager);
// False where there is nothing to look at; `warn` is told.
[[nodiscard]] bool check_path(const LoadedUnit& unit, const WarningSink& warn);

} // namespace sctl
