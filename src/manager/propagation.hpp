// What the change of one unit's state does to others (systemd's unit_notify): those that it needs
// come up with it and those that need it go with it, OnFailure= and OnSuccess= are triggered,
// FailureAction= and SuccessAction= are carried out. All of it is jobs that are queued.
#pragma once

#include "manager/jobs.hpp"

namespace sctl {

class Propagation {
  public:
    Propagation(UnitTable& units, const DependencyGraph& graph, Jobs& jobs, Shutdown& shutdown)
        : units_(units), graph_(graph), jobs_(jobs), shutdown_(shutdown) {}
    Propagation(const Propagation&) = delete;
    Propagation& operator=(const Propagation&) = delete;

    // `unit` was in the state `before`; `unexpected`: nobody asked for the one it is in.
    void state_changed(const Unit& unit, ActiveState before, bool unexpected, bool will_restart);
    // PropagatesReloadTo=.
    void reload(const Unit& unit);

  private:
    void act_on_end(const Unit& unit, bool failed);
    void start_retroactively(const Unit& unit);
    void stop_retroactively(const Unit& unit);

    UnitTable& units_;
    const DependencyGraph& graph_;
    Jobs& jobs_;
    Shutdown& shutdown_;
};

// The neighbours of the unit by `atom` of which `wanted` holds.
[[nodiscard]] std::vector<UnitId> neighbours(const UnitTable& units, const DependencyGraph& graph,
                                             UnitId id, Atom atom, bool (*wanted)(const Unit&));

} // namespace sctl
