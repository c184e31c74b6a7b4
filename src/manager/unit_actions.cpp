#include "manager/unit_actions.hpp"

#include "manager/unit_log.hpp"

namespace sctl {

// An action that ran out of memory is tried again where that may help, but no start; the machine is
// not left waiting for an answer.
Answer UnitActions::carry_out(Unit& unit, const std::vector<UnitAction>& actions) noexcept {
    Answer answer;
    auto tried = [&](const UnitAction& action) {
        Answer told;
        auto ended = run_guarded("an action of a unit", [&] { told = execute(unit, action); });
        if (told) answer = std::move(told);
        return ended == Guarded::Done;
    };
    for (const auto& action : actions) {
        if (tried(action)) continue;
        bool starts = std::holds_alternative<action::Spawn>(action) ||
                      std::holds_alternative<action::SpawnCleaner>(action) ||
                      std::holds_alternative<action::StartTriggered>(action) ||
                      std::holds_alternative<action::StartInstance>(action);
        if (!starts && tried(action)) continue;
        if (auto worst = answer_without_memory(action)) answer = std::move(worst);
    }
    return answer;
}

Answer UnitActions::execute(Unit& unit, const UnitAction& action) {
    if (const auto* change = std::get_if<action::StateChanged>(&action)) {
        // A signal to all that are left is for those of this step: what comes next may be an
        // ExecStopPost=.
        if (unit.run && change->sub_from != change->sub_to) unit.run->state_changes();
        changes_.take(unit, *change);
    } else if (const auto* line = std::get_if<action::Log>(&action)) {
        log_unit(output_, unit, static_cast<LogLevel>(line->level), line->text);
    } else if (std::holds_alternative<action::EnqueueRestartJob>(action)) {
        return enqueue_restart(unit);
    } else if (std::holds_alternative<action::PropagateReload>(action)) {
        propagation_.reload(unit);
    } else if (std::holds_alternative<action::WaitIdle>(action)) {
        idle_.wait(unit.id);
    } else if (const auto* start = std::get_if<action::StartTriggered>(&action)) {
        return start_triggered(unit, *start);
    } else if (unit.run) {
        return unit.run->execute(action);
    }
    return {};
}

Answer UnitActions::enqueue_restart(const Unit& unit) {
    auto job = jobs_.add(JobType::Restart, unit.id, JobMode::Replace, false);
    if (job) return {};
    return event::RestartJobRefused{job.error().text, false};
}

Answer UnitActions::start_triggered(const Unit& unit, const action::StartTriggered& what) {
    auto started = jobs_.start_triggered(unit, what);
    if (started) return {};
    std::string text = std::move(started.error().text), cause = text;
    if (text.starts_with(Jobs::queueing_failed)) cause = text.substr(Jobs::queueing_failed.size());
    return event::TriggerRefused{std::move(text), std::move(cause)};
}

} // namespace sctl
