// Dependencies of a unit that come from its files, and those that systemd adds to them.
#pragma once

#include <optional>
#include <string_view>

#include "unit/config.hpp"

namespace sctl {

// Which unit a dependency on `name` is one on: a template stands for its instance with the unit's
// own instance, or with the unit's prefix where that has none. Nothing where the name is not valid.
[[nodiscard]] std::optional<UnitName> dependency_name(const LoadedUnit& unit,
                                                      std::string_view name);
// Adds a dependency on that unit, but for the unit itself. False where the name is not valid.
bool add_dependency(LoadedUnit& unit, Dependency key, std::string_view name);
void add_dependency(LoadedUnit& unit, Dependency key, UnitName name);

// That the unit starts the other, and is started before it.
bool add_trigger(LoadedUnit& unit, std::string_view name);
[[nodiscard]] bool has_trigger(const LoadedUnit& unit);
// What a unit starts that says nothing of it (Unit= of systemd.timer(5) and its like): the service
// of its own name.
void add_default_trigger(LoadedUnit& unit);

// DefaultDependencies= of what waits for something and starts other units: before the target of its
// kind (`group`), after the system's early boot.
void add_early_defaults(LoadedUnit& unit, std::string_view group, bool user_manager);

// What systemd adds to a loaded unit: DefaultDependencies=, and what settings imply
// (systemd.service(5) and systemd.target(5), "Automatic Dependencies"). `user_manager` for a
// manager of a user's units. Also resolves `slice` and adds to `requires_mounts_for`.
void add_automatic_dependencies(LoadedUnit& unit, bool user_manager);

// What follows for a unit from running commands by its settings of systemd.exec(5): directories
// must be mounted, and what takes its output comes before it. Also adds to `requires_mounts_for`.
void add_exec_dependencies(LoadedUnit& unit, bool user_manager);
// Whether the unit's files ask for what this directive says, which is not acted on.
[[nodiscard]] bool asks_for(const LoadedUnit& unit, std::string_view absent_directive);

// Takes out what is there twice, keeping the order.
void drop_duplicate_dependencies(std::vector<WrittenDependency>& dependencies);

// Whether the settings of `target` and `member`, which it wants, requires or the like, let the
// target be ordered after it (systemd.target(5), "Default Dependencies"). It must not be where it
// is ordered before the member already.
[[nodiscard]] bool may_wait_for(const LoadedUnit& target, const LoadedUnit& member);

} // namespace sctl
