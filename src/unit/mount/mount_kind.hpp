// The kind of unit that a mount is: what its row in kinds/ names of this room.
#pragma once

#include <span>
#include <string_view>

#include "unit/config.hpp"
#include "unit/facts.hpp"
#include "unit/manager_config/manager_config.hpp"
#include "unit/settings/directives.hpp"
#include "unit/syntax/ini_reader.hpp"

namespace sctl {

[[nodiscard]] std::span<const Directive> mount_settings();
// A mount unit with nothing written yet.
void begin_mount(LoadedUnit& unit, const UnitDefaults& defaults);
// Notes what is mounted there now; false where nothing is, and the unit needs a file.
[[nodiscard]] bool look_for_mount(LoadedUnit& unit, const Facts& facts);
// Where= and the description, where they are not written.
void resolve_mount(LoadedUnit& unit, const UnitDefaults& defaults);
// systemd.mount(5), "Automatic Dependencies". Also adds to `requires_mounts_for`.
void imply_of_mount(LoadedUnit& unit, bool user_manager);
void add_mount_defaults(LoadedUnit& unit, bool user_manager);
// False where the settings make no sense; `warn` is told.
[[nodiscard]] bool check_mount(const LoadedUnit& unit, const WarningSink& warn);

// Whether the kernel's interfaces lie there, which are there from the start to the end and are no
// units: /proc, /sys, /dev, /run, the control groups, what hides parts of them, what the
// container's engine hands in at /run/host, and the credentials of services, which we take away.
[[nodiscard]] bool is_api_mount_point(std::string_view path);

} // namespace sctl
