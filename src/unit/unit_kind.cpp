#include "unit/unit_kind.hpp"

#include <algorithm>
#include <cassert>

namespace sctl {

std::span<const UnitKind> unit_kinds() {
    return {unit_kind_table.rows.data(), unit_kind_table.count};
}

void add_unit_kind(const UnitKind& kind) {
    assert(unit_kind_table.count < unit_kind_table.rows.size() &&
           static_cast<size_t>(kind.type) == unit_kind_table.count);
    unit_kind_table.rows[unit_kind_table.count++] = kind;
}

const UnitKind& kind_of(UnitType type) {
    return unit_kind_table.rows[static_cast<size_t>(type)];
}

const UnitKind* kind_with_section(std::string_view section) {
    auto rows = unit_kinds();
    auto found = std::ranges::find(rows, section, &UnitKind::section);
    return found == rows.end() ? nullptr : &*found;
}

} // namespace sctl
