#include "manager/unit.hpp"

#include "state/target.hpp"

namespace sctl {

std::string_view Unit::sub_state() const {
    if (service) return to_string(service->status.state);
    bool is_active = active == ActiveState::Active;
    if (is_active && type() == UnitType::Mount) return "mounted";
    if (is_active && type() == UnitType::Scope) return "running";
    return to_string(is_active ? TargetState::Active : TargetState::Dead);
}

const std::string& Unit::description() const {
    return loaded.unit.description.empty() ? loaded.id.str() : loaded.unit.description;
}

} // namespace sctl
