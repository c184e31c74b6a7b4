#include "unit/search/embedded_units.hpp"

#include <algorithm>

namespace sctl {
namespace {

constexpr EmbeddedUnit table[] = {
#include "embedded_units.inc"
};
static_assert(std::ranges::is_sorted(table, {}, &EmbeddedUnit::name));

} // namespace

std::span<const EmbeddedUnit> embedded_units() {
    return table;
}

const EmbeddedUnit* find_embedded_unit(std::string_view name) {
    auto found = std::ranges::lower_bound(table, name, {}, &EmbeddedUnit::name);
    return found != std::end(table) && found->name == name ? found : nullptr;
}

} // namespace sctl
