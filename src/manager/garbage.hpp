// Finds the units that nobody needs any more, as systemd does (systemd.unit(5), CollectMode=): one
// is held while something happens to it or with it, and as long as a unit that is held refers to
// it. What is forgotten is read from its files when it is asked for again, and begins anew: its
// start limit, the results of its last run, the directories that name it.
//
// Whatever may have ended the need for a unit makes it a candidate; candidates are looked at when
// nothing else is left to do in a turn of the loop.
#pragma once

#include <functional>
#include <set>
#include <vector>

#include "manager/next_turn.hpp"
#include "manager/unit_table.hpp"

namespace sctl {

class Garbage {
  public:
    Garbage(UnitTable& units, const DependencyGraph& graph, NextTurn& turn)
        : units_(units), graph_(graph), turn_(turn), candidates_(units, &Unit::garbage_candidate) {}

    void suspect(Unit& unit) noexcept;
    // Calls `remove` for each that nobody needs. Candidates that there was no memory for stay.
    void collect(const std::function<void(Unit&)>& remove);

  private:
    [[nodiscard]] bool is_in_use(UnitId id) const;
    [[nodiscard]] std::vector<UnitId> garbage_around(UnitId id, std::set<UnitId>& held) const;

    UnitTable& units_;
    const DependencyGraph& graph_;
    NextTurn& turn_;
    UnitQueue candidates_;
};

} // namespace sctl
