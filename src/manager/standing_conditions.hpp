// Keeps up what must hold all the time, whoever asked for what: an active unit keeps up what it
// Upholds=, stops where what it BindsTo= is down, and, with StopWhenUnneeded=, where nobody needs
// it. Looked at whenever a unit went up or down and after each daemon-reload; the rules are those
// of systemd's queues, which leave alone whoever has a job.
#pragma once

#include "manager/jobs.hpp"

namespace sctl {

class StandingConditions {
  public:
    struct Parts {
        EventLoop& loop;
        ServiceOutput& output;
        UnitTable& units;
        const DependencyGraph& graph;
        const JobQueue& queue;
        Jobs& jobs;
        const Shutdown& shutdown;
        NextTurn& turn;
    };
    explicit StandingConditions(const Parts& parts);
    StandingConditions(const StandingConditions&) = delete;
    StandingConditions& operator=(const StandingConditions&) = delete;

    // The unit's neighbours may have to follow it: they are looked at in this turn.
    void examine(Unit& unit) noexcept { to_examine_.add(unit); }
    // Returns whether it queued anything.
    bool check();

  private:
    void start_if_upheld(UnitId id);
    void stop_if_bound(UnitId id);
    void stop_if_unneeded(UnitId id);
    [[nodiscard]] bool may_act_by_itself(Unit& unit, std::string_view refusal);

    EventLoop& loop_;
    ServiceOutput& output_;
    UnitTable& units_;
    const DependencyGraph& graph_;
    const JobQueue& queue_;
    Jobs& jobs_;
    const Shutdown& shutdown_;
    NextTurn& turn_;
    UnitQueue to_examine_;
};

} // namespace sctl
