// Ends things: the shutdown targets, the engine's grace, and at last what is left.
//
//   start of halt.target, ... ──► begin() ──► units stop in order ──► SIGTERM to the rest ──► the
//   loop ends
//                                    │                                     ▲
//   by a signal: grace clock ────────┴── 4/5: everyone is told ── nearly over: SIGKILL
//
// docs/design.md, "Stopping, and the grace".
#pragma once

#include <functional>
#include <list>
#include <optional>
#include <string_view>
#include <utility>

#include "graph/job_queue.hpp"
#include "manager/manager_options.hpp"
#include "manager/next_turn.hpp"
#include "manager/owners.hpp"
#include "manager/unit_table.hpp"
#include "os/event_loop.hpp"
#include "os/service_output.hpp"

namespace sctl {

// What the manager does once everything has stopped.
enum class Objective : uint8_t { None, Exit, Halt, Poweroff, Reboot };
// The objective that a start of this target asks for: "reboot.target", ...
[[nodiscard]] Objective objective_of_target(std::string_view name);

class Shutdown {
  public:
    struct Parts {
        EventLoop& loop;
        const ManagerOptions& options;
        ServiceOutput& output;
        UnitTable& units;
        Owners& owners;
        const JobQueue& jobs;
        NextTurn& turn;
    };
    struct Hooks {
        std::function<Result<JobId>(std::string_view target)> start; // irreversibly
        std::function<void(const Unit&)> stop;                       // at once, in whatever order
    };
    Shutdown(const Parts& parts, Hooks hooks);
    Shutdown(const Shutdown&) = delete;
    Shutdown& operator=(const Shutdown&) = delete;

    // Stops everything in order, then ends the loop. `by_signal`: the grace clock runs from now on,
    // also where a verb has begun the shutdown.
    void shut_down(Objective objective, int exit_status, bool by_signal);
    // Without stopping units: SIGTERM to all that runs, SIGKILL to what is left, the end. Also in
    // the middle of a shutdown.
    void end_at_once(Objective objective);
    // The transaction of a shutdown target is queued: from here on nothing is restarted.
    void begin(Objective objective);
    // FailureAction= and the like of `unit`.
    void act_on(EmergencyAction action, const Unit& unit, std::optional<int> exit_status);

    [[nodiscard]] bool is_under_way() const noexcept { return objective_ != Objective::None; }
    [[nodiscard]] Objective objective() const noexcept { return objective_; }
    // Of the program, once the loop has ended.
    [[nodiscard]] int exit_status() const;
    // What exit.target ends with.
    void set_exit_status(int status) noexcept { exit_status_ = status; }

    // At the end of each turn of a shutdown: whether all units have stopped.
    void check_finished();
    // Where not even a shutdown can be worked out any more: everyone is told at once, as far as
    // that concerns us alone, and killed soon.
    void end_without_memory() noexcept;

  private:
    void start_grace_clock();
    void tell_everyone();
    void kill_all_that_is_left();
    void kill_the_rest();
    void watch_the_rest(UniqueFd pidfd);
    void finish_if_alone();

    EventLoop& loop_;
    const ManagerOptions& options_;
    ServiceOutput& output_;
    UnitTable& units_;
    Owners& owners_;
    const JobQueue& jobs_;
    NextTurn& turn_;
    const Hooks hooks_;

    Objective objective_ = Objective::None;
    int exit_status_ = 0;
    Span grace_ends_ = infinity; // when all that is left gets SIGKILL
    OwnedTimer grace_timer_, rest_timer_;
    bool killing_the_rest_ = false;
    Span without_memory_until_{}; // 0: there was always enough
    // Processes that get no more than SIGTERM and SIGKILL.
    std::list<std::pair<UniqueFd, Watch>> rest_;
};

} // namespace sctl
