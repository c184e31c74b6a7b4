// The life of a target, and of every other unit that only is or is not: a start makes it active, a
// stop inactive, at once and always.
#pragma once

#include <string_view>

#include "state/service.hpp"

namespace sctl {

enum class TargetState : unsigned char { Dead, Active };

[[nodiscard]] constexpr std::string_view to_string(TargetState state) {
    return state == TargetState::Active ? "active" : "dead";
}
[[nodiscard]] constexpr ActiveState active_state(TargetState state) {
    return state == TargetState::Active ? ActiveState::Active : ActiveState::Inactive;
}

} // namespace sctl
