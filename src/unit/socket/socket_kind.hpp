// The kind of unit that a socket is: what its row in kinds/ names of this room.
#pragma once

#include <span>

#include "unit/config.hpp"
#include "unit/manager_config/manager_config.hpp"
#include "unit/settings/directives.hpp"
#include "unit/syntax/ini_reader.hpp"

namespace sctl {

// The directives of [Socket] that are no other kind's.
[[nodiscard]] std::span<const Directive> socket_settings();
void begin_socket(LoadedUnit& unit, const UnitDefaults& defaults);
// The trigger limit, which depends on Accept=.
void resolve_socket(LoadedUnit& unit, const UnitDefaults& defaults);
// systemd.socket(5), "Automatic Dependencies": the service that it starts, what its nodes lie on,
// and what DefaultDependencies= adds.
void imply_of_socket(LoadedUnit& unit, bool user_manager);
void add_socket_defaults(LoadedUnit& unit, bool user_manager);
// The service that it starts; none with Accept=yes.
[[nodiscard]] std::string_view triggered_by_socket(const LoadedUnit& unit);
// False where the settings contradict each other and the socket is refused, as systemd does.
[[nodiscard]] bool check_socket(const LoadedUnit& unit, const WarningSink& warn);

} // namespace sctl
