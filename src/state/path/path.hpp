// The life of a path unit (systemd.path(5)).
//
//   dead ──start──► waiting ──there is what it waits for──► running
//    ▲                 ▲                                       │
//    └── or failed     └────── what it triggers has ended ─────┘
//
// What is on the disk is looked at by its run; the machine decides what follows. A change that
// comes while its unit is at work is not lost: there is one more run for it, and no third, so that
// a service that writes to the file that starts it comes to an end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "state/start_limit.hpp"
#include "state/trigger.hpp"
#include "unit/path/path_config.hpp"

namespace sctl {

// org.freedesktop.systemd1(5), SubState of path units.
enum class PathState : uint8_t { Dead, Waiting, Running, Failed };
enum class PathResult : uint8_t {
    Success,
    Resources,
    StartLimitHit,
    UnitStartLimitHit,
    TriggerLimitHit
};

[[nodiscard]] std::string_view to_string(PathState state);
[[nodiscard]] std::string_view to_string(PathResult result);
[[nodiscard]] ActiveState active_state(PathState state);

struct PathStatus {
    PathState state = PathState::Dead;
    PathResult result = PathResult::Success;
    std::optional<StartLimit> trigger_limit;
    std::string changed_meanwhile; // while its unit was at work; empty: nothing
    bool is_second_run = false;    // for such a change
};

class PathMachine final : public UnitMachine {
  public:
    void step(const LoadedUnit& unit, const StepContext& context, const UnitEvent& event,
              std::vector<UnitAction>& actions, Cause& cause) override;
    [[nodiscard]] std::string_view sub_state() const override { return to_string(status_.state); }
    [[nodiscard]] Phase phase() const override;
    [[nodiscard]] std::string refusal(const LoadedUnit& unit,
                                      const StepContext& context) const override {
        return refusal_without_triggered(unit, context);
    }

    [[nodiscard]] const PathStatus& status() const { return status_; }

  private:
    PathStatus status_;
};

} // namespace sctl
