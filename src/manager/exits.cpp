#include "manager/exits.hpp"

#include <map>

#include "run/notify.hpp"
#include "run/remover.hpp"

namespace sctl {
namespace {

constexpr long many_that_stop = 32;
constexpr Span pause_of_reaping = 1ms;

} // namespace

Exits::Exits(const Parts& parts, std::function<void()> run_turn)
    : output_(parts.output),
      units_(parts.units),
      processes_(parts.processes),
      owners_(parts.owners),
      generators_(parts.generators),
      remover_(parts.remover),
      notify_(parts.notify),
      observers_(parts.observers),
      run_turn_(std::move(run_turn)),
      timer_(parts.loop, [this] { reap(); }) {}

void Exits::reap_soon() {
    bool crowd = units_.stopping_count() >= many_that_stop;
    if (!crowd || monotonic_now() - reaped_at_ >= pause_of_reaping) return reap();
    if (!timer_.armed()) timer_.arm(reaped_at_ + pause_of_reaping);
}

void Exits::reap() {
    timer_.cancel();
    // What a process said last counts before its end does.
    notify_.drain();
    auto reaped = processes_.reap([this](const ProcessExit& exit) { take(exit); });
    run_insistently("the ends of processes", [this] { tell_units(); });
    reaped_at_ = monotonic_now();
    if (reaped == Reaping::OutOfMemory || !exits_.empty())
        timer_.arm(reaped_at_ + pause_for_memory);
    else if (reaped == Reaping::More || processes_.is_undecided())
        timer_.arm(Span{});
    run_turn_();
    if (reaped == Reaping::Done)
        observers_.tell([](ManagerObserver& observer) { observer.processes_reaped(); });
}

// Done again, from the start, where memory was short.
void Exits::take(const ProcessExit& exit) {
    observers_.tell([&](ManagerObserver& observer) { observer.process_ended(exit); });
    if (exit.pid == output_.process()) output_.process_exited(exit.pid);
    bool is_helper = generators_.process_exited(exit) || remover_.process_exited(exit);
    Unit* owner = is_helper ? nullptr : owners_.unit_of_ended(exit.pid);
    bool is_run = owner && owner->run;
    if (is_run) owner->run->note_exit(exit);
    processes_.forget_process(exit.pid);
    if (is_run) exits_.emplace_back(owner->id, exit);
    owners_.disown(exit.pid);
}

// Each unit once, however many of its processes have ended; and those that could not be told
// whether they have any left when the last ones ended. What cannot be told now stays.
void Exits::tell_units() {
    for (OwnerId owner : processes_.undecided()) {
        if (const Unit* unit = owners_.unit_of(owner)) exits_.emplace_back(unit->id, ProcessExit{});
    }
    processes_.forget_undecided();
    std::map<UnitId, std::vector<ProcessExit>> by_unit;
    for (const auto& [id, exit] : exits_) {
        auto& ended = by_unit[id];
        if (exit.pid > 0) ended.push_back(exit);
    }
    bool all_told = true;
    for (const auto& [id, ended] : by_unit) {
        if (!units_.exists(id)) continue;
        auto told = run_insistently("an exit of a service", [&, id = id, &ended = ended] {
            units_.unit(id).run->tell_exits(ended);
        });
        all_told &= told != Guarded::OutOfMemory;
    }
    if (all_told) exits_.clear();
}

} // namespace sctl
