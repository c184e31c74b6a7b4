#include "run/deferred_signals.hpp"

#include <csignal>

#include "base/text.hpp"
#include "os/memory.hpp"
#include "run/process_run.hpp"
#include "run/unit.hpp"

namespace sctl {
namespace {

// Against a service that forks faster than it is signalled: SIGKILL is worth a fight, what can be
// ignored is not.
constexpr int turns_of_asking = 10;
constexpr int turns_of_killing = 1000;
constexpr int rests_per_turn = 32;

// Null where the unit has gone, or something else has begun with its processes.
ProcessRun* still_meant(RunMeans& means, UnitId id, uint32_t round) {
    Unit* unit = means.host.find_unit(id);
    ProcessRun* run = unit ? process_run(*unit) : nullptr;
    return run && run->signal_round() == round ? run : nullptr;
}

} // namespace

void DeferredSignals::send_soon(UnitId unit, uint32_t round, SignalRequest request) {
    waiting_.push_back({unit, round, std::move(request)});
    send_at_end_of_turn();
}

void DeferredSignals::send_at_end_of_turn() {
    if (is_deferred_ || waiting_.empty()) return;
    means_.loop.defer([this] { send_some(); });
    is_deferred_ = true;
}

void DeferredSignals::send_some() {
    is_deferred_ = false;
    for (int i = 0; i < rests_per_turn && !waiting_.empty(); ++i) {
        Rest rest = std::move(waiting_.front());
        waiting_.pop_front();
        ProcessRun* run = still_meant(means_, rest.unit, rest.round);
        if (!run) continue;
        run_guarded("signalling a service", [&] {
            run->continue_told(rest.request);
            if (!means_.processes.signal_all(rest.request))
                go_on(rest.unit, rest.round, std::move(rest.request), turns_of_asking);
        });
    }
    send_at_end_of_turn();
}

void DeferredSignals::go_on(UnitId unit, uint32_t round, SignalRequest request) {
    bool kills = request.signal == SIGKILL;
    go_on(unit, round, std::move(request), kills ? turns_of_killing : turns_of_asking);
}

void DeferredSignals::go_on(UnitId unit, uint32_t round, SignalRequest request, int turns_left) {
    means_.loop.defer([this, unit, round, request = std::move(request), turns_left]() mutable {
        if (!still_meant(means_, unit, round)) return;
        if (means_.processes.signal_all(request)) return;
        if (turns_left > 0) return go_on(unit, round, std::move(request), turns_left - 1);
        means_.host.log_unit(*means_.host.find_unit(unit), LogLevel::Warning,
                             "Its processes multiply faster than they can be signalled; giving up "
                             "until the next try.");
    });
}

} // namespace sctl
