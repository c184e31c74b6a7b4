#include "manager/former_runs.hpp"

#include <utility>

#include "base/text.hpp"
#include "manager/unit_log.hpp"
#include "os/memory.hpp"

namespace sctl {

FormerRuns::FormerRuns(const Parts& parts)
    : options_(parts.options),
      output_(parts.output),
      store_(parts.store),
      observers_(parts.observers) {
    observers_.add(this);
}

FormerRuns::~FormerRuns() {
    observers_.remove(this);
}

void FormerRuns::begin() {
    for (FormerRun& run : take_former_runs(options_.root())) {
        if (!run.is_up)
            end(run);
        else if (!goes_on(run))
            rest_.push_back(std::move(run));
    }
}

void FormerRuns::finish() {
    for (const FormerRun& run : std::exchange(rest_, {}))
        if (!goes_on(run)) end(run);
}

bool FormerRuns::goes_on(const FormerRun& run) {
    auto found = store_.load(run.unit);
    if (!found) return false;
    Unit& unit = **found;
    bool may = unit.run && unit.is_inactive_or_failed() && unit.run->go_on_with(run);
    if (!may) return false;
    unit.invocation_id = run.invocation;
    noted_.insert_or_assign(run.unit, run);
    log_unit(output_, unit, LogLevel::Notice,
             "Goes on with the processes that a former manager has started.");
    return true;
}

// A start half done, or a unit whose file has gone. PID 1 waits for nobody.
void FormerRuns::end(const FormerRun& run) {
    output_.manager_line(
        LogLevel::Warning, run.unit,
        cat(run.unit, ": Killing the processes that a former manager has left behind."));
    end_processes(run, !options_.is_pid1);
    forget_run(options_.root(), run.unit);
}

void FormerRuns::unit_changed(const Unit& unit) {
    if (!options_.background || options_.is_pid1 || !unit.run) return;
    const std::string& name = unit.name().str();
    auto run = unit.run->note();
    if (!run) return forget(name);
    auto noted = noted_.find(name);
    if (noted != noted_.end() && noted->second == *run) return;
    auto written = note_run(options_.root(), *run);
    if (written)
        noted_.insert_or_assign(name, std::move(*run));
    else
        log_unit(output_, unit, LogLevel::Warning, written.error().text);
}

void FormerRuns::forget(const std::string& unit) {
    if (noted_.erase(unit) > 0) forget_run(options_.root(), unit);
}

} // namespace sctl
