// What timers and paths have in common: they start another unit, which must be there.
#pragma once

#include <string>

#include "state/unit_machine.hpp"

namespace sctl {

// UnitMachine::refusal() of a unit that starts another: empty where that is loaded.
[[nodiscard]] std::string refusal_without_triggered(const LoadedUnit& unit,
                                                    const StepContext& context);

} // namespace sctl
