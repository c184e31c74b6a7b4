// A unit at run time: what its files say (LoadedUnit), where its life has got to, and when that
// changed. Units are named by UnitId across events; a reference lives for one event at most.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "graph/dependency.hpp"
#include "graph/job.hpp"
#include "os/event_loop.hpp"
#include "run/unit_run.hpp"
#include "state/start_limit.hpp"
#include "state/unit_machine.hpp"
#include "unit/condition/condition.hpp"
#include "unit/config.hpp"

namespace sctl {

struct Unit {
    UnitId id = no_unit;
    LoadedUnit loaded;    // without its dependencies: the graph has them
    bool skipped = false; // makes no sense in a container, or a type that is not built
    std::unique_ptr<UnitMachine> machine; // from when it is loaded for the first time
    std::unique_ptr<UnitRun> run;         // likewise; null where there is nothing to carry out

    ActiveState active = ActiveState::Inactive;
    Moment state_change, inactive_exit, active_enter, active_exit, inactive_enter;
    Moment condition_time, assert_time;
    bool condition_result = false, assert_result = false;
    std::vector<ConditionResult> condition_results, assert_results; // empty: never tested
    std::array<uint8_t, 16> invocation_id{};
    std::optional<StartLimit> start_limit;
    // By what a unit that triggers this one has started it: $TRIGGER_UNIT and its like.
    using Activation = std::shared_ptr<const std::vector<std::string>>;
    Activation activation;
    Cause cause;        // why it failed last; empty text where it did not
    std::string unmet;  // the condition or assertion that was not met last, as a sentence's end
    JobId job = 0;      // 0: none is queued
    unsigned holds = 0; // it is not forgotten while there are any: UnitHold
    std::optional<StartLimit> self_limit; // for starts and stops that nobody asked for
    OwnedTimer self_limit_timer;          // when that limit allows more
    // Of the manager: at the end of the turn observers will be told, what depends on it will be
    // looked at, and whether anybody needs it.
    bool change_pending = false, examination_pending = false, garbage_candidate = false,
         settling_pending = false;
    // Its job was to be ended and memory was short: by its state, or as failed.
    enum class Open : uint8_t { Nothing, ToSettle, ToFail } open = Open::Nothing;

    [[nodiscard]] const UnitName& name() const noexcept { return loaded.id; }
    [[nodiscard]] UnitType type() const { return loaded.id.type(); }
    // As `show -p SubState` prints it.
    [[nodiscard]] std::string_view sub_state() const;
    // Description=, or the id where there is none.
    [[nodiscard]] const std::string& description() const;
    [[nodiscard]] bool is_inactive_or_failed() const noexcept {
        return active == ActiveState::Inactive || active == ActiveState::Failed;
    }
    [[nodiscard]] bool is_active_or_reloading() const noexcept {
        return active == ActiveState::Active || active == ActiveState::Reloading;
    }
    [[nodiscard]] bool is_active_or_activating() const noexcept {
        return active == ActiveState::Active || active == ActiveState::Activating ||
               active == ActiveState::Reloading;
    }
};

} // namespace sctl
