// Removes files for a manager that must not wait for a disk, by processes of its own
// (`sctl-remove`), a few at a time. What such a process complains of stands in the unit's log.
#pragma once

#include <sys/types.h>

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "os/event_loop.hpp"
#include "os/reaper.hpp"
#include "os/service_output.hpp"

namespace sctl {

class Remover {
  public:
    // `started` is called for each child, which its caller reaps and passes to ended().
    Remover(EventLoop& loop, ServiceOutput& output, std::function<void(pid_t)> started);
    Remover(const Remover&) = delete;
    Remover& operator=(const Remover&) = delete;

    // Removes `paths` of this machine with all below them, and calls `done` from the loop when that
    // has come to an end, or has taken too long.
    void remove(const std::string& unit, std::vector<std::string> paths,
                std::function<void()> done);
    // A process has ended. True where it was one of ours.
    bool process_exited(const ProcessExit& exit);

  private:
    struct Removal {
        std::string unit;
        std::vector<std::string> paths;
        std::function<void()> done;
        OwnedTimer limit;
    };

    void start_some();
    [[nodiscard]] bool start(Removal& removal);
    void give_up(pid_t pid);

    EventLoop& loop_;
    ServiceOutput& output_;
    std::function<void(pid_t)> started_;
    std::deque<Removal> waiting_;
    std::map<pid_t, Removal> running_;
    OwnedTimer retry_{loop_, [this] { start_some(); }};
};

} // namespace sctl
