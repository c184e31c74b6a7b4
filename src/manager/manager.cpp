#include "manager/manager.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "manager/generators.hpp"
#include "manager/notify.hpp"
#include "manager/service_environment.hpp"
#include "manager/service_runner.hpp"
#include "os/machine.hpp"
#include "os/name_lookup.hpp"
#include "os/process.hpp"
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
      runner_(std::make_unique<ServiceRunner>(*this)),
      generators_(std::make_unique<Generators>(loop_, output_, tracker_, options_.root())),
      names_(std::make_unique<NameLookup>(loop_, [this](pid_t pid) { own_helper(pid); })),
      own_environment_(default_environment(options_.root())) {
    notify_ = std::make_unique<NotifySocket>(
        loop_,
        [this](pid_t sender, uid_t uid, std::string_view text) { notified(sender, uid, text); });
    // Debian's init scripts call systemctl, and so wait for themselves, under any parent but PID 1.
    if (!options_.is_pid1) own_environment_.emplace_back("SYSTEMCTL_SKIP_REDIRECT=1");
    environment_ = own_environment_;
}

Manager::~Manager() {
    output_.set_hooks({});
}

void Manager::set_up() {
    auto opened = notify_->open(options_.root().at("/run/systemd/notify"));
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
    if (!reap_timer_.armed())
        reap_timer_ = loop_.arm(reaped_at_ + pause_of_reaping, [this] { reap(); });
}

void Manager::reap() {
    loop_.cancel(std::exchange(reap_timer_, {}));
    // What a process said last counts before its end does.
    notify_->drain();
    std::vector<std::pair<UnitId, ProcessExit>> exits;
    bool more = reap_exited([&](const ProcessExit& exit) {
        for (auto* observer : observers_) observer->process_ended(exit);
        if (exit.pid == output_.process()) {
            output_.process_exited(exit.pid);
        }
        bool ours = generators_->process_exited(exit);
        Unit* owner = nullptr;
        if (auto known = processes_.find(exit.pid); known != processes_.end()) {
            owner = exists(known->second) ? &unit(known->second) : nullptr;
            processes_.erase(known);
        } else if (!ours) {
            auto ended = owners_.find(tracker_.owner_of_ended(exit.pid));
            owner = ended == owners_.end() ? nullptr : &unit(ended->second);
        }
        if (owner && owner->service) {
            exits.emplace_back(owner->id, exit);
            runner_->note_exit(*owner, exit);
        }
        tracker_.forget_process(exit.pid);
    });
    tell_exits(exits);
    reaped_at_ = monotonic_now();
    if (more || tracker_.is_undecided()) loop_.defer([this] { reap(); });
    run_events();
    if (more) return;
    for (auto* observer : observers_) observer->processes_reaped();
}

// Each unit once, however many of its processes have ended; and those that could not be told
// whether they have any left when the last ones ended.
void Manager::tell_exits(const std::vector<std::pair<UnitId, ProcessExit>>& exits) {
    std::map<UnitId, std::vector<ProcessExit>> by_unit;
    for (OwnerId owner : tracker_.take_undecided()) {
        if (auto known = owners_.find(owner); known != owners_.end()) by_unit[known->second];
    }
    for (const auto& [id, exit] : exits) by_unit[id].push_back(exit);
    for (const auto& [id, ended] : by_unit) {
        if (!exists(id)) continue;
        run_guarded("an exit of a service",
                    [&, id = id, &ended = ended] { runner_->tell_exits(unit(id), ended); });
    }
}

void Manager::notified(pid_t sender, uid_t uid, std::string_view text) {
    Unit* owner = owner_of(sender);
    if (!owner || !owner->service) {
        log_warning("Cannot find unit for notify message of PID ", sender, ", ignoring.");
        return;
    }
    runner_->notified(*owner, parse_notification(sender, text), sender, uid);
}

void Manager::own_helper(pid_t pid) {
    if (own_processes_ == no_owner) own_processes_ = tracker_.add_owner("init.scope");
    tracker_.note_process(pid, own_processes_);
}

// Type=idle waits until no job is queued, but no longer than five seconds.
void Manager::wait_idle(UnitId id) {
    idle_.push_back(id);
    if (idle_.size() > 1) return;
    idle_timer_ = loop_.arm(add_saturating(monotonic_now(), idle_patience), [this] { end_idle(); });
}

void Manager::check_idle() {
    if (!idle_.empty() && jobs_.empty()) end_idle();
}

void Manager::end_idle() {
    loop_.cancel(idle_timer_);
    for (UnitId id : std::exchange(idle_, {})) post(id, event::IdleReached{});
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
    if (!unit.service) return not_loaded();
    bool main = who == KillWho::Main || who == KillWho::MainFail,
         all = who == KillWho::All || who == KillWho::AllFail;
    bool must = who == KillWho::MainFail || who == KillWho::ControlFail || who == KillWho::AllFail;
    const ServiceStatus& status = unit.service->status;
    if (main && status.main_pid <= 0) {
        return Error{ESRCH, "No main process to kill", "org.freedesktop.systemd1.NoSuchProcess"};
    }
    if (!main && !all && status.control_pid <= 0) {
        return Error{ESRCH, "No control process to kill", "org.freedesktop.systemd1.NoSuchProcess"};
    }
    auto killed = runner_->kill(unit, main || all, !main, all, signal);
    if (!killed && killed.error().code == ESRCH && !must) return {};
    return killed;
}

Result<void> Manager::reset_failed(UnitId id) {
    Unit& unit = this->unit(id);
    if (unit.start_limit) unit.start_limit->reset();
    if (unit.service)
        handle(id, event::ResetFailed{});
    else if (unit.active == ActiveState::Failed)
        set_active(unit, ActiveState::Inactive, false, false);
    schedule_turn();
    return {};
}

void Manager::reset_failed_all() {
    // Also of those that have not failed: their start limits count from new.
    for (const auto& unit : units_) {
        if (unit) (void)!reset_failed(unit->id).has_value();
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
