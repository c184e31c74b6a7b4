// What is added to the environment of a service's process (systemd.exec(5), "Environment Variables
// Set or Propagated by the Service Manager").
#include <csignal>
#include <cstring>

#include "base/hex.hpp"
#include "base/text.hpp"
#include "run/service/service_run.hpp"
#include "run/socket/connection.hpp"
#include "run/unit.hpp"

namespace sctl {
namespace {

// How the main process ended, for ExecStop= and ExecStopPost=.
void add_exit_variables(std::string_view prefix, const ServiceStatus& status,
                        std::vector<std::string>& variables) {
    variables.push_back(cat(prefix, "SERVICE_RESULT=", to_string(status.result)));
    const ExitInfo& info = status.main_exec.info;
    if (status.main_exec.exit.monotonic.count() == 0 || info.code == 0) return;
    bool exited = info.code == CLD_EXITED;
    std::string_view code = exited ? "exited" : info.code == CLD_DUMPED ? "dumped" : "killed";
    variables.push_back(cat(prefix, "EXIT_CODE=", code));
    const char* signal = exited ? nullptr : sigabbrev_np(info.status);
    variables.push_back(signal ? cat(prefix, "EXIT_STATUS=", signal)
                               : cat(prefix, "EXIT_STATUS=", info.status));
}

void add_monitor_variables(const Unit& source, std::vector<std::string>& variables) {
    add_exit_variables("MONITOR_", service_status(source), variables);
    if (source.invocation_id != std::array<uint8_t, 16>{}) {
        variables.push_back(cat("MONITOR_INVOCATION_ID=", to_hex(source.invocation_id)));
    }
    variables.push_back(cat("MONITOR_UNIT=", source.name().str()));
}

} // namespace

std::vector<std::string> ServiceRun::variables_of(ServiceExecCommand which) const {
    std::vector<std::string> variables;
    const ServiceConfig& config = this->config();
    const ServiceStatus& status = this->status();
    variables.push_back(cat("INVOCATION_ID=", to_hex(unit_.invocation_id)));
    if (unit_.activation)
        variables.insert(variables.end(), unit_.activation->begin(), unit_.activation->end());
    if (connection_) add_remote_variables(connection_.get(), variables);
    bool is_main = which == ServiceExecCommand::Start;
    // systemd hands the socket to control processes as well where these may use it.
    bool may_notify = config.notify_access == NotifyAccess::All ||
                      config.notify_access == NotifyAccess::Exec ||
                      (config.notify_access == NotifyAccess::Main && is_main);
    if (may_notify) variables.push_back(cat("NOTIFY_SOCKET=", means_.host.notify_path()));
    if (!is_main && status.main_pid > 0) variables.push_back(cat("MAINPID=", status.main_pid));
    if (!config.pid_file.empty()) variables.push_back(cat("PIDFILE=", config.pid_file));
    if (is_main && config.watchdog.count() > 0) {
        variables.push_back(cat("WATCHDOG_USEC=", config.watchdog.count()));
    }
    if (which == ServiceExecCommand::Stop || which == ServiceExecCommand::StopPost) {
        add_exit_variables("", status, variables);
    }
    if (is_main || which == ServiceExecCommand::StartPre) {
        const Unit* source = means_.host.triggering_unit(unit_);
        if (source && service_run(*source)) add_monitor_variables(*source, variables);
    }
    return variables;
}

} // namespace sctl
