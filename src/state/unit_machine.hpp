// The life of a unit, one object a unit, a class for each kind that has a life of its own; all
// others share the passive one (passive.hpp). A machine decides and does nothing: it knows no
// clock, process table or file. What it needs comes in with the event, what it wants done goes out
// as actions, so that each path through it is a short test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "state/unit_action.hpp"
#include "state/unit_event.hpp"
#include "unit/active_state.hpp"
#include "unit/config.hpp"

namespace sctl {

[[nodiscard]] std::string_view to_string(ActiveState state); // "activating", ...

// Why a unit is where it is: what `status`, the boot's lines and a job's result say.
struct Cause {
    std::string text; // "main process exited, status=203/EXEC", "ExecStartPre= timed out", ...
};

// The unit that this one triggers.
struct TriggeredUnit {
    std::string_view name; // as long as the step lasts
    ActiveState active = ActiveState::Inactive;
    std::string_view sub_state; // of static storage
    Moment inactive_exit, inactive_enter;
    bool is_loaded = false;
    bool has_job = false;
    bool start_limit_hit = false; // its last start was refused
};

// What a step may know besides the unit itself.
struct StepContext {
    Moment now;
    bool stop_job_pending = false; // a stop (no restart) is queued: no Restart= against it
    bool manager_stopping = false; // nor while everything halts
    bool restart_job = false;      // the unit's job is a restart: RestartKillSignal=
    Moment manager_start{};        // when the manager began
    uint64_t machine_hash = 0;     // the same at each boot of this machine: FixedRandomDelay=
    // Nothing where there is none, or the kind triggers no other.
    std::optional<TriggeredUnit> triggered{};
    uint64_t (*random)() = [] { return uint64_t{0}; }; // for RuntimeRandomizedExtraSec=
};

// How far a unit has got, as jobs see it.
enum class Phase : uint8_t {
    Down,     // it can be started
    ComingUp, // a start job ends with what is under way
    Up,
    Busy, // with its end, or something that has to be over before it can be started
};

class UnitMachine {
  public:
    virtual ~UnitMachine() = default;

    // Goes on by one event and appends what is to be done; sets `cause` where the unit's result
    // turned away from success. What throws has changed nothing. An event that the state has no use
    // for changes nothing either; in particular StartRequested while the unit stops (the job is to
    // wait), and StopRequested where it does not run.
    virtual void step(const LoadedUnit& unit, const StepContext& context, const UnitEvent& event,
                      std::vector<UnitAction>& actions, Cause& cause) = 0;

    [[nodiscard]] virtual std::string_view sub_state() const = 0; // of static storage
    [[nodiscard]] virtual Phase phase() const = 0;
    [[nodiscard]] virtual bool can_reload(const LoadedUnit&) const { return false; }
    // Why a start is refused, which changes nothing in the unit; empty where it is not. As systemd
    // words it in the log.
    [[nodiscard]] virtual std::string refusal(const LoadedUnit&, const StepContext&) const {
        return {};
    }
    // Those that are known: 0 for none.
    [[nodiscard]] virtual pid_t main_pid() const { return 0; }
    [[nodiscard]] virtual pid_t control_pid() const { return 0; }
    // As last heard, other processes of the unit are alive.
    [[nodiscard]] virtual bool processes_left() const { return false; }
    // How its last main process ended.
    [[nodiscard]] virtual ExitInfo main_exit() const { return {}; }
    // Whether a process must have ended before the unit can be forgotten.
    [[nodiscard]] bool has_process() const {
        return main_pid() != 0 || control_pid() != 0 || processes_left();
    }
};

} // namespace sctl
