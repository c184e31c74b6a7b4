// Who watches the manager (bus/, entry/), and what has still to be told to them.
#pragma once

#include <vector>

#include "graph/job.hpp"
#include "manager/next_turn.hpp"
#include "manager/unit_table.hpp"
#include "os/reaper.hpp"

namespace sctl {

// Is told what happened after it has; must not change units in a call.
class ManagerObserver {
  public:
    virtual ~ManagerObserver() = default;
    virtual void unit_new(const Unit&) {}
    virtual void unit_removed(const UnitName&) {}
    virtual void unit_changed(const Unit&) {} // coalesced: once per turn of the loop
    virtual void job_new(const Job&, const Unit&) {}
    virtual void job_removed(const Job&, const Unit&) {}
    virtual void reloading(bool /*begins*/) {}
    virtual void startup_finished() {}
    // Of any child of ours, while it is still a zombie and before its unit has been told.
    virtual void process_ended(const ProcessExit&) {}
    virtual void processes_reaped() {} // all that had ended
};

class Observers {
  public:
    Observers(UnitTable& units, NextTurn& turn)
        : changed_(units, &Unit::change_pending), turn_(turn) {}

    void add(ManagerObserver* observer) { observers_.push_back(observer); }
    void remove(ManagerObserver* observer) { std::erase(observers_, observer); }

    // Tells each of them, whatever the others do. Twice, where memory was short for the first time:
    // a client that is not told would wait for ever.
    template <class Tell>
    void tell(Tell&& tell) noexcept {
        for (auto* observer : observers_)
            run_insistently("telling of a change", [&] { tell(*observer); });
    }

    // They will be told at the end of the turn.
    void mark_changed(Unit& unit) noexcept {
        if (changed_.add(unit)) turn_.schedule();
    }
    void tell_changes();

  private:
    std::vector<ManagerObserver*> observers_;
    UnitQueue changed_;
    NextTurn& turn_;
};

} // namespace sctl
