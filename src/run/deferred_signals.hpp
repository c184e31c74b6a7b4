// Signals to all processes of many units, in small steps: those of a unit whose main process has
// been told are looked for at the end of a turn of the loop, of a bounded number of units in each.
// What has ended meanwhile was reaped, and most units then have no process left, and need no
// SIGCONT after the signal. To look below a process costs more than all else of its stop, most of
// it in the kernel, when what /proc showed of it is cleared away at its end.
#pragma once

#include <cstdint>
#include <deque>

#include "graph/dependency.hpp"
#include "os/processes.hpp"

namespace sctl {

struct RunMeans;

class DeferredSignals {
  public:
    explicit DeferredSignals(RunMeans& means) : means_(means) {}
    DeferredSignals(const DeferredSignals&) = delete;
    DeferredSignals& operator=(const DeferredSignals&) = delete;

    // At the end of this turn or one of the next. Given up where the unit's signal_round() is
    // another by then.
    void send_soon(UnitId unit, uint32_t round, SignalRequest request);
    // What is left of a request that has been begun, turn by turn; of SIGKILL for longer.
    void go_on(UnitId unit, uint32_t round, SignalRequest request);

  private:
    struct Rest {
        UnitId unit;
        uint32_t round;
        SignalRequest request;
    };

    void go_on(UnitId unit, uint32_t round, SignalRequest request, int turns_left);
    void send_at_end_of_turn();
    void send_some();

    RunMeans& means_;
    std::deque<Rest> waiting_; // at most one of each unit that has not been overtaken
    bool is_deferred_ = false;
};

} // namespace sctl
