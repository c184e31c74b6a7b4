#include "entry/command_mode.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstdlib>

#include "base/log.hpp"
#include "base/text.hpp"
#include "entry/launch.hpp"
#include "entry/notices.hpp"
#include "entry/wording.hpp"
#include "os/cgroup.hpp"
#include "os/owner_tags.hpp"
#include "os/process.hpp"
#include "os/terminal.hpp"

namespace sctl {
namespace {

// That a program is not there must show in our exit status. One whose exec does not answer for so
// long is taken to run.
constexpr Span patience_with_exec = 2s;

std::vector<EntryCommand> commands_of(const InitRequest& request) {
    std::vector<EntryCommand> commands;
    if (!request.command.empty())
        commands.push_back({.name = "main.service", .is_command = true, .exit = {}});
    for (const auto& path : request.run_files)
        commands.push_back({.name = service_name_of(path), .exit = {}});
    return commands;
}

// What we were given above standard error, to be handed on: where we mark descriptors as our own
// later.
std::vector<int> open_descriptors() {
    std::vector<int> found;
    DIR* directory = opendir("/proc/self/fd");
    if (!directory) return found;
    while (dirent* entry = readdir(directory)) {
        auto fd = parse_number<int>(entry->d_name);
        if (!fd || *fd <= STDERR_FILENO || *fd == dirfd(directory)) continue;
        if (!(fcntl(*fd, F_GETFD) & FD_CLOEXEC)) found.push_back(*fd);
    }
    closedir(directory);
    return found;
}

} // namespace

CommandMode::CommandMode(EventLoop& loop, const InitRequest& request)
    : loop_(loop),
      request_(request),
      life_(request.policy, commands_of(request), !request.options.units.empty()) {
    if (!request.command.empty()) commands_.push_back(request.command);
    for (const auto& path : request.run_files) commands_.push_back({path});
    adopted_.resize(commands_.size());
    if (!request.options.units.empty()) given_descriptors_ = open_descriptors();
}

CommandMode::~CommandMode() {
    if (manager_) manager_->remove_observer(this);
}

// --- starting ------------------------------------------------------------------------------------

void CommandMode::start() {
    // What a former program of this process left: nothing may tell us of their end any more.
    (void)reap_exited([](const ProcessExit&) {});
    let_go_of_terminal();
    if (request_.policy.leaves_directory) leave_directory();
    for (size_t i = 0; i < commands_.size() && !life_.ending(); ++i) launch(i);
    directory_.reset();
    life_.all_started();
    perform();
    if (!life_.ending()) be_ready();
}

void CommandMode::let_go_of_terminal() {
    if (request_.policy.forward != Forward::Session || commands_.empty()) return;
    auto given = give_up_terminal();
    if (given.led_session) {
        SignalSet signals;
        signals.add(SIGHUP);
        signals.add(SIGCONT);
        life_.expect_hand_off(signals);
    }
    Note note = given.code          ? Note::DetachFailed
                : given.led_session ? Note::DetachedAsLeader
                                    : Note::Detached;
    tell(note, {.number = given.code});
}

// Before anything runs that could see us in it: the commands are started in it by the descriptor,
// which does not hold it for longer.
void CommandMode::leave_directory() {
    directory_.reset(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory_) return;
    char name[PATH_MAX];
    if (getcwd(name, sizeof name)) directory_name_ = name;
    if (chdir("/") < 0) directory_.reset();
}

ExecPlan CommandMode::plan_for(size_t command) const {
    auto plan = plan_command(request_, arguments_of(command), given_descriptors_);
    if (directory_)
        plan.directory = directory_.get();
    else
        plan.working_directory = directory_name_;
    plan.ignore_missing_directory = true;
    return plan;
}

// Before there is a manager: the tag is the one that its tracker will give this unit.
void CommandMode::launch(size_t command) {
    auto plan = plan_for(command);
    plan.tag = OwnerTags().tag_of(static_cast<OwnerId>(command + 1));
    auto spawned = spawn(std::move(plan));
    if (!spawned)
        return life_.not_started(command, spawned.error().code, arguments_of(command).front());
    await_spawn_report(*spawned, patience_with_exec);
    tell_spawned(command, spawned->pid, spawned->report);
    if (life_.commands()[command].state == EntryCommand::State::Running)
        adopted_[command] = spawned->pid;
}

void CommandMode::tell_spawned(size_t command, pid_t pid, const SpawnReport& report) {
    const auto& program = arguments_of(command).front();
    bool session = request_.policy.forward == Forward::Session;
    for (const auto& warning : report.warnings) {
        if (warning.step == SpawnStep::Stdin) tell(Note::AttachFailed, {.number = warning.code});
    }
    if (report.failure && report.failure->step == SpawnStep::Exec) {
        return life_.not_started(command, report.failure->code, program);
    }
    if (session) tell(Note::SessionMade, {});
    tell(Note::Spawned, {.pid = pid, .text = program});
    leaders_.insert(pid);
    life_.started(command, pid);
}

// As the dependency of a unit that is missing. A unit that fails when it runs is another matter.
void CommandMode::check_units() {
    for (const auto& name : request_.options.units) {
        const Unit* unit = manager_->find(name);
        if (unit && unit->loaded.load_state == LoadState::Loaded) continue;
        log_error("Nothing is run without ", name, ".");
        life_.give_up(EXIT_FAILURE);
    }
    perform();
}

void CommandMode::start_with_manager() {
    for (const auto& command : life_.commands()) {
        if (command.state != EntryCommand::State::Waiting || life_.ending()) continue;
        auto job = manager_->add_job(JobType::Start, command.name, JobMode::Replace, false);
        if (job) continue;
        auto index = static_cast<size_t>(&command - life_.commands().data());
        log_error("Failed to start ", command.name, ": ", job.error().text);
        life_.not_started(index, job.error().code, arguments_of(index).front());
        perform();
    }
}

// The manager wants the unit's main process: the one that runs already, or, later, another.
Result<Spawned> CommandMode::start_for_manager(size_t command, const Placement& placement) {
    Spawned spawned;
    if (pid_t pid = std::exchange(adopted_[command], 0)) {
        spawned.pid = pid;
        spawned.report.finished = true;
    } else {
        auto plan = plan_for(command);
        plan.tag = placement.tag;
        auto started = spawn(std::move(plan));
        if (!started) return started.error();
        await_spawn_report(*started, patience_with_exec);
        spawned = std::move(*started);
        tell_spawned(command, spawned.pid, spawned.report);
        std::erase_if(spawned.report.warnings,
                      [](const auto& warning) { return warning.step == SpawnStep::Stdin; });
        loop_.defer([this] {
            perform();
            if (!life_.ending()) be_ready();
        });
    }
    if (placement.cgroup) move_into_cgroup(placement.cgroup.get(), members_of({spawned.pid}, {}));
    return spawned;
}

void CommandMode::be_ready() {
    if (std::exchange(ready_, true)) return;
    announce_ready(request_);
}

// --- the manager ---------------------------------------------------------------------------------

void CommandMode::introduce(Manager& manager) {
    manager_ = &manager;
    manager.add_observer(this);
    for (size_t i = 0; i < commands_.size(); ++i) {
        const auto& name = life_.commands()[i].name;
        manager.add_transient(
            name, unit_text_for(request_.policy, commands_[i], request_.options.units),
            [this, i](const Placement& placement) { return start_for_manager(i, placement); });
    }
}

void CommandMode::hand_over() {
    for (const auto& command : life_.commands()) {
        if (command.state != EntryCommand::State::Running) continue;
        auto job =
            manager_->add_job(JobType::Start, command.name, JobMode::IgnoreDependencies, false);
        if (!job) log_error("systemctl cannot see ", command.name, ": ", job.error().text);
    }
}

// Of the units around the commands; where there are none the commands run already.
void CommandMode::startup_finished() {
    if (request_.options.units.empty()) return;
    loop_.defer([this] { start_with_manager(); });
}

bool CommandMode::is_stopped_by_verb(pid_t pid) const {
    if (!manager_) return false;
    if (manager_->objective() != Objective::None) return true;
    auto command = std::ranges::find(life_.commands(), pid, &EntryCommand::pid);
    if (command == life_.commands().end()) return false;
    const Unit* unit = manager_->find(command->name);
    const Job* job = unit ? manager_->jobs().of_unit(unit->id) : nullptr;
    return job && (job->type == JobType::Stop || job->type == JobType::Restart ||
                   job->type == JobType::TryRestart);
}

// --- what happens --------------------------------------------------------------------------------

void CommandMode::handle(const ReceivedSignal& signal) {
    if (life_.over()) return;
    // The kernel sends it for a write of our own to a reader that is gone.
    if (signal.number == SIGPIPE && signal.sender == getpid()) return;
    if (signal.number != SIGCHLD) {
        look_for_units();
        life_.received(signal.number);
        perform();
        if (life_.asked_to_stop()) begin_grace();
        return;
    }
    tell(Note::Received, {.number = SIGCHLD});
    if (manager_)
        manager_->reap();
    else
        reap();
}

void CommandMode::reap() {
    std::vector<pid_t> known;
    for (const EntryCommand& command : life_.commands()) {
        if (command.state == EntryCommand::State::Running) known.push_back(command.pid);
    }
    if (trap_ > 0) known.push_back(trap_);
    auto reaped = reap_orphans(known, [this](const ProcessExit& exit) { process_ended(exit); });
    if (reaped.more) return loop_.defer([this] { reap(); });
    after_reaping(reaped.children_left);
}

// A client may have started others than ours.
void CommandMode::look_for_units() {
    if (!manager_ || life_.ending() || !request_.options.units.empty()) return;
    life_.set_has_units(std::ranges::any_of(manager_->units(), [this](const auto& unit) {
        return unit && unit->run && !unit->is_inactive_or_failed() && !manager_->starter_of(*unit);
    }));
}

// A child of ours is still a zombie now: its number, and that of its group, are not used again yet.
void CommandMode::process_ended(const ProcessExit& exit) {
    for (pid_t& pid : adopted_) {
        if (pid == exit.pid) pid = 0;
    }
    awaited_.erase(exit.pid);
    look_for_units();
    life_.exited(exit.pid, {exit.code, exit.status}, is_stopped_by_verb(exit.pid));
    if (exit.pid == trap_) {
        trap_ = 0;
        run_next_trap();
    }
    perform();
}

void CommandMode::after_reaping(bool children_left) {
    if (life_.over()) return;
    auto own = our_own();
    life_.reaped_all(children_left && (own.empty() || has_children_but(own)));
    if (awaited_kind_ != Awaited::Nobody && awaited_.empty()) look_for_awaited();
    perform();
}

// --- what is done --------------------------------------------------------------------------------

void CommandMode::perform() {
    if (std::exchange(performing_, true)) return;
    while (true) {
        auto actions = life_.take_actions();
        if (actions.empty()) break;
        for (const auto& action : actions)
            std::visit([this](const auto& what) { perform(what); }, action);
    }
    performing_ = false;
}

void CommandMode::perform(const life_action::Send& what) {
    const EntryCommand& to = life_.commands()[what.command];
    if (to.pid <= 0) return;
    if (what.target == SignalTarget::Group)
        kill(-to.pid, what.signal);
    else if (to.state == EntryCommand::State::Running)
        kill(to.pid, what.signal);
}

void CommandMode::perform(life_action::EndSessions) {
    for (pid_t pid : members_of(leaders_, our_own())) {
        signal_one(pid, SIGTERM);
        signal_one(pid, SIGCONT);
    }
}

void CommandMode::perform(life_action::EndEveryone) {
    if (getpid() == 1 && our_own().empty()) {
        kill(-1, SIGTERM);
        return;
    }
    for (pid_t pid : everyone_else(our_own())) signal_one(pid, SIGTERM);
}

void CommandMode::perform(life_action::AwaitSessions) {
    awaited_kind_ = Awaited::Sessions;
    look_for_awaited();
}

void CommandMode::perform(life_action::AwaitEveryone) {
    awaited_kind_ = Awaited::Everyone;
    look_for_awaited();
}

void CommandMode::perform(life_action::KillAwaited) {
    for (pid_t pid : awaited_processes()) signal_one(pid, SIGKILL);
}

// With the manager's order: the commands, which come after the units, are stopped first.
void CommandMode::perform(const life_action::StopUnits& what) {
    if (!manager_) return perform(life_action::Finish{});
    for (const auto& command : life_.commands()) {
        Unit* unit = what.signal ? manager_->find(command.name) : nullptr;
        if (unit && unit->run) unit->loaded.kill.edit().kill_signal = what.signal;
    }
    manager_->shut_down(Objective::Exit, 0, what.signal != 0);
}

// The engine's grace, which a signal to stop may have begun: with units around the commands the
// manager keeps it.
void CommandMode::begin_grace() {
    const auto& grace = request_.options.stop_grace;
    if (!grace || *grace == infinity || life_.over()) return;
    if (manager_ && manager_->objective() != Objective::None)
        return manager_->shut_down(Objective::Exit, 0, true);
    if (grace_clock_.armed()) return;
    grace_clock_ = loop_.arm(add_saturating(monotonic_now(), time_before_sigkill(*grace)),
                             [this] { kill_all_that_is_left(); });
}

void CommandMode::kill_all_that_is_left() {
    auto left = everyone_else(our_own());
    std::vector<std::string> names;
    for (pid_t pid : left) {
        auto command = std::ranges::find(life_.commands(), pid, &EntryCommand::pid);
        bool known = command != life_.commands().end();
        names.push_back(known ? command->name : describe_process(pid));
    }
    if (!names.empty()) tell(Note::GraceOver, {.text = join(names, ", ")});
    for (pid_t pid : left) signal_one(pid, SIGKILL);
    Span grace = *request_.options.stop_grace;
    grace_clock_ =
        loop_.arm(add_saturating(monotonic_now(), (grace - time_before_sigkill(grace)) / 2),
                  [this] { loop_.quit(); });
}

void CommandMode::perform(const life_action::RunTrap& what) {
    traps_waiting_.add(what.signal);
    run_next_trap();
}

// One at a time, so that a script need not be ready for another of its kind; a signal that comes
// again meanwhile is remembered once.
void CommandMode::run_next_trap() {
    const auto& command = request_.policy.trap_command;
    for (int signal = 1; signal <= 64 && trap_ == 0; ++signal) {
        if (!traps_waiting_.contains(signal)) continue;
        traps_waiting_.remove(signal);
        tell(Note::Trapped,
             {.number = signal,
              .text = command.empty() ? std::string_view("nothing") : command.front()});
        if (command.empty()) continue;
        auto spawned = spawn(plan_trap(command, signal, given_descriptors_));
        if (spawned) {
            trap_ = spawned->pid;
            await_spawn_report(*spawned, patience_with_exec);
        }
        if (!spawned)
            tell(Note::ExecFailed, {.number = spawned.error().code, .text = command.front()});
        else if (spawned->report.failure)
            tell(Note::ExecFailed,
                 {.number = spawned->report.failure->code, .text = command.front()});
    }
}

// As PID 1 the kernel ignores it.
void CommandMode::perform(life_action::SuspendSelf) {
    kill(getpid(), SIGSTOP);
}

void CommandMode::perform(const life_action::ArmClock& what) {
    clock_ = loop_.arm(add_saturating(monotonic_now(), what.span), [this] {
        life_.out_of_time();
        perform();
    });
}

void CommandMode::perform(const life_action::Tell& what) {
    if (what.note == Note::Stopping) announce_stopping(request_);
    tell(what.note,
         {.pid = what.pid, .number = what.number, .other = what.other, .text = what.text});
}

void CommandMode::perform(life_action::Finish) {
    loop_.quit();
}

// --- who is left ---------------------------------------------------------------------------------

std::set<pid_t> CommandMode::our_own() const {
    pid_t capture = manager_ ? manager_->output().process() : 0;
    return capture > 0 ? std::set<pid_t>{capture} : std::set<pid_t>{};
}

std::vector<pid_t> CommandMode::awaited_processes() const {
    if (awaited_kind_ == Awaited::Everyone) return everyone_else(our_own());
    if (awaited_kind_ == Awaited::Sessions) return members_of(leaders_, our_own());
    std::vector<pid_t> commands;
    for (const auto& command : life_.commands()) {
        if (command.state == EntryCommand::State::Running) commands.push_back(command.pid);
    }
    return commands;
}

// Our own children tell us of their end; of the others one is watched, until we look again.
void CommandMode::look_for_awaited() {
    awaited_.clear();
    if (awaited_kind_ == Awaited::Everyone) {
        if (!has_children_but(our_own())) life_.alone();
        return;
    }
    auto left = awaited_processes();
    for (pid_t pid : left) {
        if (is_own_child(pid)) awaited_.insert(pid);
    }
    if (!left.empty()) {
        if (awaited_.empty()) watch_outsider(left.front());
        return;
    }
    // One of ours that is there no more has ended, and will be reaped: we look again then.
    if (!life_.any_running()) life_.alone();
}

void CommandMode::watch_outsider(pid_t pid) {
    auto pidfd = open_pidfd(pid);
    outsider_watch_.stop();
    if (!pidfd) return loop_.defer([this] { after_reaping(); });
    outsider_ = std::move(*pidfd);
    auto watch = loop_.watch(outsider_.get(), EPOLLIN, [this](uint32_t) {
        outsider_watch_.stop();
        after_reaping();
    });
    if (watch) outsider_watch_ = std::move(*watch);
}

void CommandMode::tell(Note note, const NoteValues& values) const {
    sctl::tell(request_.policy, note, values);
}

} // namespace sctl
