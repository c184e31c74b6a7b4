// The kind of unit that a service is: what its row in kinds/ names of this room.
#pragma once

#include <span>

#include "unit/config.hpp"
#include "unit/manager_config/manager_config.hpp"
#include "unit/settings/directives.hpp"
#include "unit/syntax/ini_reader.hpp"

namespace sctl {

// The directives of [Service] that are no other kind's (directives_service.cpp).
[[nodiscard]] std::span<const Directive> service_settings();
// Whether its start is all it does.
[[nodiscard]] bool is_oneshot(const LoadedUnit& unit);
// A service with nothing written yet.
void begin_service(LoadedUnit& unit, const UnitDefaults& defaults);
// Fills in what was left open: Type= from BusName= and ExecStart=, no time limit for a oneshot's
// start, NotifyAccess=main where notifications are asked for, where output goes.
void resolve_service(LoadedUnit& unit, const UnitDefaults& defaults);
// systemd.service(5), "Automatic Dependencies": what settings imply, and what DefaultDependencies=
// adds. Also adds to `requires_mounts_for`.
void imply_of_service(LoadedUnit& unit, bool user_manager);
void add_service_defaults(LoadedUnit& unit, bool user_manager);
// False where the settings contradict each other and the service is refused, as systemd does;
// `warn` is told why, and what else makes no sense.
[[nodiscard]] bool check_service(const LoadedUnit& unit, const WarningSink& warn);
// Systemd's own services at the end of a shutdown call systemctl to end PID 1 at once: we end by
// the target that wants them, so they have no commands here. An administrator's own does what it
// says.
void spare_halting_services(LoadedUnit& unit);

} // namespace sctl
