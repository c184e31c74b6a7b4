// `systemctl clean`: the directories of a service that is dead are removed by a process of its own,
// the control process of the state `cleaning`, so that whatever keeps it waiting keeps nobody else.
#include "state/service/exec_status.hpp"
#include "state/service/step.hpp"

namespace sctl {

void ServiceStep::on(const event::CleanRequested& request) {
    if (status_.state != ServiceState::Dead) return;
    status_.clean_result = ServiceResult::Success;
    set_state(ServiceState::Cleaning);
    arm_timer(after(context_.timeout_clean));
    ask(Awaiting::ControlSpawn, action::SpawnCleaner{request.paths});
}

// The service is what it was: that it was not cleaned is told to who asked for it.
void ServiceStep::cleaner_spawn_failed(const event::SpawnFailed& failure) {
    log(LogLevel::Warning, "Failed to initiate cleaning: ", failure.text);
    status_.clean_result = ServiceResult::Resources;
    set_state(ServiceState::Dead);
}

void ServiceStep::cleaner_exited(ExitInfo info) {
    auto result = judge_exit(info, ExitKind::Command, *config_.success_exit_status);
    log_exit("Control process", info, result == ServiceResult::Success);
    if (status_.clean_result == ServiceResult::Success) status_.clean_result = result;
    fail(result, cat("process that cleans exited, ", describe_exit(info)));
    enter_dead(false);
}

void ServiceStep::cleaning_timed_out() {
    log(LogLevel::Warning, "Cleaning timed out. killing.");
    if (status_.clean_result == ServiceResult::Success)
        status_.clean_result = ServiceResult::Timeout;
    enter_signal(ServiceState::FinalSigkill);
}

} // namespace sctl
