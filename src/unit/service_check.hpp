// The last steps of loading a service: what follows from its settings taken together.
#pragma once

#include "unit/config.hpp"
#include "unit/ini_reader.hpp"

namespace sctl {

// Fills in what was left open: Type= from BusName= and ExecStart=, no time limit for a oneshot's
// start, NotifyAccess=main where notifications are asked for, where output goes.
void resolve_service_defaults(LoadedUnit& unit);

// False where the settings contradict each other and the service is refused, as systemd does;
// `warn` is told why, and what else makes no sense.
[[nodiscard]] bool check_service(const LoadedUnit& unit, const WarningSink& warn);

} // namespace sctl
