// The properties of units that SetUnitProperties() takes while a unit is loaded, as systemd does:
// what concerns its resources, its description and its markers. All others belong to unit files.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "unit/unit_name.hpp"
#include "wire/message.hpp"

namespace sctl {

struct SettableProperty {
    std::string_view name, signature;
    std::string_view key;  // as a unit file has it
    std::string_view file; // in the drop-in's name
    // The lines that say the value in a unit file; InvalidArgs where it makes no sense.
    Result<std::string> (*lines)(const SettableProperty& row, Reader& in);
    uint64_t least = 0, most = UINT64_MAX; // of a number
};

// Null for what cannot be set of a unit of this type.
[[nodiscard]] const SettableProperty* find_settable_property(UnitType type, std::string_view name);
// Those that concern resources, and "Description".
[[nodiscard]] std::span<const SettableProperty> settable_properties();
// The section that has a unit's resources; "" for a type that has none.
[[nodiscard]] std::string_view resource_section(UnitType type);

} // namespace sctl
