#include "state/socket/step.hpp"

#include <array>
#include <csignal>
#include <utility>

#include "state/service/exec_status.hpp"

namespace sctl {
namespace {

// What may be there in a state; set_state() drops what may not.
struct SocketTraits {
    SocketState state;
    std::string_view name;
    ActiveState active;
    bool process, sockets;
};
constexpr std::array<SocketTraits, socket_state_count> socket_traits{{
    {SocketState::Dead, "dead", ActiveState::Inactive, false, false},
    {SocketState::StartPre, "start-pre", ActiveState::Activating, true, false},
    {SocketState::StartChown, "start-chown", ActiveState::Activating, true, true},
    {SocketState::StartPost, "start-post", ActiveState::Activating, true, true},
    {SocketState::Listening, "listening", ActiveState::Active, false, true},
    {SocketState::Running, "running", ActiveState::Active, false, true},
    {SocketState::StopPre, "stop-pre", ActiveState::Deactivating, true, true},
    {SocketState::StopPreSigterm, "stop-pre-sigterm", ActiveState::Deactivating, true, true},
    {SocketState::StopPreSigkill, "stop-pre-sigkill", ActiveState::Deactivating, true, true},
    {SocketState::StopPost, "stop-post", ActiveState::Deactivating, true, false},
    {SocketState::FinalSigterm, "final-sigterm", ActiveState::Deactivating, true, false},
    {SocketState::FinalSigkill, "final-sigkill", ActiveState::Deactivating, true, false},
    {SocketState::Failed, "failed", ActiveState::Failed, false, false},
    {SocketState::Cleaning, "cleaning", ActiveState::Maintenance, true, false},
}};
static_assert([] {
    for (size_t i = 0; i < socket_traits.size(); ++i)
        if (static_cast<size_t>(socket_traits[i].state) != i) return false;
    return true;
}());

constexpr auto result_names = std::to_array<std::string_view>(
    {"success", "resources", "timeout", "exit-code", "signal", "core-dump", "start-limit-hit",
     "trigger-limit-hit", "service-start-limit-hit"});

const SocketTraits& traits_of(SocketState state) {
    return socket_traits[static_cast<size_t>(state)];
}

std::string_view task_of(SocketExecCommand which) {
    constexpr auto names =
        std::to_array<std::string_view>({"start-pre", "start-post", "stop-pre", "stop-post"});
    return names[static_cast<size_t>(which)];
}

SocketResult judge(ExitInfo info) {
    switch (judge_exit(info, ExitKind::Command, {})) {
        case ServiceResult::ExitCode: return SocketResult::ExitCode;
        case ServiceResult::Signal: return SocketResult::Signal;
        case ServiceResult::CoreDump: return SocketResult::CoreDump;
        default: return SocketResult::Success;
    }
}

} // namespace

std::string_view to_string(SocketState state) {
    return traits_of(state).name;
}
std::string_view to_string(SocketResult result) {
    return result_names[static_cast<size_t>(result)];
}
ActiveState active_state(SocketState state) {
    return traits_of(state).active;
}

void socket_step(const SocketContext& context, SocketStatus& status, const UnitEvent& event,
                 std::vector<UnitAction>& actions, Cause& cause) {
    SocketStep step(context, status, actions, cause);
    std::visit(
        [&](const auto& what) {
            if constexpr (requires { step.on(what); }) step.on(what);
        },
        event);
}

// On a copy: what throws has changed nothing.
void SocketMachine::step(const LoadedUnit& unit, const StepContext& context, const UnitEvent& event,
                         std::vector<UnitAction>& actions, Cause& cause) {
    SocketStatus next = status_;
    socket_step({context, unit, *socket_config(unit)}, next, event, actions, cause);
    status_ = std::move(next);
}

Phase SocketMachine::phase() const {
    switch (active_state(status_.state)) {
        case ActiveState::Inactive:
        case ActiveState::Failed: return Phase::Down;
        case ActiveState::Activating: return Phase::ComingUp;
        case ActiveState::Active: return Phase::Up;
        default: return Phase::Busy;
    }
}

std::string SocketMachine::refusal(const LoadedUnit& unit, const StepContext& context) const {
    const auto& config = *socket_config(unit);
    if (config.service.empty()) return {};
    if (!context.triggered || !context.triggered->is_loaded)
        return cat("Socket service ", config.service, " not loaded, refusing.");
    auto state = context.triggered->sub_state;
    if (state == "dead" || state == "failed" || state == "auto-restart") return {};
    return cat("Socket service ", config.service, " already active, refusing.");
}

// --- what all of them use ------------------------------------------------------------------------

void SocketStep::set_state(SocketState state) {
    auto from = std::exchange(status_.state, state);
    status_.awaits = SocketAwaits::Nothing;
    if (!traits_of(state).process) {
        disarm_timer();
        status_.control_pid = 0;
    }
    if (from == SocketState::Listening && state != SocketState::Listening)
        emit(action::UnwatchSockets{});
    if (!traits_of(state).sockets) emit(action::CloseSockets{});
    emit(action::StateChanged{.from = active_state(from),
                              .to = active_state(state),
                              .sub_from = to_string(from),
                              .sub_to = to_string(state)});
}

void SocketStep::fail(SocketResult result, std::string_view why) {
    if (status_.result != SocketResult::Success || result == SocketResult::Success) return;
    status_.result = result;
    cause_.text = why;
}

void SocketStep::arm_timer() {
    auto deadline = add_saturating(context_.now.monotonic, config_.timeout);
    if (deadline == infinity) return disarm_timer();
    status_.timer_deadline = deadline;
    emit(action::ArmTimer{deadline});
}

void SocketStep::disarm_timer() {
    if (!status_.timer_deadline) return;
    status_.timer_deadline.reset();
    emit(action::CancelTimer{});
}

void SocketStep::ask(SocketAwaits answer, UnitAction action) {
    status_.awaits = answer;
    emit(std::move(action));
}

bool SocketStep::take_answer(SocketAwaits answer) {
    if (status_.awaits != answer) return false;
    status_.awaits = SocketAwaits::Nothing;
    return true;
}

// --- starting and stopping -----------------------------------------------------------------------

void SocketStep::on(const event::StartRequested&) {
    if (status_.state != SocketState::Dead && status_.state != SocketState::Failed) return;
    status_.result = SocketResult::Success;
    cause_.text.clear();
    emit(action::MakeDirectories{});
    enter_start_pre();
}

void SocketStep::on(const event::StartLimitHit&) {
    if (status_.state != SocketState::Dead && status_.state != SocketState::Failed) return;
    log(LogLevel::Warning, "Start request repeated too quickly.");
    enter_dead(SocketResult::StartLimitHit, "");
    cause_.text = "start request repeated too quickly";
}

void SocketStep::on(const event::StopRequested&) {
    switch (status_.state) {
        case SocketState::StartPre:
        case SocketState::StartChown:
        case SocketState::StartPost:
            return enter_signal(SocketState::StopPreSigterm, SocketResult::Success, "");
        case SocketState::Listening:
        case SocketState::Running: return enter_stop_pre(SocketResult::Success, "");
        case SocketState::Cleaning:
            return enter_signal(SocketState::FinalSigkill, SocketResult::Success, "");
        case SocketState::Dead:
        case SocketState::Failed:
        case SocketState::StopPre: // on the way already
        case SocketState::StopPreSigterm:
        case SocketState::StopPreSigkill:
        case SocketState::StopPost:
        case SocketState::FinalSigterm:
        case SocketState::FinalSigkill: return;
    }
}

void SocketStep::on(const event::ResetFailed&) {
    if (status_.state == SocketState::Failed) set_state(SocketState::Dead);
    status_.result = SocketResult::Success;
    status_.clean_result = SocketResult::Success;
    cause_.text.clear();
}

void SocketStep::enter_start_pre() {
    if (!has(SocketExecCommand::StartPre)) return enter_start_chown();
    set_state(SocketState::StartPre);
    spawn(SocketExecCommand::StartPre, 0);
}

void SocketStep::enter_start_post() {
    if (!has(SocketExecCommand::StartPost)) return enter_listening();
    set_state(SocketState::StartPost);
    spawn(SocketExecCommand::StartPost, 0);
}

void SocketStep::enter_stop_pre(SocketResult result, std::string_view why) {
    fail(result, why);
    status_.control_pid = 0;
    if (!has(SocketExecCommand::StopPre)) return enter_stop_post(SocketResult::Success, "");
    set_state(SocketState::StopPre);
    spawn(SocketExecCommand::StopPre, 0);
}

void SocketStep::enter_stop_post(SocketResult result, std::string_view why) {
    fail(result, why);
    status_.control_pid = 0;
    if (!has(SocketExecCommand::StopPost))
        return enter_signal(SocketState::FinalSigterm, SocketResult::Success, "");
    set_state(SocketState::StopPost);
    spawn(SocketExecCommand::StopPost, 0);
}

void SocketStep::enter_signal(SocketState state, SocketResult result, std::string_view why) {
    fail(result, why);
    // Nobody to look for: the walk over the processes is spared.
    if (status_.control_pid == 0 && !status_.processes_left) return enter_after_signal(state);
    set_state(state);
    bool kills = state == SocketState::StopPreSigkill || state == SocketState::FinalSigkill;
    bool restarts = state == SocketState::StopPreSigterm && context_.restart_job;
    ask(SocketAwaits::Signal, action::SendSignal{kills      ? action::KillWhat::Kill
                                                 : restarts ? action::KillWhat::Restart
                                                            : action::KillWhat::Terminate});
}

void SocketStep::on(const event::SignalSent& answer) {
    if (!take_answer(SocketAwaits::Signal)) return;
    if (answer.any_left)
        arm_timer();
    else
        enter_after_signal(status_.state);
}

// The signal of `state` found nobody whose end could be waited for.
void SocketStep::enter_after_signal(SocketState state) {
    switch (state) {
        case SocketState::StopPreSigterm:
            return enter_signal(SocketState::StopPreSigkill, SocketResult::Success, "");
        case SocketState::StopPreSigkill: return enter_stop_post(SocketResult::Success, "");
        case SocketState::FinalSigterm:
            return enter_signal(SocketState::FinalSigkill, SocketResult::Success, "");
        default: return enter_dead(SocketResult::Success, "");
    }
}

void SocketStep::enter_dead(SocketResult result, std::string_view why) {
    fail(result, why);
    bool well = status_.result == SocketResult::Success;
    if (well)
        log(LogLevel::Info, "Deactivated successfully.");
    else
        log(LogLevel::Warning, "Failed with result '", to_string(status_.result), "'.");
    set_state(well ? SocketState::Dead : SocketState::Failed);
    emit(action::RemoveRuntimeFiles{});
}

// --- commands ------------------------------------------------------------------------------------

void SocketStep::spawn(SocketExecCommand which, size_t index) {
    status_.control_pid = 0;
    status_.control_command = which;
    status_.control_index = index;
    arm_timer();
    ask(SocketAwaits::Spawn, action::Spawn{which, index, true});
}

void SocketStep::on(const event::Spawned& spawned) {
    if (!take_answer(SocketAwaits::Spawn)) return;
    status_.control_pid = spawned.pid;
    status_.processes_left = true;
}

void SocketStep::on(const event::SpawnFailed& failure) {
    if (!take_answer(SocketAwaits::Spawn)) return;
    if (status_.state == SocketState::Cleaning) {
        log(LogLevel::Warning, "Failed to initiate cleaning: ", failure.text);
        return cleaner_ended(SocketResult::Resources);
    }
    bool first = status_.control_index == 0;
    if (first)
        log(LogLevel::Warning, "Failed to run '", task_of(status_.control_command),
            "' task: ", failure.text);
    else
        log(LogLevel::Warning, "Failed to run next task: ", failure.text);
    auto why = cat(to_text(status_.control_command), "= could not be started: ", failure.text);
    constexpr auto result = SocketResult::Resources;
    switch (status_.control_command) {
        case SocketExecCommand::StartPre:
            if (first) return enter_dead(result, why);
            return enter_signal(SocketState::FinalSigterm, result, why);
        case SocketExecCommand::StartPost: return enter_stop_pre(result, why);
        case SocketExecCommand::StopPre:
            if (first) return enter_stop_post(result, why);
            return enter_signal(SocketState::FinalSigterm, result, why);
        case SocketExecCommand::StopPost:
            if (first) return enter_signal(SocketState::FinalSigterm, result, why);
            return enter_dead(result, why);
    }
}

void SocketStep::on(const event::ProcessExited& exit) {
    status_.processes_left = exit.others_left;
    if (exit.pid <= 0 || exit.pid != status_.control_pid) return;
    status_.control_pid = 0;
    auto result = judge(exit.info);
    if (status_.state == SocketState::Cleaning) return cleaner_ended(result);
    const auto& commands = config_.commands(status_.control_command);
    bool is_known = status_.control_index < commands.size();
    if (is_known && commands[status_.control_index].ignore_failure) result = SocketResult::Success;
    auto end = describe_exit(exit.info);
    if (result != SocketResult::Success)
        log(exit.info.code == CLD_EXITED ? LogLevel::Notice : LogLevel::Warning,
            "Control process exited, ", end);
    auto why = cat(to_text(status_.control_command), "= exited, ", end);
    fail(result, why);
    bool more = status_.control_index + 1 < commands.size();
    if (more && result == SocketResult::Success)
        return spawn(status_.control_command, status_.control_index + 1);
    control_ended(result, why);
}

void SocketStep::control_ended(SocketResult result, std::string_view why) {
    bool well = result == SocketResult::Success;
    switch (status_.state) {
        case SocketState::StartPre:
            if (well) return enter_start_chown();
            return enter_signal(SocketState::FinalSigterm, result, why);
        case SocketState::StartPost:
            if (well) return enter_listening();
            return enter_stop_pre(result, why);
        case SocketState::StopPre:
        case SocketState::StopPreSigterm:
        case SocketState::StopPreSigkill: return enter_stop_post(result, why);
        case SocketState::StopPost:
        case SocketState::FinalSigterm:
        case SocketState::FinalSigkill: return enter_dead(result, why);
        case SocketState::Dead: // no process runs in these
        case SocketState::StartChown:
        case SocketState::Listening:
        case SocketState::Running:
        case SocketState::Failed:
        case SocketState::Cleaning: return;
    }
}

void SocketStep::on(const event::ProcessesGone&) {
    status_.processes_left = false;
    if (status_.control_pid != 0) return;
    switch (status_.state) {
        case SocketState::StopPreSigterm:
        case SocketState::StopPreSigkill: return enter_stop_post(SocketResult::Success, "");
        case SocketState::FinalSigterm:
        case SocketState::FinalSigkill: return enter_dead(SocketResult::Success, "");
        default: return;
    }
}

// --- time limits ---------------------------------------------------------------------------------

void SocketStep::on(const event::TimedOut&) {
    if (!status_.timer_deadline) return;
    if (context_.now.monotonic < *status_.timer_deadline) // of a timer armed earlier
        return emit(action::ArmTimer{*status_.timer_deadline});
    status_.timer_deadline.reset();
    constexpr auto result = SocketResult::Timeout;
    switch (status_.state) {
        case SocketState::StartPre:
            log(LogLevel::Warning, "Starting timed out. Terminating.");
            return enter_signal(SocketState::FinalSigterm, result, "starting timed out");
        case SocketState::StartChown:
        case SocketState::StartPost:
            log(LogLevel::Warning, "Starting timed out. Stopping.");
            return enter_stop_pre(result, "starting timed out");
        case SocketState::StopPre:
            log(LogLevel::Warning, "Stopping timed out. Terminating.");
            return enter_signal(SocketState::StopPreSigterm, result, "stopping timed out");
        case SocketState::StopPreSigterm:
            return sigkill_or(SocketState::StopPreSigkill, "Stopping timed out.");
        case SocketState::StopPreSigkill:
            log(LogLevel::Warning, "Processes still around after SIGKILL. Ignoring.");
            return enter_stop_post(result, "processes still around after SIGKILL");
        case SocketState::StopPost:
            log(LogLevel::Warning, "Stopping timed out (2). Terminating.");
            return enter_signal(SocketState::FinalSigterm, result, "stopping timed out");
        case SocketState::FinalSigterm:
            return sigkill_or(SocketState::FinalSigkill, "Stopping timed out (2).");
        case SocketState::FinalSigkill:
            log(LogLevel::Warning, "Still around after SIGKILL (2). Entering failed mode.");
            return enter_dead(result, "processes still around after SIGKILL");
        case SocketState::Cleaning:
            log(LogLevel::Warning, "Cleaning timed out. killing.");
            status_.clean_result = result;
            return enter_signal(SocketState::FinalSigkill, SocketResult::Success, "");
        case SocketState::Dead: // no timer is armed in these
        case SocketState::Listening:
        case SocketState::Running:
        case SocketState::Failed: return;
    }
}

void SocketStep::sigkill_or(SocketState kill, std::string_view what) {
    constexpr std::string_view why = "stopping timed out";
    if (context_.unit.kill->send_sigkill) {
        log(LogLevel::Warning, what, " Killing.");
        return enter_signal(kill, SocketResult::Timeout, why);
    }
    log(LogLevel::Warning, what, " Skipping SIGKILL. Ignoring.");
    if (kill == SocketState::FinalSigkill) return enter_dead(SocketResult::Timeout, why);
    enter_stop_post(SocketResult::Timeout, why);
}

// --- cleaning ------------------------------------------------------------------------------------

void SocketStep::on(const event::CleanRequested& request) {
    if (status_.state != SocketState::Dead) return;
    status_.clean_result = SocketResult::Success;
    set_state(SocketState::Cleaning);
    auto limit = add_saturating(context_.now.monotonic, context_.unit.exec->timeout_clean);
    if (limit != infinity) {
        status_.timer_deadline = limit;
        emit(action::ArmTimer{limit});
    }
    ask(SocketAwaits::Spawn, action::SpawnCleaner{request.paths});
}

void SocketStep::cleaner_ended(SocketResult result) {
    if (status_.clean_result == SocketResult::Success) status_.clean_result = result;
    set_state(SocketState::Dead);
}

} // namespace sctl
