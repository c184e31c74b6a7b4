#include "run/spawn_reports.hpp"

#include <algorithm>

#include "run/process_run.hpp"
#include "run/unit.hpp"

namespace sctl {

void SpawnReports::take_finished() {
    constexpr size_t least = 16;
    if (awaited_.size() < std::max(many_, least)) return;
    std::erase_if(awaited_, [this](const Awaited& awaited) {
        Unit* unit = host_.find_unit(awaited.unit);
        ProcessRun* run = unit ? process_run(*unit) : nullptr;
        StartedProcess* process = run ? run->awaiting_report(awaited.pid) : nullptr;
        if (!process) return true;
        run->finish_report(*process);
        return !process->start;
    });
    many_ = 2 * awaited_.size();
}

} // namespace sctl
