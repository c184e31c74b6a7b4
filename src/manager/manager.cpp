#include "manager/manager.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "manager/generators.hpp"
#include "os/command_lines.hpp"
#include "os/machine.hpp"
#include "os/name_lookup.hpp"
#include "os/process.hpp"
#include "run/environment.hpp"
#include "run/notify.hpp"
#include "run/process_run.hpp"
#include "run/remover.hpp"
#include "unit/environment.hpp"

namespace sctl {
namespace {

constexpr Span idle_patience = 5s; // of Type=idle, systemd.service(5)
constexpr long many_that_stop = 32;
constexpr Span pause_of_reaping = 1ms;

} // namespace

std::string_view to_string(SystemState state) {
    switch (state) {
        case SystemState::Initializing: return "initializing";
        case SystemState::Starting: return "starting";
        case SystemState::Running: return "running";
        case SystemState::Degraded: return "degraded";
        case SystemState::Maintenance: return "maintenance";
        case SystemState::Stopping: return "stopping";
    }
    return {};
}

Manager::Manager(EventLoop& loop, ServiceOutput& output, ManagerOptions options)
    : loop_(loop),
      output_(output),
      options_(std::move(options)),
      facts_(collect_facts(options_.root())),
      warn_([this](std::string_view text) { output_.manager_line(LogLevel::Warning, {}, text); }),
      generators_(std::make_unique<Generators>(loop_, output_, tracker_, options_.root())),
      names_(std::make_unique<NameLookup>(loop_, [this](pid_t pid) { own_helper(pid); })),
      remover_(std::make_unique<Remover>(loop_, output_, [this](pid_t pid) { own_helper(pid); })),
      command_lines_(std::make_unique<CommandLines>(loop_, [this](pid_t pid) { own_helper(pid); })),
      means_{.host = *this,
             .loop = loop_,
             .tracker = tracker_,
             .output = output_,
             .names = *names_,
             .dynamic_users = dynamic_users_,
             .remover = *remover_,
             .root = options_.root(),
             .deferred_signals = deferred_signals_,
             .reports = spawn_reports_},
      own_environment_(default_environment(options_.root())) {
    notify_ = std::make_unique<NotifySocket>(
        loop_,
        [this](pid_t sender, uid_t uid, std::string_view text) { notified(sender, uid, text); });
    // Debian's init scripts call systemctl, and so wait for themselves, under any parent but PID 1.
    if (!options_.is_pid1) own_environment_.emplace_back("SYSTEMCTL_SKIP_REDIRECT=1");
    Environment environment(own_environment_);
    environment.merge(options_.environment);
    own_environment_ = environment_ = environment.assignments();
}

Manager::~Manager() {
    output_.set_hooks({});
}

void Manager::set_show_status(bool shows) {
    options_.show_status = shows;
    output_.set_console_level(shows ? LogLevel::Debug : LogLevel::Warning);
}

void Manager::set_up() {
    set_show_status(options_.show_status);
    auto path = options_.root().at("/run/systemd/notify");
    auto opened = try_twice([&] { return notify_->open(path); });
    output_.set_hooks({[this](pid_t pid) { own_helper(pid); },
                       [this](const LogSender& sender) { return unit_of(sender); }});
    // Without it services of Type=notify fail; all others run.
    if (!opened) log_error("Services cannot notify us: ", opened.error().text);
    generators_->flush();
    rescan();
    begin_perpetual_units();
}

void Manager::set_client_environment(std::vector<std::string> assignments) {
    Environment environment(own_environment_);
    environment.merge(assignments);
    client_environment_ = std::move(assignments);
    environment_ = environment.assignments();
}

const std::string& Manager::notify_path() const {
    return notify_->path();
}

void Manager::boot(std::function<void()> begun) {
    boot_times_.generators_start = current_moment();
    generate(UnitFiles::Known, [this, begun = std::move(begun)] {
        boot_times_.generators_finish = boot_times_.units_load_start = current_moment();
        read_all_again();
        boot_times_.units_load_finish = current_moment();
        // It may have been told to end before it began.
        if (objective_ == Objective::None) queue_boot();
        if (begun) begun();
    });
}

void Manager::queue_boot() {
    if (options_.background && options_.units.empty()) return finish_boot();
    booting_ = true;
    if (options_.units.empty()) {
        boot_default();
    } else {
        for (const auto& name : options_.units) boot_unit(name);
    }
    schedule_turn();
}

// default.target, else multi-user.target; where neither can be had nothing will ever run.
void Manager::boot_default() {
    Error last;
    for (std::string_view name : {"default.target", "multi-user.target"}) {
        auto unit = load(name);
        auto job = unit ? add_job(JobType::Start, (*unit)->id, JobMode::Replace, false)
                        : Result<JobId>(unit.error());
        if (job) return;
        last = job.error();
        if (unit && (*unit)->loaded.load_state != LoadState::NotFound) {
            log_error("Failed to start ", name, ": ", last.text);
        }
    }
    log_error("Failed to boot: ", last.text);
    requested_exit_status_ = EXIT_FAILURE;
    begin_shutdown(Objective::Exit);
}

void Manager::boot_unit(const std::string& name) {
    auto unit = load(name);
    auto job = unit ? add_job(JobType::Start, (*unit)->id, JobMode::Replace, true)
                    : Result<JobId>(unit.error());
    // What it came to is asked for when it has ended.
    if (unit) ++(*unit)->holds;
    if (job) return;
    log_error("Failed to start ", name, ": ", job.error().text);
    if (unit) start_failed_.insert((*unit)->id);
}

Unit* Manager::owner_of(pid_t pid) {
    auto owner = owners_.find(tracker_.owner_of(pid));
    return owner == owners_.end() ? nullptr : &unit(owner->second);
}

// Of one that has ended since only what was seen of it is left.
std::string Manager::unit_of(const LogSender& sender) {
    auto stat = read_process_stat(sender.pid);
    bool is_there = stat && stat->start_ticks == sender.start_ticks;
    OwnerId owner = is_there ? tracker_.owner_of(sender.pid) : no_owner;
    if (owner == no_owner) owner = tracker_.owner_by_mark(sender.tag, sender.control_group);
    auto found = owners_.find(owner);
    return found == owners_.end() ? std::string() : unit(found->second).name().str();
}

void Manager::own_process(pid_t pid, UnitId unit) {
    processes_[pid] = unit;
}

void Manager::reap_soon() {
    bool crowd = stopping_count_ >= many_that_stop;
    if (!crowd || monotonic_now() - reaped_at_ >= pause_of_reaping) return reap();
    if (!reap_timer_.armed()) reap_timer_.arm(reaped_at_ + pause_of_reaping);
}

void Manager::reap() {
    reap_timer_.cancel();
    // What a process said last counts before its end does.
    notify_->drain();
    auto reaped = reap_exited([this](const ProcessExit& exit) { take_exit(exit); });
    run_insistently("the ends of processes", [this] { tell_exits(); });
    reaped_at_ = monotonic_now();
    if (reaped == Reaping::OutOfMemory || !exits_.empty())
        reap_timer_.arm(reaped_at_ + pause_for_memory);
    else if (reaped == Reaping::More || tracker_.is_undecided())
        reap_timer_.arm(Span{});
    run_events();
    if (reaped == Reaping::Done)
        tell_observers([](ManagerObserver& observer) { observer.processes_reaped(); });
}

// Done again, from the start, where memory was short.
void Manager::take_exit(const ProcessExit& exit) {
    tell_observers([&](ManagerObserver& observer) { observer.process_ended(exit); });
    if (exit.pid == output_.process()) output_.process_exited(exit.pid);
    bool ours = generators_->process_exited(exit) || remover_->process_exited(exit);
    Unit* owner = nullptr;
    if (auto known = processes_.find(exit.pid); known != processes_.end()) {
        owner = exists(known->second) ? &unit(known->second) : nullptr;
    } else if (!ours) {
        auto ended = owners_.find(tracker_.owner_of_ended(exit.pid));
        owner = ended == owners_.end() ? nullptr : &unit(ended->second);
    }
    if (owner && owner->run) owner->run->note_exit(exit);
    tracker_.forget_process(exit.pid);
    if (owner && owner->run) exits_.emplace_back(owner->id, exit);
    processes_.erase(exit.pid);
}

// Each unit once, however many of its processes have ended; and those that could not be told
// whether they have any left when the last ones ended. What cannot be told now stays.
void Manager::tell_exits() {
    for (OwnerId owner : tracker_.undecided()) {
        if (auto known = owners_.find(owner); known != owners_.end())
            exits_.emplace_back(known->second, ProcessExit{});
    }
    tracker_.forget_undecided();
    std::map<UnitId, std::vector<ProcessExit>> by_unit;
    for (const auto& [id, exit] : exits_) {
        auto& ended = by_unit[id];
        if (exit.pid > 0) ended.push_back(exit);
    }
    bool all_told = true;
    for (const auto& [id, ended] : by_unit) {
        if (!exists(id)) continue;
        auto told = run_insistently("an exit of a service", [&, id = id, &ended = ended] {
            unit(id).run->tell_exits(ended);
        });
        all_told &= told != Guarded::OutOfMemory;
    }
    if (all_told) exits_.clear();
}

void Manager::notified(pid_t sender, uid_t uid, std::string_view text) {
    Unit* owner = owner_of(sender);
    if (!owner || !owner->run) {
        log_warning("Cannot find unit for notify message of PID ", sender, ", ignoring.");
        return;
    }
    owner->run->notified(sender, uid, text);
}

void Manager::wake_job(UnitId id) noexcept {
    jobs_.wake(id);
    schedule_turn();
}

void Manager::own_helper(pid_t pid) {
    if (own_processes_ == no_owner) own_processes_ = tracker_.add_owner("init.scope");
    tracker_.note_process(pid, own_processes_);
}

// Type=idle waits until no job is queued, but no longer than five seconds.
void Manager::wait_idle(UnitId id) {
    idle_.push_back(id);
    if (idle_.size() > 1) return;
    idle_timer_.arm(add_saturating(monotonic_now(), idle_patience));
}

void Manager::check_idle() {
    if (!idle_.empty() && jobs_.empty()) end_idle();
}

void Manager::end_idle() {
    idle_timer_.cancel();
    for (; !idle_.empty(); idle_.erase(idle_.begin())) post(idle_.front(), event::IdleReached{});
}

void Manager::propagate_reload(Unit& unit) {
    std::vector<UnitId> others;
    graph_.for_each(unit.id, Dependency::PropagatesReloadTo,
                    [&](UnitId other) { others.push_back(other); });
    queue_jobs(unit.id, "reload", others, JobType::TryReload, JobMode::Fail);
}

Result<void> Manager::kill_unit(UnitId id, KillWho who, int signal) {
    Unit& unit = this->unit(id);
    auto not_loaded = [&] {
        return Error{ESRCH, cat("Unit ", unit.name().str(), " not loaded."),
                     "org.freedesktop.systemd1.NoSuchUnit"};
    };
    if (!unit.run) return not_loaded();
    bool main = who == KillWho::Main || who == KillWho::MainFail,
         all = who == KillWho::All || who == KillWho::AllFail;
    bool must = who == KillWho::MainFail || who == KillWho::ControlFail || who == KillWho::AllFail;
    if (main && unit.machine->main_pid() <= 0) {
        return Error{ESRCH, "No main process to kill", "org.freedesktop.systemd1.NoSuchProcess"};
    }
    if (!main && !all && unit.machine->control_pid() <= 0) {
        return Error{ESRCH, "No control process to kill", "org.freedesktop.systemd1.NoSuchProcess"};
    }
    auto killed = unit.run->kill(main || all, !main, all, signal);
    if (!killed && killed.error().code == ESRCH && !must) return {};
    return killed;
}

Result<void> Manager::reset_failed(UnitId id) {
    Unit& unit = this->unit(id);
    if (unit.start_limit) unit.start_limit->reset();
    handle(id, event::ResetFailed{});
    schedule_turn();
    return {};
}

void Manager::reset_failed_all() {
    // Also of those that have not failed: their start limits count from new.
    for (const auto& unit : units_) {
        if (unit) ignore_error(reset_failed(unit->id));
    }
}

void Manager::remove_observer(ManagerObserver* observer) {
    std::erase(observers_, observer);
}

void Manager::log_unit(const Unit& unit, LogLevel level, std::string_view text) {
    if (level <= log_level())
        output_.manager_line(level, unit.name().str(), cat(unit.name().str(), ": ", text));
}

} // namespace sctl
