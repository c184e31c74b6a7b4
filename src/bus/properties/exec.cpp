// Of units that start processes: what no setting of theirs says.
#include "bus/properties/property_rows.hpp"

namespace sctl {
namespace {

using enum Changes;

constexpr Property exec_rows[] = {
    {"NonBlocking", "b", Never,
     of_object<[](const BusObject& o) { return config_of(o).non_blocking; }>},
    {"TTYRows", "q", Never, always<uint16_t{UINT16_MAX}>},
    {"TTYColumns", "q", Never, always<uint16_t{UINT16_MAX}>},
    {"SameProcessGroup", "b", Never,
     of_unit<[](const Unit& u) { return u.type() == UnitType::Mount; }>},
};

} // namespace

std::span<const Property> exec_properties() {
    return exec_rows;
}

} // namespace sctl
