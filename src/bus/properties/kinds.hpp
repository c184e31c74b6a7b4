// The properties of each kind's own interface, without those that kinds have in common: what its
// row in kinds/ names of this room.
#pragma once

#include "bus/properties/property.hpp"

namespace sctl {

[[nodiscard]] KindProperties service_properties();
[[nodiscard]] KindProperties mount_properties();
[[nodiscard]] KindProperties swap_properties();
[[nodiscard]] KindProperties socket_properties();
[[nodiscard]] KindProperties device_properties();
[[nodiscard]] KindProperties automount_properties();
[[nodiscard]] KindProperties timer_properties();
[[nodiscard]] KindProperties path_properties();
[[nodiscard]] KindProperties scope_properties();

} // namespace sctl
