#include "state/mount/mount.hpp"

#include <array>
#include <csignal>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "state/service/exec_status.hpp"

namespace sctl {
namespace {

// File systems may be mounted one over the other at the same place: each umount(8) takes one away.
constexpr unsigned most_unmounts = 32;

struct MountTraits {
    MountState state;
    std::string_view name;
    ActiveState active;
    bool process; // one of ours runs in it
};
constexpr std::array<MountTraits, mount_state_count> mount_traits{{
    {MountState::Dead, "dead", ActiveState::Inactive, false},
    {MountState::Mounting, "mounting", ActiveState::Activating, true},
    {MountState::MountingDone, "mounting-done", ActiveState::Activating, true},
    {MountState::Mounted, "mounted", ActiveState::Active, false},
    {MountState::Remounting, "remounting", ActiveState::Reloading, true},
    {MountState::Unmounting, "unmounting", ActiveState::Deactivating, true},
    {MountState::RemountingSigterm, "remounting-sigterm", ActiveState::Reloading, true},
    {MountState::RemountingSigkill, "remounting-sigkill", ActiveState::Reloading, true},
    {MountState::UnmountingSigterm, "unmounting-sigterm", ActiveState::Deactivating, true},
    {MountState::UnmountingSigkill, "unmounting-sigkill", ActiveState::Deactivating, true},
    {MountState::Failed, "failed", ActiveState::Failed, false},
    {MountState::Cleaning, "cleaning", ActiveState::Maintenance, true},
}};
static_assert([] {
    for (size_t i = 0; i < mount_traits.size(); ++i)
        if (static_cast<size_t>(mount_traits[i].state) != i) return false;
    return true;
}());

constexpr std::string_view mount_result_words[] = {"success",         "resources", "timeout",
                                                   "exit-code",       "signal",    "core-dump",
                                                   "start-limit-hit", "protocol"};

const MountTraits& mount_traits_of(MountState state) {
    return mount_traits[static_cast<size_t>(state)];
}

std::string_view mount_task(MountExecCommand command) {
    constexpr std::string_view names[] = {"mount", "umount", "remount"};
    return names[static_cast<size_t>(command)];
}

MountResult judge_mount(ExitInfo info) {
    switch (judge_exit(info, ExitKind::Command, {})) {
        case ServiceResult::ExitCode: return MountResult::ExitCode;
        case ServiceResult::Signal: return MountResult::Signal;
        case ServiceResult::CoreDump: return MountResult::CoreDump;
        default: return MountResult::Success;
    }
}

// One step, on a status of its own until it is over.
class MountStep {
  public:
    MountStep(const LoadedUnit& unit, const StepContext& context, MountStatus& status,
              std::vector<UnitAction>& actions, Cause& cause)
        : unit_(unit),
          config_(*mount_config(unit)),
          context_(context),
          status_(status),
          actions_(actions),
          cause_(cause) {}

    void on(const event::StartRequested&);
    void on(const event::StartLimitHit&);
    void on(const event::StopRequested&);
    void on(const event::ReloadRequested&);
    void on(const event::CleanRequested& request);
    void on(const event::ResetFailed&);
    void on(const event::MountSeen& seen);
    void on(const event::Spawned& spawned);
    void on(const event::SpawnFailed& failure);
    void on(const event::ProcessExited& exit);
    void on(const event::ProcessesGone&);
    void on(const event::SignalSent& answer);
    void on(const event::TimedOut&);
    template <class Other>
    void on(const Other&) {}

  private:
    void set_state(MountState state);
    void fail(MountResult result, std::string_view why);
    void arm_timer(Span timeout);
    void ask(MountAwaits answer, UnitAction action);
    [[nodiscard]] bool take_answer(MountAwaits answer);
    void emit(UnitAction action) { actions_.push_back(std::move(action)); }
    template <class... Parts>
    void log(LogLevel level, const Parts&... parts) {
        emit(action::Log{static_cast<int>(level), cat(parts...)});
    }
    [[nodiscard]] bool is_in(MountState state) const { return status_.state == state; }
    [[nodiscard]] bool is_down() const {
        return is_in(MountState::Dead) || is_in(MountState::Failed);
    }
    [[nodiscard]] bool remounts() const {
        return active_state(status_.state) == ActiveState::Reloading;
    }

    void enter(MountState state, MountExecCommand command);
    void unmount();
    void enter_mounted(MountResult result, std::string_view why);
    void enter_dead(MountResult result, std::string_view why);
    void enter_dead_or_mounted(MountResult result, std::string_view why);
    void enter_signal(MountState state, MountResult result, std::string_view why);
    void enter_after_signal(MountState state);
    void sigkill_or_ignore(MountState kill, std::string_view what, MountResult result);
    void control_ended(MountResult result, std::string_view why);
    void cleaner_ended(MountResult result);

