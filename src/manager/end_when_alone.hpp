// `init --all`: a manager that stops everything and ends when no process is left but our own, as
// systemctl3.py's does. It looks when the boot is over and whenever something has ended since, and
// does not count a unit without a process as one; but a unit that is on its way to one (a restart
// that waits) and a job keep us. Processes that were executed from outside are not our children:
// they are waited for one at a time by a pidfd.
#pragma once

#include "base/unique_fd.hpp"
#include "manager/manager.hpp"

namespace sctl {

class EndWhenAlone : public ManagerObserver {
  public:
    // To be made before the manager boots.
    explicit EndWhenAlone(Manager& manager);
    ~EndWhenAlone() override;
    EndWhenAlone(const EndWhenAlone&) = delete;
    EndWhenAlone& operator=(const EndWhenAlone&) = delete;

    void startup_finished() override { look_soon(); }
    void processes_reaped() override { look_soon(); }
    void unit_changed(const Unit&) override { look_soon(); }
    void job_removed(const Job&, const Unit&) override { look_soon(); }

  private:
    void look_soon();
    void look();
    [[nodiscard]] bool awaits_processes() const;
    void await_outsider(pid_t pid);

    Manager& manager_;
    UniqueFd outsider_;
    Watch watch_;
    OwnedTimer turn_; // the look that is to come
};

} // namespace sctl
