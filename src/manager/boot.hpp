// What is started at first, default.target or `init UNIT...`, and what came of it: when the boot is
// over, and for `init UNIT...` when to end, and with which exit status.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "manager/current_config.hpp"
#include "manager/former_runs.hpp"
#include "manager/jobs.hpp"
#include "manager/manager_options.hpp"
#include "manager/observers.hpp"
#include "manager/reload.hpp"
#include "manager/shutdown.hpp"
#include "manager/unit_store.hpp"

namespace sctl {

// When the boot's first steps began and ended.
struct BootTimes {
    Moment generators_start, generators_finish, units_load_start, units_load_finish;
};

class Boot : private ManagerObserver {
  public:
    struct Parts {
        EventLoop& loop;
        const ManagerOptions& options;
        const CurrentConfig& config;
        ServiceOutput& output;
        UnitTable& units;
        const DependencyGraph& graph;
        UnitStore& store;
        const JobQueue& queue;
        Jobs& jobs;
        Observers& observers;
        Reload& reload;
        FormerRuns& former;
        Shutdown& shutdown;
        NextTurn& turn;
    };
    explicit Boot(const Parts& parts);
    ~Boot() override;

    // Queues the start of what is to run once the generators have, and calls `begun`: from then on
    // all units are known.
    void run(std::function<void()> begun);
    // At the end of each turn: whether the boot is over, and whether what it has started is.
    void check();

    // Until run() neither.
    [[nodiscard]] bool is_under_way() const noexcept { return booting_; }
    [[nodiscard]] bool is_over() const noexcept { return booted_; }
    [[nodiscard]] const BootTimes& times() const noexcept { return times_; }
    // What `init UNIT...` that ends by itself ends with: the status of the first of them that
    // failed, in the order of the command line, else 0.
    [[nodiscard]] int status_of_units() const;

  private:
    void job_removed(const Job& job, const Unit& unit) override;
    void begin();
    void start_default();
    void start_unit(const std::string& name);
    void finish();
    void tell_left_out();
    void check_units_ended();

    EventLoop& loop_;
    const ManagerOptions& options_;
    const CurrentConfig& config_;
    ServiceOutput& output_;
    UnitTable& units_;
    const DependencyGraph& graph_;
    UnitStore& store_;
    const JobQueue& queue_;
    Jobs& jobs_;
    Observers& observers_;
    Reload& reload_;
    FormerRuns& former_;
    Shutdown& shutdown_;
    NextTurn& turn_;

    BootTimes times_;
    bool booting_ = false;
    bool booted_ = false;
    std::set<UnitId> start_failed_; // of options_.units
    OwnedTimer settled_timer_;      // when memory that only the boot needed is given back
};

} // namespace sctl
