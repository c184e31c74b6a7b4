// The states that every unit type's own states are mapped to (org.freedesktop.systemd1(5),
// ActiveState), and the three questions that jobs and dependencies ask of them.
#pragma once

#include <cstdint>

namespace sctl {

enum class ActiveState : uint8_t {
    Active,
    Reloading,
    Inactive,
    Failed,
    Activating,
    Deactivating,
    Maintenance,
};

[[nodiscard]] constexpr bool is_active_or_reloading(ActiveState state) noexcept {
    return state == ActiveState::Active || state == ActiveState::Reloading;
}
[[nodiscard]] constexpr bool is_active_or_activating(ActiveState state) noexcept {
    return is_active_or_reloading(state) || state == ActiveState::Activating;
}
[[nodiscard]] constexpr bool is_inactive_or_failed(ActiveState state) noexcept {
    return state == ActiveState::Inactive || state == ActiveState::Failed;
}

} // namespace sctl
