// The user that DynamicUser= makes for a unit that names none (systemd.exec(5)).
#pragma once

#include <string>

#include "unit/unit_name.hpp"

namespace sctl {

// The unit's name without instance and suffix, where that can be a user's name; else a hash of it.
[[nodiscard]] std::string dynamic_user_name(const UnitName& unit);

} // namespace sctl
