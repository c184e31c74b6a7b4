// Handles the ends of children: finds whose each was while it is still a zombie, reaps it, and
// tells its unit when all that had ended are reaped (docs/design.md, "One exit, from SIGCHLD to
// restart").
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "manager/generators.hpp"
#include "manager/observers.hpp"
#include "manager/owners.hpp"
#include "manager/unit_table.hpp"
#include "os/reaper.hpp"

namespace sctl {

class NotifySocket;
class Remover;

class Exits {
  public:
    struct Parts {
        EventLoop& loop;
        ServiceOutput& output;
        UnitTable& units;
        Processes& processes;
        Owners& owners;
        Generators& generators;
        Remover& remover;
        NotifySocket& notify;
        Observers& observers;
    };
    // `run_turn` does what the exits have led to.
    Exits(const Parts& parts, std::function<void()> run_turn);
    Exits(const Exits&) = delete;
    Exits& operator=(const Exits&) = delete;

    // All children that have ended.
    void reap();
    // To be called at SIGCHLD: reaps at once, but while many units stop no more often than each
    // millisecond. Each time costs a look at all our children.
    void reap_soon();

  private:
    void take(const ProcessExit& exit);
    void tell_units();

    ServiceOutput& output_;
    UnitTable& units_;
    Processes& processes_;
    Owners& owners_;
    Generators& generators_;
    Remover& remover_;
    NotifySocket& notify_;
    Observers& observers_;
    const std::function<void()> run_turn_;
    std::vector<std::pair<UnitId, ProcessExit>> exits_; // reaped and still to be told
    Span reaped_at_{};
    OwnedTimer timer_;
};

} // namespace sctl
