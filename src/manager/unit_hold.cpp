#include "manager/unit_hold.hpp"

#include "manager/manager.hpp"

namespace sctl {

UnitHold::UnitHold(Manager& manager, UnitId unit) : manager_(&manager), unit_(unit) {
    manager.hold(unit);
}

UnitHold::~UnitHold() {
    if (manager_) manager_->give_back(unit_);
}

} // namespace sctl