    const LoadedUnit& unit_;
    const MountConfig& config_;
    const StepContext& context_;
    MountStatus& status_;
    std::vector<UnitAction>& actions_;
    Cause& cause_;
};

// --- what all of them use ------------------------------------------------------------------------

void MountStep::set_state(MountState state) {
    auto from = std::exchange(status_.state, state);
    status_.awaits = MountAwaits::Nothing;
    if (!mount_traits_of(state).process) {
        if (std::exchange(status_.timer_deadline, {})) emit(action::CancelTimer{});
        status_.control_pid = 0;
    }
    emit(action::StateChanged{.from = active_state(from),
                              .to = active_state(state),
                              .sub_from = to_string(from),
                              .sub_to = to_string(state),
                              .reload_failed = status_.reload_result != MountResult::Success});
}

// The first failure is the unit's result, what comes after it does not change it.
void MountStep::fail(MountResult result, std::string_view why) {
    if (status_.result != MountResult::Success || result == MountResult::Success) return;
    status_.result = result;
    cause_.text = why;
}

void MountStep::arm_timer(Span timeout) {
    auto deadline = add_saturating(context_.now.monotonic, timeout);
    bool is_armed = std::exchange(status_.timer_deadline, {}).has_value();
    if (deadline == infinity) {
        if (is_armed) emit(action::CancelTimer{});
        return;
    }
    status_.timer_deadline = deadline;
    emit(action::ArmTimer{deadline});
}

void MountStep::ask(MountAwaits answer, UnitAction action) {
    status_.awaits = answer;
    emit(std::move(action));
}

bool MountStep::take_answer(MountAwaits answer) {
    if (status_.awaits != answer) return false;
    status_.awaits = MountAwaits::Nothing;
    return true;
}

// --- starting and stopping -----------------------------------------------------------------------

void MountStep::on(const event::StartRequested&) {
    if (!is_down()) return;
    status_.result = status_.reload_result = MountResult::Success;
    cause_.text.clear();
    if (unit_.perpetual) return enter_mounted(MountResult::Success, "");
    emit(action::MakeDirectories{});
    enter(MountState::Mounting, MountExecCommand::Mount);
}

void MountStep::on(const event::StartLimitHit&) {
    if (!is_down()) return;
    log(LogLevel::Warning, "Start request repeated too quickly.");
    enter_dead(MountResult::StartLimitHit, "start request repeated too quickly");
}

void MountStep::on(const event::StopRequested&) {
    constexpr auto well = MountResult::Success;
    switch (status_.state) {
        case MountState::Mounted: status_.unmounts = 0; return unmount();
        case MountState::Mounting: // a program of ours runs still, and is ended first
        case MountState::MountingDone:
        case MountState::Remounting: return enter_signal(MountState::UnmountingSigterm, well, "");
        case MountState::RemountingSigterm: return set_state(MountState::UnmountingSigterm);
        case MountState::RemountingSigkill: return set_state(MountState::UnmountingSigkill);
        case MountState::Cleaning: return enter_signal(MountState::UnmountingSigkill, well, "");
        case MountState::Dead:
        case MountState::Failed:
        case MountState::Unmounting: // on the way already
        case MountState::UnmountingSigterm:
        case MountState::UnmountingSigkill: return;
    }
}

void MountStep::on(const event::ReloadRequested&) {
    if (!is_in(MountState::Mounted)) return;
    status_.reload_result = MountResult::Success;
    enter(MountState::Remounting, MountExecCommand::Remount);
}

void MountStep::on(const event::ResetFailed&) {
    if (is_in(MountState::Failed)) set_state(MountState::Dead);
    status_.result = status_.reload_result = status_.clean_result = MountResult::Success;
    cause_.text.clear();
}

// The state is entered when the process runs: before that nothing has happened to the unit.
void MountStep::enter(MountState state, MountExecCommand command) {
    status_.control_pid = 0;
    status_.command = command;
    status_.next = state;
    ask(MountAwaits::Spawn, action::Spawn{command, 0, true});
}

void MountStep::unmount() {
    ++status_.unmounts;
    enter(MountState::Unmounting, MountExecCommand::Unmount);
}

void MountStep::enter_mounted(MountResult result, std::string_view why) {
    fail(result, why);
    set_state(MountState::Mounted);
}

void MountStep::enter_dead(MountResult result, std::string_view why) {
    fail(result, why);
    bool well = status_.result == MountResult::Success;
    if (well)
        log(LogLevel::Info, "Deactivated successfully.");
    else
        log(LogLevel::Warning, "Failed with result '", to_string(status_.result), "'.");
    set_state(well ? MountState::Dead : MountState::Failed);
    emit(action::RemoveRuntimeFiles{});
}

void MountStep::enter_dead_or_mounted(MountResult result, std::string_view why) {
    if (status_.is_mounted)
        enter_mounted(result, why);
    else
        enter_dead(result, why);
}

// --- what the kernel has mounted -----------------------------------------------------------------

void MountStep::on(const event::MountSeen& seen) {
    status_.is_mounted = seen.is_there;
    if (!seen.is_there) {
        // Somebody else has unmounted it; or its own mount(8) has, which fails then.
        if (is_in(MountState::Mounted) && !unit_.perpetual)
            enter_dead(MountResult::Success, "");
        else if (is_in(MountState::MountingDone))
            set_state(MountState::Mounting);
        return;
    }
    if (is_down()) { // somebody else has mounted it
        status_.result = status_.reload_result = MountResult::Success;
        cause_.text.clear();
        enter_mounted(MountResult::Success, "");
    } else if (is_in(MountState::Mounting)) {
        set_state(MountState::MountingDone);
    }
}

// --- processes -----------------------------------------------------------------------------------

void MountStep::on(const event::Spawned& spawned) {
    if (!take_answer(MountAwaits::Spawn)) return;
    if (!is_in(MountState::Cleaning)) {
        if (!is_in(status_.next)) set_state(status_.next);
        arm_timer(config_.timeout);
    }
    status_.control_pid = spawned.pid;
    status_.processes_left = true;
}

void MountStep::on(const event::SpawnFailed& failure) {
    if (!take_answer(MountAwaits::Spawn)) return;
    if (is_in(MountState::Cleaning)) {
        log(LogLevel::Warning, "Failed to initiate cleaning: ", failure.text);
        return cleaner_ended(MountResult::Resources);
    }
    log(LogLevel::Warning, "Failed to run '", mount_task(status_.command),
        "' task: ", failure.text);
    auto why = cat(mount_task(status_.command), " could not be started: ", failure.text);
    if (status_.command != MountExecCommand::Remount)
        return enter_dead_or_mounted(MountResult::Resources, why);
    status_.reload_result = MountResult::Resources;
    enter_dead_or_mounted(MountResult::Success, "");
}

void MountStep::on(const event::ProcessExited& exit) {
    status_.processes_left = exit.others_left;
    if (exit.pid <= 0 || exit.pid != status_.control_pid) return;
    status_.control_pid = 0;
    auto result = judge_mount(exit.info);
    if (is_in(MountState::Cleaning)) return cleaner_ended(result);
    auto why = cat("Mount process exited, ", describe_exit(exit.info));
    if (remounts())
        status_.reload_result = result;
    else
        fail(result, why);
    if (result != MountResult::Success)
        log(exit.info.code == CLD_EXITED ? LogLevel::Notice : LogLevel::Warning, why);
    control_ended(result, why);
}

void MountStep::control_ended(MountResult result, std::string_view why) {
    bool well = result == MountResult::Success;
    switch (status_.state) {
        case MountState::Mounting:
            if (!well) return enter_dead(result, why);
            log(LogLevel::Warning, "Mount process finished, but there is no mount.");
            return enter_dead(MountResult::Protocol, "there is no mount");
        case MountState::MountingDone: return enter_mounted(result, why);
        case MountState::Remounting:
        case MountState::RemountingSigterm:
        case MountState::RemountingSigkill: return enter_dead_or_mounted(MountResult::Success, "");
        case MountState::Unmounting:
            if (!well || !status_.is_mounted) return enter_dead_or_mounted(result, why);
            if (status_.unmounts <= most_unmounts) return unmount();
            log(LogLevel::Warning, "Mount still present after ", most_unmounts,
                " attempts to unmount, giving up.");
            return enter_mounted(result, why);
        case MountState::UnmountingSigterm:
        case MountState::UnmountingSigkill: return enter_dead_or_mounted(result, why);
        case MountState::Dead: // no process runs in these
        case MountState::Mounted:
        case MountState::Failed:
        case MountState::Cleaning: return;
    }
}

void MountStep::on(const event::ProcessesGone&) {
    status_.processes_left = false;
}

void MountStep::enter_signal(MountState state, MountResult result, std::string_view why) {
    fail(result, why);
    set_state(state);
    bool kills = state == MountState::RemountingSigkill || state == MountState::UnmountingSigkill;
    ask(MountAwaits::Signal,
        action::SendSignal{kills ? action::KillWhat::Kill : action::KillWhat::Terminate});
}

void MountStep::on(const event::SignalSent& answer) {
    if (!take_answer(MountAwaits::Signal)) return;
    if (answer.any_left)
        arm_timer(config_.timeout);
    else
        enter_after_signal(status_.state);
}

// The signal of `state` found nobody whose end could be waited for.
void MountStep::enter_after_signal(MountState state) {
    constexpr auto well = MountResult::Success;
    bool kills = unit_.kill->send_sigkill;
    if (state == MountState::RemountingSigterm && kills)
        return enter_signal(MountState::RemountingSigkill, well, "");
    if (state == MountState::RemountingSigterm || state == MountState::RemountingSigkill)
        return enter_mounted(well, "");
    if (state == MountState::UnmountingSigterm && kills)
        return enter_signal(MountState::UnmountingSigkill, well, "");
    enter_dead_or_mounted(well, "");
}

// --- time limits ---------------------------------------------------------------------------------

void MountStep::on(const event::TimedOut&) {
    if (!status_.timer_deadline) return;
    if (context_.now.monotonic < *status_.timer_deadline) // of a timer armed earlier
        return emit(action::ArmTimer{*status_.timer_deadline});
    status_.timer_deadline.reset();
    constexpr auto late = MountResult::Timeout;
    switch (status_.state) {
        case MountState::Mounting:
        case MountState::MountingDone:
            log(LogLevel::Warning, "Mounting timed out. Terminating.");
            return enter_signal(MountState::UnmountingSigterm, late, "mounting timed out");
        case MountState::Remounting:
            log(LogLevel::Warning, "Remounting timed out. Terminating remount process.");
            status_.reload_result = late;
            return enter_signal(MountState::RemountingSigterm, MountResult::Success, "");
        case MountState::RemountingSigterm:
            status_.reload_result = late;
            return sigkill_or_ignore(MountState::RemountingSigkill, "Remounting timed out.",
                                     MountResult::Success);
        case MountState::RemountingSigkill:
            log(LogLevel::Warning, "Mount process still around after SIGKILL. Ignoring.");
            status_.reload_result = late;
            return enter_dead_or_mounted(MountResult::Success, "");
        case MountState::Unmounting:
            log(LogLevel::Warning, "Unmounting timed out. Terminating.");
            return enter_signal(MountState::UnmountingSigterm, late, "unmounting timed out");
        case MountState::UnmountingSigterm:
            return sigkill_or_ignore(MountState::UnmountingSigkill, "Mount process timed out.",
                                     late);
        case MountState::UnmountingSigkill:
            log(LogLevel::Warning, "Mount process still around after SIGKILL. Ignoring.");
            return enter_dead_or_mounted(late, "mount process still around after SIGKILL");
        case MountState::Cleaning:
            log(LogLevel::Warning, "Cleaning timed out. killing.");
            status_.clean_result = late;
            return enter_signal(MountState::UnmountingSigkill, MountResult::Success, "");
        case MountState::Dead: // no timer is armed in these
        case MountState::Mounted:
        case MountState::Failed: return;
    }
}

void MountStep::sigkill_or_ignore(MountState kill, std::string_view what, MountResult result) {
    if (unit_.kill->send_sigkill) {
        log(LogLevel::Warning, what, " Killing.");
        return enter_signal(kill, result, "mount process timed out");
    }
    log(LogLevel::Warning, what, " Skipping SIGKILL. Ignoring.");
    enter_dead_or_mounted(result, "mount process timed out");
}

// --- cleaning ------------------------------------------------------------------------------------

void MountStep::on(const event::CleanRequested& request) {
    if (!is_in(MountState::Dead)) return;
    status_.clean_result = MountResult::Success;
    set_state(MountState::Cleaning);
    arm_timer(unit_.exec->timeout_clean);
    ask(MountAwaits::Spawn, action::SpawnCleaner{request.paths});
}

void MountStep::cleaner_ended(MountResult result) {
    if (status_.clean_result == MountResult::Success) status_.clean_result = result;
    set_state(MountState::Dead);
}

} // namespace

std::string_view to_string(MountState state) {
    return mount_traits_of(state).name;
}
std::string_view to_string(MountResult result) {
    return mount_result_words[static_cast<size_t>(result)];
}
ActiveState active_state(MountState state) {
    return mount_traits_of(state).active;
}

// On a copy: what throws has changed nothing.
void MountMachine::step(const LoadedUnit& unit, const StepContext& context, const UnitEvent& event,
                        std::vector<UnitAction>& actions, Cause& cause) {
    MountStatus next = status_;
    MountStep step(unit, context, next, actions, cause);
    std::visit([&](const auto& what) { step.on(what); }, event);
    status_ = next;
}

Phase MountMachine::phase() const {
    switch (active_state(status_.state)) {
        case ActiveState::Inactive:
        case ActiveState::Failed: return Phase::Down;
        case ActiveState::Activating: return Phase::ComingUp;
        case ActiveState::Active:
        case ActiveState::Reloading: return Phase::Up;
        default: return Phase::Busy;
    }
}

} // namespace sctl
