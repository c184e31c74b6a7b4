// The life of a timer (systemd.timer(5)).
//
//   dead ──start──► waiting ──elapses──► running ──what it triggers has ended──► waiting
//    ▲                 │ nothing left to wait for                                   │
//    └─── or failed ◄──┴──────────────────► elapsed ◄───────────────────────────────┘
//
// Each of its expressions has a next moment on its clock; the timer waits for the first on either.
// One counted from a moment that comes once (the boot, the timer's own start) is spent when it has
// elapsed. The timer only ever starts its unit: one that runs already stays as it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "state/trigger.hpp"
#include "unit/timer/timer_config.hpp"

namespace sctl {

// org.freedesktop.systemd1(5), SubState of timers.
enum class TimerState : uint8_t { Dead, Waiting, Running, Elapsed, Failed };
enum class TimerResult : uint8_t { Success, Resources, StartLimitHit };

[[nodiscard]] std::string_view to_string(TimerState state);
[[nodiscard]] std::string_view to_string(TimerResult result);
[[nodiscard]] ActiveState active_state(TimerState state);

struct TimerStatus {
    struct Value {
        Span next{}; // on its clock; zero: not known yet
        bool is_spent = false;
    };
    TimerState state = TimerState::Dead;
    TimerResult result = TimerResult::Success;
    std::vector<Value> values; // as the settings have them
    Moment started;            // last
    Moment last_trigger;       // its monotonic half is not known of a stamp file
    Span next_realtime{};      // of all, while it waits; infinity where there is none
    Span next_monotonic{};     // likewise
};

class TimerMachine final : public UnitMachine {
  public:
    void step(const LoadedUnit& unit, const StepContext& context, const UnitEvent& event,
              std::vector<UnitAction>& actions, Cause& cause) override;
    [[nodiscard]] std::string_view sub_state() const override { return to_string(status_.state); }
    [[nodiscard]] Phase phase() const override;
    [[nodiscard]] std::string refusal(const LoadedUnit& unit,
                                      const StepContext& context) const override {
        return refusal_without_triggered(unit, context);
    }

    [[nodiscard]] const TimerStatus& status() const { return status_; }

  private:
    TimerStatus status_;
    std::vector<TimerValue> known_; // what status_.values are of
};

} // namespace sctl
