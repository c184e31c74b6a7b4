#include "manager/observers.hpp"

namespace sctl {

void Observers::tell_changes() {
    changed_.take_each([&](const Unit& unit) {
        tell([&](ManagerObserver& observer) { observer.unit_changed(unit); });
    });
}

} // namespace sctl
