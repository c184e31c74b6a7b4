#include "manager/unit_events.hpp"

#include "os/random.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {
namespace {

constexpr size_t most_unanswered = 64;

} // namespace

UnitEvents::UnitEvents(const Parts& parts)
    : units_(parts.units),
      queue_(parts.queue),
      actions_(parts.actions),
      shutdown_(parts.shutdown),
      observers_(parts.observers),
      garbage_(parts.garbage),
      triggers_(parts.triggers),
      turn_(parts.turn),
      start_(parts.start),
      machine_hash_(parts.machine_hash) {
    unanswered_.reserve(most_unanswered);
}

void UnitEvents::post(UnitId unit, UnitEvent event) {
    events_.emplace_back(unit, std::move(event));
    turn_.schedule();
}

bool UnitEvents::take_one() {
    if (unanswered_.empty()) return take_event();
    take_unanswered();
    return true;
}

// An event that a unit could not take for lack of memory is still there afterwards: nothing has
// happened then.
bool UnitEvents::take_event() {
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

void UnitEvents::take_unanswered() {
    auto [unit, told] = std::move(unanswered_.front());
    unanswered_.erase(unanswered_.begin());
    answer(unit, std::move(told));
}

void UnitEvents::handle(UnitId id, const UnitEvent& event) {
    answer(id, step(id, event));
}

// What an action is answered by comes before any other event of the unit, and so it does where it
// has to wait for memory. It gets lost only where many wait: then a start or stop ends by its
// timeout, if it has one.
void UnitEvents::answer(UnitId id, Answer answer) noexcept {
    while (answer) {
        UnitEvent told = std::move(*std::exchange(answer, {}));
        auto ended = run_insistently("an answer to a unit", [&] { answer = step(id, told); });
        if (ended != Guarded::OutOfMemory) continue;
        if (unanswered_.size() < most_unanswered) unanswered_.emplace_back(id, std::move(told));
        turn_.put_off();
    }
}

StepContext UnitEvents::context_of(const Unit& unit) const {
    const Job* job = queue_.of_unit(unit.id);
    StepContext context{.now = current_moment(),
                        .stop_job_pending = job && job->type == JobType::Stop,
                        .manager_stopping = shutdown_.is_under_way(),
                        .restart_job = job && job->type == JobType::Restart,
                        .manager_start = start_,
                        .machine_hash = machine_hash_,
                        .random = random_number};
    if (kind_of(unit.type()).triggers) context.triggered = triggers_.triggered_by(unit.id);
    return context;
}

// Decides first and then acts: what throws has changed nothing, and what has begun does not stop
// half-way.
Answer UnitEvents::step(UnitId id, const UnitEvent& event) {
    if (!units_.exists(id)) return {};
    Unit& unit = units_.unit(id);
    if (!unit.machine) return {};
    std::vector<UnitAction> actions;
    Cause cause;
    unit.machine->step(unit.loaded, context_of(unit), event, actions, cause);
    if (!cause.text.empty()) unit.cause = std::move(cause);
    Answer answer = actions_.carry_out(unit, actions);
    observers_.mark_changed(unit);
    if (unit.is_inactive_or_failed()) garbage_.suspect(unit);
    return answer;
}

} // namespace sctl
