#include "manager/unit_events.hpp"

#include "os/random.hpp"

namespace sctl {

UnitEvents::UnitEvents(const Parts& parts)
    : units_(parts.units),
      queue_(parts.queue),
      actions_(parts.actions),
      shutdown_(parts.shutdown),
      observers_(parts.observers),
      garbage_(parts.garbage),
      turn_(parts.turn) {}

void UnitEvents::post(UnitId unit, UnitEvent event) {
    events_.emplace_back(unit, std::move(event));
    turn_.schedule();
}

// An event that a unit could not take for lack of memory is still there afterwards: nothing has
// happened then.
bool UnitEvents::take_one() {
    auto ended = run_insistently("an event of a unit", [&] {
        auto& [unit, event] = events_.front();
        handle(unit, event);
    });
    if (ended == Guarded::OutOfMemory) {
        turn_.put_off();
        return false;
    }
    events_.pop_front();
    return true;
}

// What an action is answered by comes before any other event of the unit. It gets lost only where
// there is no memory at all: then a start or stop ends by its timeout.
void UnitEvents::handle(UnitId id, const UnitEvent& event) {
    Answer answer = step(id, event);
    while (answer) {
        UnitEvent told = std::move(*std::exchange(answer, {}));
        run_insistently("an answer to a unit", [&] { answer = step(id, told); });
    }
}

// Decides first and then acts: what throws has changed nothing, and what has begun does not stop
// half-way.
Answer UnitEvents::step(UnitId id, const UnitEvent& event) {
    if (!units_.exists(id)) return {};
    Unit& unit = units_.unit(id);
    if (!unit.machine) return {};
    const Job* job = queue_.of_unit(id);
    StepContext context{.now = current_moment(),
                        .stop_job_pending = job && job->type == JobType::Stop,
                        .manager_stopping = shutdown_.is_under_way(),
                        .restart_job = job && job->type == JobType::Restart,
                        .random = random_number};
    std::vector<UnitAction> actions;
    Cause cause;
    unit.machine->step(unit.loaded, context, event, actions, cause);
    if (!cause.text.empty()) unit.cause = std::move(cause);
    Answer answer = actions_.carry_out(unit, actions);
    observers_.mark_changed(unit);
    if (unit.is_inactive_or_failed()) garbage_.suspect(unit);
    return answer;
}

} // namespace sctl
