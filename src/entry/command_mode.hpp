// Runs the commands of an init: starts them, hands them signals, reaps, and ends as the policy
// says. It carries out what the CommandLife decides. Without units there is no manager until
// somebody connects to its socket; attach() then makes the commands the units main.service (and
// NAME.service of --run) without touching their processes, and from then on the manager reaps and
// may restart them.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "entry/command_life.hpp"
#include "entry/request.hpp"
#include "manager/manager.hpp"
#include "os/event_loop.hpp"
#include "os/reaper.hpp"
#include "os/remaining_processes.hpp"
#include "os/signals.hpp"

namespace sctl {

class CommandMode : private ManagerObserver {
  public:
    // `loop` and `request` outlive it. All signals are blocked.
    CommandMode(EventLoop& loop, const InitRequest& request);
    ~CommandMode() override;
    CommandMode(const CommandMode&) = delete;
    CommandMode& operator=(const CommandMode&) = delete;

    // Starts all commands at once: where no units come before them.
    void start();
    // For the session that a command will lead, before anything runs around it: the kernel sends a
    // HUP to all of our group, in which each process is until it leads a session of its own.
    void let_go_of_terminal();
    // Those that wait, once a manager has its units up.
    void start_with_manager();
    // The units around them have been queued: where one cannot be had, nothing is started.
    void check_units();
    void handle(const ReceivedSignal& signal);
    // The commands become units of `manager`, which has not been set up yet and then outlives us.
    void introduce(Manager& manager);
    // The same, after set_up(): their processes are its processes now.
    void hand_over();

    [[nodiscard]] bool over() const noexcept { return life_.over(); }
    [[nodiscard]] int status() const { return life_.status(); }
    [[nodiscard]] const CommandLife& life() const noexcept { return life_; }

  private:
    enum class Awaited : uint8_t { Nobody, Sessions, Everyone };

    void process_ended(const ProcessExit& exit) override;
    void processes_reaped() override { after_reaping(); }
    void startup_finished() override;

    [[nodiscard]] const std::vector<std::string>& arguments_of(size_t command) const {
        return commands_[command];
    }
    void launch(size_t command);
    void tell_spawned(size_t command, pid_t pid, const SpawnReport& report);
    [[nodiscard]] Result<Spawned> start_for_manager(size_t command, const Placement& placement);
    void reap();
    void look_for_units();
    void after_reaping() { after_reaping(has_children_but(our_own())); }
    void after_reaping(bool children_left);
    [[nodiscard]] bool is_stopped_by_verb(pid_t pid) const;
    void be_ready();

    void perform();
    void perform(const life_action::Send& what);
    void perform(life_action::EndSessions what);
    void perform(life_action::EndEveryone what);
    void perform(life_action::AwaitSessions what);
    void perform(life_action::AwaitEveryone what);
    void perform(life_action::KillAwaited what);
    void perform(const life_action::StopUnits& what);
    void perform(const life_action::RunTrap& what);
    void perform(life_action::SuspendSelf what);
    void perform(const life_action::ArmClock& what);
    void perform(const life_action::Tell& what);
    void perform(life_action::Finish what);

    void begin_grace();
    void kill_all_that_is_left();
    void run_next_trap();
    void look_for_awaited();
    void watch_outsider(pid_t pid);
    [[nodiscard]] std::vector<pid_t> awaited_processes() const;
    [[nodiscard]] std::set<pid_t> our_own() const;
    void leave_directory();
    [[nodiscard]] ExecPlan plan_for(size_t command) const;
    void tell(Note note, const NoteValues& values) const;

    EventLoop& loop_;
    const InitRequest& request_;
    std::vector<std::vector<std::string>> commands_; // by command
    std::vector<int> given_descriptors_;
    UniqueFd directory_;         // of the commands, while they are started and we are in "/"
    std::string directory_name_; // the same for those that are started later
    CommandLife life_;
    Manager* manager_ = nullptr;
    std::vector<pid_t>
        adopted_;             // by command: started before the manager was, and not yet handed over
    std::set<pid_t> leaders_; // of all commands that ever ran
    Awaited awaited_kind_ = Awaited::Nobody;
    std::set<pid_t> awaited_;
    UniqueFd outsider_; // a pidfd of one that is awaited and no child of ours
    Watch outsider_watch_;
    OwnedTimer clock_, grace_clock_;
    SignalSet traps_waiting_;
    pid_t trap_ = 0; // the script that runs
    bool performing_ = false;
    bool ready_ = false;
};

} // namespace sctl
