#include "manager/turn.hpp"

#include <utility>

#include "os/memory.hpp"

namespace sctl {

// Each unit goes through finitely many states without an event from outside, so this ends. What
// throws fails that one piece of work; what is left for lack of memory is for the next turn.
void Turn::run() noexcept {
    NextTurn& next = parts_.next;
    if (std::exchange(is_under_way_, true)) return next.schedule();
    next.begin();
    take_memory_reserve();
    auto look = parts_.store.look_once();
    bool more = true;
    while (more && !next.is_put_off()) {
        auto ended = run_guarded("a turn", [&] { more = take_step(); });
        if (ended == Guarded::OutOfMemory) next.put_off();
    }
    is_under_way_ = false;
    next.end();
    finish();
    if (!next.is_put_off()) return;
    next.schedule_later();
    if (parts_.shutdown.is_under_way()) parts_.shutdown.end_without_memory();
}

// One piece of the turn's work; false where there was none.
bool Turn::take_step() {
    if (!parts_.events.empty()) return parts_.events.take_one();
    return parts_.changes.settle_what_is_open() || parts_.jobs.run_one() ||
           parts_.conditions.check() || !parts_.events.empty();
}

void Turn::finish() noexcept {
    auto guarded = [&](auto&& part) {
        auto ended = run_guarded("the end of a turn", part);
        if (ended == Guarded::OutOfMemory) parts_.next.put_off();
    };
    guarded([&] { parts_.idle.check(); });
    guarded([&] { parts_.store.merge_what_ended(); });
    // Of a system that ends nobody needs the room, and each unit of it would be a candidate.
    if (!parts_.shutdown.is_under_way()) guarded([&] { parts_.store.collect_garbage(); });
    guarded([&] { parts_.observers.tell_changes(); });
    guarded([&] {
        if (parts_.shutdown.is_under_way())
            parts_.shutdown.check_finished();
        else
            parts_.boot.check();
    });
}

} // namespace sctl
