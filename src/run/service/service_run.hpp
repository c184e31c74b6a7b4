// The run of a service: beside its processes, which of them is the main one (PIDFile=, a guess,
// MAINPID=), what it says of itself (sd_notify(3)), and its watchdog.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run/open_files.hpp"
#include "run/process_run.hpp"
#include "run/service/fd_store.hpp"
#include "state/service/service.hpp"

namespace sctl {

class ServiceRun final : public ProcessRun {
  public:
    ServiceRun(Unit& unit, RunMeans& means, OwnerId owner)
        : ProcessRun(unit, means, owner), store_(means.loop) {}

    [[nodiscard]] Answer execute(const UnitAction& action) override;
    void notified(pid_t sender, uid_t sender_uid, std::string_view text,
                  std::vector<UniqueFd>& descriptors) override;
    [[nodiscard]] std::optional<FormerRun> note() const override;
    [[nodiscard]] bool go_on_with(const FormerRun& run) override;
    [[nodiscard]] Result<void> take_connection(UniqueFd connection, UnitId socket) override;
    void drop_connection() override;
    // NFileDescriptorStore=
    [[nodiscard]] size_t stored_descriptors() const { return store_.size(); }
    Result<void> kill(bool main, bool control, bool rest, int signal) override;

  private:
    [[nodiscard]] const ServiceConfig& config() const;
    [[nodiscard]] const ServiceStatus& status() const;

    [[nodiscard]] Result<void> describe(const action::Spawn& what, ExecPlanInputs& inputs) override;
    [[nodiscard]] const ExecCommand& command(const action::Spawn& what) const override;
    // What sockets that trigger it listen to, for the process that the service is.
    [[nodiscard]] Result<PassedFiles> collect_descriptors() const;
    [[nodiscard]] Result<void> take_sockets(bool passes, ExecPlanInputs& inputs) const;
    void main_replaced() override { forget_alien(); }
    [[nodiscard]] bool end_is_seen(pid_t) const override {
        return !status().main_pid_alien || alien_watch_;
    }
    [[nodiscard]] std::vector<std::string> left_files() override;

    // environment.cpp: NAME=VALUE for one process: INVOCATION_ID, NOTIFY_SOCKET, MAINPID,
    // WATCHDOG_*, SERVICE_RESULT and EXIT_* of the stop commands, MONITOR_* of the one unit that
    // triggers this one. Those of users and directories are the plan's.
    [[nodiscard]] std::vector<std::string> variables_of(ServiceExecCommand which) const;

    void store_descriptors(std::string_view text, std::vector<UniqueFd>& descriptors);
    void arm_watchdog(Span deadline);
    void watchdog_elapsed();

    // main_pid.cpp
    [[nodiscard]] event::PidFileRead look_at_pid_file();
    [[nodiscard]] Answer watch_pid_file();
    void stop_watching_pid_file();
    [[nodiscard]] event::MainPidGuessed guess_main_pid();
    void take_main_pid(pid_t pid, bool alien);
    void watch_alien(pid_t pid);
    void alien_ended(pid_t pid);
    void forget_alien();
    [[nodiscard]] bool may_notify(pid_t sender, uid_t sender_uid);
    void check_main_pid(event::Notified& said, uid_t sender_uid);

    // former.cpp
    void meet_former_processes();
    void former_ended(pid_t pid);

    OwnedTimer watchdog_timer_;
    FdStore store_;
    // Of an instance that a socket has started for it (Accept=yes), until it is over.
    UniqueFd connection_;
    UnitId accepted_by_ = no_unit;
    UniqueFd pid_file_inotify_; // while PIDFile= is waited for
    Watch pid_file_watch_;
    pid_t alien_pid_ = 0; // a main process that is no child of ours
    UniqueFd alien_pidfd_;
    Watch alien_watch_;
    // What a former manager has started, as long as the unit runs; and those of it that are no
    // children of ours, each until it ends, which may be later.
    struct FormerProcess {
        UniqueFd pidfd;
        Watch watch;
    };
    std::unique_ptr<FormerRun> former_;
    std::map<pid_t, FormerProcess> former_processes_;
};

// Null where the unit is none, or has not been loaded.
[[nodiscard]] const ServiceRun* service_run(const Unit& unit);
// Of a service that has been loaded.
[[nodiscard]] const ServiceStatus& service_status(const Unit& unit);

} // namespace sctl
