#include "run/service/service_run.hpp"

#include "base/text.hpp"
#include "os/set_aside.hpp"
#include "run/notify.hpp"
#include "run/unit.hpp"

namespace sctl {

const ServiceRun* service_run(const Unit& unit) {
    return dynamic_cast<const ServiceRun*>(unit.run.get());
}
const ServiceStatus& service_status(const Unit& unit) {
    return static_cast<const ServiceMachine&>(*unit.machine).status();
}

const ServiceConfig& ServiceRun::config() const {
    return *service_config(loaded());
}
const ServiceStatus& ServiceRun::status() const {
    return service_status(unit_);
}

Answer ServiceRun::execute(const UnitAction& what) {
    if (std::holds_alternative<action::ReadPidFile>(what)) return look_at_pid_file();
    if (std::holds_alternative<action::WatchPidFile>(what)) return watch_pid_file();
    if (std::holds_alternative<action::GuessMainPid>(what)) return guess_main_pid();
    if (std::holds_alternative<action::CancelWatchdog>(what)) {
        watchdog_timer_.cancel();
        return std::nullopt;
    }
    if (const auto* timer = std::get_if<action::ArmWatchdog>(&what)) {
        arm_watchdog(timer->deadline);
        return std::nullopt;
    }
    if (std::holds_alternative<action::SendSignal>(what)) meet_former_processes();
    return ProcessRun::execute(what);
}

// Most services have no watchdog, and so no timer for one.
void ServiceRun::arm_watchdog(Span deadline) {
    if (!watchdog_timer_.exists())
        watchdog_timer_ = OwnedTimer(means_.loop, [this] { watchdog_elapsed(); });
    watchdog_timer_.arm(deadline);
}

void ServiceRun::watchdog_elapsed() {
    if (means_.host.watches_services()) return means_.host.post(unit_.id, event::WatchdogElapsed{});
    log(LogLevel::Warning, "Watchdog disabled! Ignoring watchdog timeout.");
}

const ExecCommand& ServiceRun::command(const action::Spawn& what) const {
    return config().commands(what.which.as<ServiceExecCommand>())[what.index];
}

Result<void> ServiceRun::describe(const action::Spawn& what, ExecPlanInputs& inputs) {
    using enum ServiceExecCommand;
    const ServiceConfig& config = this->config();
    auto which = what.which.as<ServiceExecCommand>();
    bool is_start = which == Start;
    inputs.own_variables = variables_of(which);
    inputs.drops_privileges = is_start || !config.permissions_start_only;
    inputs.changes_root = is_start || !config.root_directory_start_only;
    inputs.is_watched = is_start && config.watchdog.count() > 0;
    // The commands of a stop find what those of the start have got.
    inputs.makes_credentials = which != Reload && which != Stop && which != StopPost;
    if (!is_start || what.is_control) return {};
    auto opened = open_files(config.open_files, inputs.root);
    if (!opened) return opened.error();
    inputs.passed = std::move(*opened);
    return {};
}

std::vector<std::string> ServiceRun::left_files() {
    stop_watching_pid_file();
    former_.reset();
    if (config().pid_file.empty()) return {};
    auto path = means_.root.at(config().pid_file);
    auto gone = unlink_at_once(path, means_.root.at("/run"));
    bool may_be_there = !gone && gone.error().code != ENOENT && gone.error().code != EISDIR;
    if (!may_be_there) return {};
    return {"--file", path};
}

// --- what it says of itself ----------------------------------------------------------------------

bool ServiceRun::may_notify(pid_t sender, uid_t sender_uid) {
    NotifyAccess access = config().notify_access;
    bool main = sender == main_pid(), control = sender == control_pid();
    auto refuse = [&](std::string_view who) {
        log(LogLevel::Warning,
            cat("Got notification message from PID ", sender, ", but reception ", who));
        return false;
    };
    if (access == NotifyAccess::None) return refuse("is disabled.");
    if (access == NotifyAccess::Main && !main) {
        return refuse(main_pid() > 0 ? cat("only permitted for main PID ", main_pid())
                                     : "only permitted for main PID which is currently not known");
    }
    if (access == NotifyAccess::Exec && !main && !control)
        return refuse("only permitted for main PID and control PID");
    if (access == NotifyAccess::All && !main && !control) {
        Identity identity = means_.processes.identify(sender);
        bool weak = identity.evidence == Evidence::Tag || identity.evidence == Evidence::Session;
        if (weak && !runs_as(sender_uid) && sender_uid != 0)
            return refuse("is not permitted for another user's process");
    }
    return true;
}

void ServiceRun::notified(pid_t sender, uid_t sender_uid, std::string_view text) {
    if (!may_notify(sender, sender_uid)) return;
    event::Notified said = parse_notification(sender, text);
    if (said.main_pid) check_main_pid(said, sender_uid);
    means_.host.post(unit_.id, std::move(said));
}

} // namespace sctl
