// Does the work of jobs: asks the queue for what may run now, and puts the question to the unit.
#pragma once

#include "manager/jobs.hpp"
#include "manager/manager_options.hpp"
#include "manager/unit_events.hpp"

namespace sctl {

class JobRunner {
  public:
    struct Parts {
        UnitTable& units;
        const DependencyGraph& graph;
        JobQueue& queue;
        Jobs& jobs;
        UnitEvents& events;
        StateChanges& changes;
        Observers& observers;
        Shutdown& shutdown;
        ServiceOutput& output;
        NextTurn& turn;
        const Facts& facts;
        const ManagerOptions& options;
    };
    explicit JobRunner(const Parts& parts);
    JobRunner(const JobRunner&) = delete;
    JobRunner& operator=(const JobRunner&) = delete;

    // False where none may run.
    bool run_one();
    // What the unit's job has waited for may be there.
    void wake(UnitId unit) noexcept;

  private:
    void run(const Job& job);
    void start(const Job& job, Unit& unit);
    void begin_start(const Job& job, Unit& unit);
    [[nodiscard]] static bool may_start_again(Unit& unit);
    void verify(const Job& job, Unit& unit);
    void stop(const Job& job, Unit& unit);
    void reload(const Job& job, Unit& unit);
    void fail(UnitId unit, JobId id) noexcept;
    bool check_conditions(Unit& unit);
    bool check_asserts(Unit& unit);
    [[nodiscard]] UnitId unmet_dependency(UnitId id);

    UnitTable& units_;
    const DependencyGraph& graph_;
    JobQueue& queue_;
    Jobs& jobs_;
    UnitEvents& events_;
    StateChanges& changes_;
    Observers& observers_;
    Shutdown& shutdown_;
    ServiceOutput& output_;
    NextTurn& turn_;
    const Facts& facts_;
    const ManagerOptions& options_;
};

} // namespace sctl
