#include "manager/shutdown.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/text.hpp"
#include "manager/unit_log.hpp"
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

Shutdown::Shutdown(const Parts& parts, Hooks hooks)
    : loop_(parts.loop),
      options_(parts.options),
      output_(parts.output),
      units_(parts.units),
      owners_(parts.owners),
      jobs_(parts.jobs),
      turn_(parts.turn),
      hooks_(std::move(hooks)) {}

void Shutdown::shut_down(Objective objective, int exit_status, bool by_signal) {
    if (by_signal) start_grace_clock();
    if (objective_ != Objective::None) return; // a second SIGTERM changes nothing
    exit_status_ = exit_status;
    auto row = std::ranges::find(objective_targets, objective, &ObjectiveTarget::objective);
    Result<JobId> job = Error{ENOMEM, "out of memory", {}};
    run_insistently("a shutdown", [&] { job = hooks_.start(row->target); });
    if (!job) {
        log_error("Failed to start ", row->target,
                  ", stopping everything at once: ", job.error().text);
        begin(objective);
        tell_everyone();
    }
    turn_.schedule();
}

// The transaction of a shutdown target is queued: from here on nothing is restarted.
void Shutdown::begin(Objective objective) {
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
void Shutdown::start_grace_clock() {
    if (!options_.stop_grace || *options_.stop_grace == infinity || grace_ends_ != infinity) return;
    Span now = monotonic_now(), grace = *options_.stop_grace, ours = time_before_sigkill(grace);
    grace_ends_ = add_saturating(now, ours);
    grace_timer_ = loop_.arm(add_saturating(now, std::min(grace * 4 / 5, ours)), [this] {
        log_warning("Most of the stop grace is over; stopping all that still runs at once.");
        tell_everyone();
        turn_.schedule();
        grace_timer_ = loop_.arm(grace_ends_, [this] { kill_all_that_is_left(); });
    });
}

// What units still have to do then, as ExecStopPost=, gets half of what is left of the grace.
void Shutdown::kill_all_that_is_left() {
    auto left = everyone_else({output_.process()});
    std::vector<std::string> names;
    for (pid_t pid : left) {
        const Unit* owner = owners_.unit_of_process(pid);
        auto name = owner ? owner->name().str() : describe_process(pid);
        if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    }
    if (!names.empty()) log_warning("The stop grace is over; killing ", join(names, ", "), ".");
    for (pid_t pid : left) signal_one(pid, SIGKILL);
    Span grace = *options_.stop_grace;
    Span rest = (grace - time_before_sigkill(grace)) / 2;
    grace_timer_ = loop_.arm(add_saturating(monotonic_now(), rest), [this] { loop_.quit(); });
}

void Shutdown::tell_everyone() {
    for (const auto& unit : units_.all()) {
        if (!unit || !unit->machine || unit->is_inactive_or_failed()) continue;
        run_insistently("a stop", [&] { hooks_.stop(*unit); });
    }
}

void Shutdown::check_finished() {
    if (!killing_the_rest_ && jobs_.empty() && units_.stopping_count() == 0) kill_the_rest();
}

int Shutdown::exit_status() const {
    switch (objective_) {
        case Objective::Exit: return exit_status_;
        case Objective::Reboot: return status_for_reboot;
        default: return 0;
    }
}

// Where not even a shutdown can be worked out any more: everyone is told at once, as far as that
// concerns us alone, and killed soon.
void Shutdown::end_without_memory() noexcept {
    Span now = monotonic_now();
    bool is_first = without_memory_until_ == Span{};
    if (is_first) without_memory_until_ = std::min(now + patience_without_memory, grace_ends_);
    bool is_over = now >= without_memory_until_;
    if (options_.is_pid1 && (is_first || is_over)) ::kill(-1, is_over ? SIGKILL : SIGTERM);
    if (is_over) loop_.quit();
}

void Shutdown::kill_the_rest() {
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

void Shutdown::watch_the_rest(UniqueFd pidfd) {
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

void Shutdown::finish_if_alone() {
    if (!rest_.empty()) return;
    rest_timer_.cancel();
    grace_timer_.cancel();
    loop_.quit();
}

void Shutdown::act_on(EmergencyAction action, const Unit& unit, std::optional<int> exit_status) {
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
        log_unit(output_, unit, LogLevel::Warning, "A configured action ends the whole system.");
    if (exit_status) exit_status_ = *exit_status;
    if (!at_once) return shut_down(objective, exit_status_, false);
    end_at_once(objective);
}

void Shutdown::end_at_once(Objective objective) {
    begin(objective);
    objective_ = objective;
    if (!killing_the_rest_) kill_the_rest();
}

} // namespace sctl
