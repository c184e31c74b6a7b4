#include "state/passive.hpp"

namespace sctl {

void PassiveMachine::step(const LoadedUnit&, const StepContext&, const UnitEvent& event,
                          std::vector<UnitAction>& actions, Cause&) {
    bool starts = std::holds_alternative<event::StartRequested>(event);
    bool stops = std::holds_alternative<event::StopRequested>(event);
    if (starts == is_active_ || (!starts && !stops)) return;
    auto state = [](bool active) { return active ? ActiveState::Active : ActiveState::Inactive; };
    actions.push_back(action::StateChanged{.from = state(is_active_),
                                           .to = state(starts),
                                           .sub_from = word(is_active_),
                                           .sub_to = word(starts)});
    is_active_ = starts;
}

} // namespace sctl
