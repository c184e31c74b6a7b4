// Moves units: each event goes to the state machine of its unit, and what that wants done is done.
// Events wait in a queue for the turn; what an action is answered by goes to its machine at once.
#pragma once

#include <deque>
#include <utility>
#include <vector>

#include "manager/unit_actions.hpp"
#include "state/unit_machine.hpp"

namespace sctl {

class UnitEvents {
  public:
    struct Parts {
        UnitTable& units;
        const JobQueue& queue;
        UnitActions& actions;
        const Shutdown& shutdown;
        Observers& observers;
        Garbage& garbage;
        const Triggers& triggers;
        NextTurn& turn;
        Moment start;          // of the manager
        uint64_t machine_hash; // as StepContext has it
    };
    explicit UnitEvents(const Parts& parts);
    UnitEvents(const UnitEvents&) = delete;
    UnitEvents& operator=(const UnitEvents&) = delete;

    // Puts an event into the queue; handled before the loop waits again.
    void post(UnitId unit, UnitEvent event);
    // At once, with all that its actions are answered by.
    void handle(UnitId unit, const UnitEvent& event);
    // What a step of the unit is to know now.
    [[nodiscard]] StepContext context_of(const Unit& unit) const;

    // --- of the turn
    [[nodiscard]] bool empty() const noexcept { return events_.empty() && unanswered_.empty(); }
    // The next event, if there is one; false where there is no memory for it.
    bool take_one();

  private:
    bool take_event();
    void take_unanswered();
    void answer(UnitId id, Answer answer) noexcept;
    [[nodiscard]] Answer step(UnitId id, const UnitEvent& event);

    UnitTable& units_;
    const JobQueue& queue_;
    UnitActions& actions_;
    const Shutdown& shutdown_;
    Observers& observers_;
    Garbage& garbage_;
    const Triggers& triggers_;
    NextTurn& turn_;
    Moment start_;
    uint64_t machine_hash_;
    std::deque<std::pair<UnitId, UnitEvent>> events_;
    // What actions came to, that there was no memory to take. There is room for some.
    std::vector<std::pair<UnitId, UnitEvent>> unanswered_;
};

} // namespace sctl
