#include <array>

#include "state/unit_machine.hpp"

namespace sctl {
namespace {

constexpr std::array<std::string_view, static_cast<size_t>(ActiveState::Maintenance) + 1> actives{
    "active", "reloading", "inactive", "failed", "activating", "deactivating", "maintenance"};
static_assert(!actives.back().empty());

} // namespace

std::string_view to_string(ActiveState state) {
    return actives[static_cast<size_t>(state)];
}

} // namespace sctl
