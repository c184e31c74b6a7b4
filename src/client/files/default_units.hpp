// What a boot would start: the units that default.target pulls in, read from their files as a
// manager would read them, for a machine on which none runs.
#pragma once

#include <vector>

#include "client/calls/unit_list.hpp"
#include "client/files/unit_files.hpp"

namespace sctl {

// Each as list-units shows it, loaded and dead; units of a type that is not started here, and those
// without a file, are left out.
[[nodiscard]] std::vector<UnitInfo> units_of_default_target(const UnitFiles& files);

} // namespace sctl
