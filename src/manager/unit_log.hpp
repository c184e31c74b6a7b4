// Lines of the manager's own about one unit: they stand in that unit's log.
#pragma once

#include <string_view>

#include "base/log.hpp"
#include "base/text.hpp"
#include "os/service_output.hpp"
#include "run/unit.hpp"

namespace sctl {

inline void log_unit(ServiceOutput& output, const Unit& unit, LogLevel level,
                     std::string_view text) {
    if (level > log_level()) return;
    output.manager_line(level, unit.name().str(), cat(unit.name().str(), ": ", text));
}

} // namespace sctl
