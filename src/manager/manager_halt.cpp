// Manager's part that ends things: the shutdown targets, the engine's grace, what is left at last.
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/text.hpp"
#include "manager/manager.hpp"
#include "os/memory.hpp"
#include "os/process.hpp"
#include "os/remaining_processes.hpp"
#include "run/notify.hpp"

namespace sctl {
namespace {

struct ObjectiveTarget {
    std::string_view target;
    Objective objective;
};
constexpr ObjectiveTarget objective_targets[] = {
    {"exit.target", Objective::Exit},         {"halt.target", Objective::Halt},
    {"poweroff.target", Objective::Poweroff}, {"reboot.target", Objective::Reboot},
    {"kexec.target", Objective::Reboot},
};

constexpr int status_for_reboot = 133;

// After SIGTERM to what no unit owns, or no unit has stopped.
constexpr Span last_patience = 10s;
constexpr Span patience_without_memory = 5s;
// After SIGKILL: what even that does not end sleeps in the kernel, and goes with the namespace.
constexpr Span patience_after_sigkill = 1s;

} // namespace

Objective objective_of_target(std::string_view name) {
    for (const auto& row : objective_targets) {
        if (row.target == name) return row.objective;
    }
    return Objective::None;
}

void Manager::shut_down(Objective objective, int exit_status, bool by_signal) {
    if (by_signal) start_grace_clock();
    if (objective_ != Objective::None) return; // a second SIGTERM changes nothing
    requested_exit_status_ = exit_status;
    auto row = std::ranges::find(objective_targets, objective, &ObjectiveTarget::objective);
    Result<JobId> job = Error{ENOMEM, "out of memory", {}};
    run_insistently("a shutdown", [&] {
        job = add_job(JobType::Start, row->target, JobMode::ReplaceIrreversibly, false);
    });
    if (!job) {
        log_error("Failed to start ", row->target,
                  ", stopping everything at once: ", job.error().text);
        begin_shutdown(objective);
        tell_everyone();
    }
    schedule_turn();
}

// The transaction of a shutdown target is queued: from here on nothing is restarted.
void Manager::begin_shutdown(Objective objective) {
    if (objective_ != Objective::None) return;
    objective_ = objective;
    if (!options_.notify_socket.empty()) { // who is outside may be gone
        ignore_error(notify_outer_manager(options_.notify_socket, "STOPPING=1"));
    }
}

// At four fifths of the engine's grace whoever has not been told yet is told at once, so that what
// would come last still gets its signal before the engine kills it; and just before the engine
// would, we do, to end with a status of our own. Without a grace that was given the engine may wait
// for any time, and the order is kept.
void Manager::start_grace_clock() {
    if (!options_.stop_grace || *options_.stop_grace == infinity || grace_ends_ != infinity) return;
    Span now = monotonic_now(), grace = *options_.stop_grace, ours = time_before_sigkill(grace);
    grace_ends_ = add_saturating(now, ours);
    grace_timer_ = loop_.arm(add_saturating(now, std::min(grace * 4 / 5, ours)), [this] {
        log_warning("Most of the stop grace is over; stopping all that still runs at once.");
        tell_everyone();
        schedule_turn();
        grace_timer_ = loop_.arm(grace_ends_, [this] { kill_all_that_is_left(); });
    });
}

// What units still have to do then, as ExecStopPost=, gets half of what is left of the grace.
void Manager::kill_all_that_is_left() {
    auto left = everyone_else({output_.process()});
    std::vector<std::string> names;
    for (pid_t pid : left) {
        const Unit* owner = owner_of(pid);
        auto name = owner ? owner->name().str() : describe_process(pid);
        if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    }
    if (!names.empty()) log_warning("The stop grace is over; killing ", join(names, ", "), ".");
    for (pid_t pid : left) signal_one(pid, SIGKILL);
    Span grace = *options_.stop_grace;
    Span rest = (grace - time_before_sigkill(grace)) / 2;
    grace_timer_ = loop_.arm(add_saturating(monotonic_now(), rest), [this] { loop_.quit(); });
}

void Manager::tell_everyone() {
    for (const auto& unit : units_) {
        if (!unit || !unit->machine || unit->is_inactive_or_failed()) continue;
        run_insistently("a stop", [&] { handle(unit->id, event::StopRequested{}); });
    }
}

void Manager::check_finished() {
    if (objective_ == Objective::None) return check_booted();
    if (!killing_the_rest_ && jobs_.empty() && stopping_count_ == 0) kill_the_rest();
}

int Manager::exit_status() const {
    switch (objective_) {
        case Objective::Exit: return requested_exit_status_;
        case Objective::Reboot: return status_for_reboot;
        default: return 0;
    }
}

// Where not even a shutdown can be worked out any more: everyone is told at once, as far as that
// concerns us alone, and killed soon.
void Manager::end_without_memory() noexcept {
    Span now = monotonic_now();
    bool is_first = without_memory_until_ == Span{};
    if (is_first) without_memory_until_ = std::min(now + patience_without_memory, grace_ends_);
    bool is_over = now >= without_memory_until_;
    if (options_.is_pid1 && (is_first || is_over)) ::kill(-1, is_over ? SIGKILL : SIGTERM);
    if (is_over) loop_.quit();
}

void Manager::kill_the_rest() {
    rest_.clear();
    for (pid_t pid : everyone_else({output_.process()})) {
        auto pidfd = try_twice([&] { return open_pidfd(pid); });
        if (!pidfd) continue;
        ignore_error(signal_pidfd(pidfd->get(), SIGTERM));
        ignore_error(signal_pidfd(pidfd->get(), SIGCONT));
        watch_the_rest(std::move(*pidfd));
    }
    rest_timer_ = loop_.arm(add_saturating(monotonic_now(), last_patience), [this] {
        for (auto& [pidfd, watch] : rest_) ignore_error(signal_pidfd(pidfd.get(), SIGKILL));
        rest_timer_ = loop_.arm(monotonic_now() + patience_after_sigkill, [this] { loop_.quit(); });
    });
    killing_the_rest_ = true;
    finish_if_alone();
}

void Manager::watch_the_rest(UniqueFd pidfd) {
    int fd = pidfd.get();
    auto watch = loop_.watch(fd, EPOLLIN, [this, fd](uint32_t) {
        auto found =
            std::ranges::find_if(rest_, [&](const auto& entry) { return entry.first.get() == fd; });
        if (found != rest_.end()) {
            rest_.erase(found);
        }
        finish_if_alone();
    });
    if (watch) rest_.emplace_back(std::move(pidfd), std::move(*watch));
}

void Manager::finish_if_alone() {
    if (!rest_.empty()) return;
    rest_timer_.cancel();
    grace_timer_.cancel();
    loop_.quit();
}

// --- the other end: the boot
// -----------------------------------------------------------------------

void Manager::check_booted() {
    if (!booting_ || !jobs_.empty()) {
        if (booted_ && !options_.units.empty() && jobs_.empty()) check_units_ended();
        return;
    }
    finish_boot();
    tell_left_out();
    output_.manager_line(LogLevel::Info, {},
                         failed_count_ == 0 ? "Startup finished."
                                            : cat("Startup finished, ", failed_count_, " failed."));
    if (!options_.notify_socket.empty()) {
        ignore_error(notify_outer_manager(options_.notify_socket, "READY=1"));
    }
    if (!options_.units.empty()) check_units_ended();
}

void Manager::finish_boot() {
    booting_ = false;
    booted_ = true;
    tell_observers([](ManagerObserver& observer) { observer.startup_finished(); });
    loop_.defer([] { release_idle_memory(); });
}

// What a running unit wants and this boot has left out, in one line.
void Manager::tell_left_out() {
    std::vector<std::string> names;
    for (const auto& unit : units_) {
        if (!unit || !unit->skipped || unit->loaded.load_state == LoadState::NotFound) continue;
        bool wanted = false;
        for (Dependency kind : {Dependency::WantedBy, Dependency::RequiredBy}) {
            graph_.for_each(unit->id, kind, [&](UnitId other) {
                wanted |= this->unit(other).active == ActiveState::Active;
            });
        }
        if (wanted) names.push_back(unit->name().str());
    }
    if (!names.empty())
        output_.manager_line(LogLevel::Info, {},
                             cat("Left out of this boot: ", join(names, " "), "."));
}

// `init UNIT...` ends by itself when none of its units runs any more.
void Manager::check_units_ended() {
    if (options_.units_end == UnitsEnd::Never) return;
    bool any_ended = false, any_runs = false;
    for (const auto& name : options_.units) {
        Unit* unit = find(name);
        bool runs = unit && (!unit->is_inactive_or_failed() || unit->job != 0);
        (runs ? any_runs : any_ended) = true;
    }
    bool at_end = options_.units_end == UnitsEnd::Any ? any_ended : !any_runs;
    if (at_end) shut_down(Objective::Exit, status_of_units(), false);
}

int Manager::status_of_units() {
    for (const auto& name : options_.units) {
        Unit* unit = find(name);
        if (!unit) return EXIT_FAILURE;
        if (!unit->is_inactive_or_failed() || unit->job != 0) continue;
        if (unit->active == ActiveState::Failed) return status_of_failure(*unit);
        if (start_failed_.contains(unit->id)) return EXIT_FAILURE;
    }
    return 0;
}

int Manager::status_of_failure(const Unit& unit) {
    ExitInfo info = unit.machine ? unit.machine->main_exit() : ExitInfo{};
    if (info.code == CLD_EXITED && info.status != 0) return info.status;
    if (info.code == CLD_KILLED || info.code == CLD_DUMPED) return 128 + info.status;
    return EXIT_FAILURE;
}

void Manager::act_on(EmergencyAction action, const Unit& unit, std::optional<int> exit_status) {
    Objective objective = Objective::None;
    bool at_once = false;
    switch (action) {
        case EmergencyAction::None: return;
        case EmergencyAction::RebootForce:
        case EmergencyAction::RebootImmediate: at_once = true; [[fallthrough]];
        case EmergencyAction::Reboot: objective = Objective::Reboot; break;
        case EmergencyAction::PoweroffForce:
        case EmergencyAction::PoweroffImmediate: at_once = true; [[fallthrough]];
        case EmergencyAction::Poweroff: objective = Objective::Poweroff; break;
        case EmergencyAction::ExitForce: at_once = true; [[fallthrough]];
        case EmergencyAction::Exit: objective = Objective::Exit; break;
    }
    if (objective_ == Objective::None)
        log_unit(unit, LogLevel::Warning, "A configured action ends the whole system.");
    if (exit_status) requested_exit_status_ = *exit_status;
    if (!at_once) return shut_down(objective, requested_exit_status_, false);
    end_at_once(objective);
}

void Manager::end_at_once(Objective objective) {
    begin_shutdown(objective);
    objective_ = objective;
    if (!killing_the_rest_) kill_the_rest();
}

SystemState Manager::state() const {
    if (objective_ != Objective::None) return SystemState::Stopping;
    if (!booted_) return booting_ ? SystemState::Starting : SystemState::Initializing;
    auto active = [&](std::string_view name) {
        auto known = ids_.find(std::string(name));
        return known != ids_.end() && unit(known->second).active == ActiveState::Active;
    };
    if (active("rescue.target") || active("emergency.target")) return SystemState::Maintenance;
    return failed_count_ > 0 ? SystemState::Degraded : SystemState::Running;
}

} // namespace sctl
