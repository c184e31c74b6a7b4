// Services of Type=idle that wait until no job is queued, but no longer than five seconds
// (systemd.service(5)).
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "graph/job_queue.hpp"
#include "os/event_loop.hpp"

namespace sctl {

class IdleServices {
  public:
    // `reached` tells a unit that it need not wait any more.
    IdleServices(EventLoop& loop, const JobQueue& queue, std::function<void(UnitId)> reached)
        : queue_(queue), reached_(std::move(reached)), timer_(loop, [this] { let_go(); }) {}
    IdleServices(const IdleServices&) = delete;
    IdleServices& operator=(const IdleServices&) = delete;

    void wait(UnitId unit);
    // At the end of each turn.
    void check();

  private:
    void let_go();

    const JobQueue& queue_;
    const std::function<void(UnitId)> reached_;
    std::vector<UnitId> waiting_;
    OwnedTimer timer_;
};

} // namespace sctl
