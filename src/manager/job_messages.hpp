// The one line about a unit that starts, fails or stops, with the reason that its job carries.
#pragma once

#include <functional>
#include <string>

#include "base/log.hpp"
#include "graph/job.hpp"
#include "manager/unit.hpp"

namespace sctl {

struct JobMessage {
    LogLevel level = LogLevel::Info;
    std::string text; // empty: nothing to say
};
// For a job that has ended. `name_of` names the unit in which a failure began.
[[nodiscard]] JobMessage job_message(const Job& job, const Unit& unit,
                                     const std::function<std::string(UnitId)>& name_of);

} // namespace sctl
