// What list-units prints, for those who have the units from elsewhere.
#pragma once

#include <vector>

#include "client/calls/session.hpp"
#include "client/calls/unit_list.hpp"

namespace sctl {

// Returns the exit status.
int print_unit_list(Session& session, const std::vector<UnitInfo>& units);

} // namespace sctl
