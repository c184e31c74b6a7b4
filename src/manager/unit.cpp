#include "manager/unit.hpp"

#include "state/target.hpp"

namespace sctl {

std::string_view Unit::sub_state() const {
    if (service) return to_string(service->status.state);
    return to_string(active == ActiveState::Active ? TargetState::Active : TargetState::Dead);
}

const std::string& Unit::description() const {
    return loaded.unit.description.empty() ? loaded.id.str() : loaded.unit.description;
}

} // namespace sctl
