// What systemd says of a job, in its words: when its unit begins to start, stop or reload, and how
// that ended.
#pragma once

#include <string>

#include "base/log.hpp"
#include "graph/job.hpp"
#include "run/unit.hpp"
#include "unit/manager_config/manager_config.hpp"

namespace sctl {

struct JobMessage {
    LogLevel level = LogLevel::Info;
    std::string text; // empty: nothing to say
};
// For a job whose unit is on its way now.
[[nodiscard]] JobMessage begin_message(JobType type, const Unit& unit, StatusUnitFormat format);
// For a job that has ended, or a restart that has stopped its unit.
[[nodiscard]] JobMessage end_message(const Job& job, const Unit& unit, StatusUnitFormat format);

} // namespace sctl
