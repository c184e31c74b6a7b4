#include "manager/propagation.hpp"

#include <csignal>

namespace sctl {

std::vector<UnitId> neighbours(const UnitTable& units, const DependencyGraph& graph, UnitId id,
                               Atom atom, bool (*wanted)(const Unit&)) {
    std::vector<UnitId> found;
    graph.for_each(id, atom, [&](UnitId other) {
        if (wanted(units.unit(other))) found.push_back(other);
    });
    return found;
}

void Propagation::state_changed(const Unit& unit, ActiveState before, bool unexpected,
                                bool will_restart) {
    auto is_down = [](ActiveState s) {
        return s == ActiveState::Inactive || s == ActiveState::Failed;
    };
    auto is_up = [](ActiveState s) {
        return s == ActiveState::Active || s == ActiveState::Activating ||
               s == ActiveState::Reloading;
    };
    if (unexpected && !shutdown_.is_under_way()) {
        if (is_down(before) && is_up(unit.active))
            start_retroactively(unit);
        else if (is_up(before) && !is_up(unit.active))
            stop_retroactively(unit);
    }
    // A start that comes too soon after others fails a unit that was down already.
    bool failed = unit.active == ActiveState::Failed;
    bool succeeded = unit.active == ActiveState::Inactive && !is_down(before);
    if (!failed && !succeeded) return;
    if (!will_restart && !shutdown_.is_under_way()) {
        const UnitConfig& config = unit.loaded.unit;
        if (failed) jobs_.trigger(unit, Dependency::OnFailure, config.on_failure_job_mode);
        if (succeeded) jobs_.trigger(unit, Dependency::OnSuccess, config.on_success_job_mode);
    }
    act_on_end(unit, failed);
}

void Propagation::reload(const Unit& unit) {
    std::vector<UnitId> others;
    graph_.for_each(unit.id, Dependency::PropagatesReloadTo,
                    [&](UnitId other) { others.push_back(other); });
    jobs_.add_all(unit.id, "reload", others, JobType::TryReload, JobMode::Fail);
}

// FailureAction= and SuccessAction=, also of a unit that will be restarted, and also in a shutdown:
// systemd-poweroff.service consists of one.
void Propagation::act_on_end(const Unit& unit, bool failed) {
    const UnitConfig& config = unit.loaded.unit;
    auto status = failed ? config.failure_action_exit_status : config.success_action_exit_status;
    ExitInfo exit = unit.machine ? unit.machine->main_exit() : ExitInfo{};
    if (!status && exit.code == CLD_EXITED) status = exit.status;
    shutdown_.act_on(failed ? config.failure_action : config.success_action, unit, status);
}

// A unit came up by itself: what it needs comes up, what it conflicts with goes.
void Propagation::start_retroactively(const Unit& unit) {
    auto not_up = [](const Unit& other) { return !other.is_active_or_activating(); };
    auto not_down = [](const Unit& other) { return !other.is_inactive_or_failed(); };
    jobs_.add_all(unit.id, "start",
                  neighbours(units_, graph_, unit.id, Atom::RetroactiveStartReplace, not_up),
                  JobType::Start, JobMode::Replace);
    jobs_.add_all(unit.id, "start",
                  neighbours(units_, graph_, unit.id, Atom::RetroactiveStartFail, not_up),
                  JobType::Start, JobMode::Fail);
    jobs_.add_all(unit.id, "stop",
                  neighbours(units_, graph_, unit.id, Atom::RetroactiveStopOnStart, not_down),
                  JobType::Stop, JobMode::Replace);
}

void Propagation::stop_retroactively(const Unit& unit) {
    auto up = [](const Unit& other) {
        return !other.is_inactive_or_failed() && other.active != ActiveState::Deactivating;
    };
    jobs_.add_all(unit.id, "stop",
                  neighbours(units_, graph_, unit.id, Atom::RetroactiveStopOnStop, up),
                  JobType::Stop, JobMode::Replace);
}

} // namespace sctl
