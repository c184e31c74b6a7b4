// `init --all`: a manager that stops everything and ends when no process is left but our own, as
// systemctl3.py's does. It looks when the boot is over and whenever something has ended since, and
// does not count a unit without a process as one; but a unit that is on its way to one (a restart
// that waits) and a job keep us. Who was executed from outside and is not our child is waited for
// one at a time by a pidfd.
#pragma once

#include "base/unique_fd.hpp"
#include "manager/manager.hpp"

namespace sctl {

class LastProcess : public ManagerObserver {
  public:
    // To be made before the manager boots.
    explicit LastProcess(Manager& manager);
    ~LastProcess() override;
    LastProcess(const LastProcess&) = delete;
    LastProcess& operator=(const LastProcess&) = delete;

    void startup_finished() override { look_soon(); }
    void processes_reaped() override { look_soon(); }
    void unit_changed(const Unit&) override { look_soon(); }
    void job_removed(const Job&, const Unit&) override { look_soon(); }

  private:
    void look_soon();
    void look();
    [[nodiscard]] bool awaits_processes() const;
    void await_stranger(pid_t pid);

    Manager& manager_;
    UniqueFd stranger_;
    Watch watch_;
    OwnedTimer turn_; // the look that is to come
};

} // namespace sctl
