// Of units that start processes: what no setting of theirs says.
#include "bus/properties/property_rows.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {
namespace {

using enum Changes;

constexpr Property exec_rows[] = {
    {"NonBlocking", "b", Never, of_object<is_non_blocking>},
    {"TTYRows", "q", Never, always<uint16_t{UINT16_MAX}>},
    {"TTYColumns", "q", Never, always<uint16_t{UINT16_MAX}>},
    {"SameProcessGroup", "b", Never,
     of_unit<[](const Unit& u) { return kind_of(u.loaded).same_process_group; }>},
};

} // namespace

std::span<const Property> exec_properties() {
    return exec_rows;
}

} // namespace sctl
