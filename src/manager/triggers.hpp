// Units that start others (timers, sockets, paths): which one each starts, and what becomes of it.
// The start itself is an action (UnitActions).
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "graph/dependency.hpp"
#include "manager/unit_table.hpp"
#include "state/unit_machine.hpp"

namespace sctl {

class Triggers {
  public:
    // `post` puts an event into the queue of events.
    Triggers(UnitTable& units, const DependencyGraph& graph,
             std::function<void(UnitId, UnitEvent)> post)
        : units_(units), graph_(graph), post_(std::move(post)) {}
    Triggers(const Triggers&) = delete;
    Triggers& operator=(const Triggers&) = delete;

    // The unit that `trigger` starts, or no_unit.
    [[nodiscard]] UnitId unit_of(UnitId trigger) const;
    // What a step of `trigger` is to know of that; nothing where there is none.
    [[nodiscard]] std::optional<TriggeredUnit> triggered_by(UnitId trigger) const;
    // The state of `unit` has been set, or a job of it has ended: who triggers it is told.
    void changed(UnitId unit) noexcept;

  private:
    UnitTable& units_;
    const DependencyGraph& graph_;
    std::function<void(UnitId, UnitEvent)> post_;
};

} // namespace sctl
