#include "manager/service_environment.hpp"

#include <csignal>
#include <cstring>

#include "base/text.hpp"
#include "manager/exec_plan.hpp"
#include "manager/manager.hpp"

namespace sctl {
namespace {

std::string hex(const std::array<uint8_t, 16>& id) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (uint8_t byte : id) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

// How the main process ended, for ExecStop= and ExecStopPost=.
void add_exit_variables(const ServiceStatus& status, std::vector<std::string>& variables) {
    variables.push_back(cat("SERVICE_RESULT=", to_string(status.result)));
    const ExitInfo& info = status.main_exec.info;
    if (status.main_exec.exit.monotonic.count() == 0 || info.code == 0) return;
    bool exited = info.code == CLD_EXITED;
    std::string_view code = exited ? "exited" : info.code == CLD_DUMPED ? "dumped" : "killed";
    variables.push_back(cat("EXIT_CODE=", code));
    const char* signal = exited ? nullptr : sigabbrev_np(info.status);
    variables.push_back(signal ? cat("EXIT_STATUS=", signal) : cat("EXIT_STATUS=", info.status));
}

} // namespace

std::vector<std::string> service_variables(Manager& manager, const Unit& unit,
                                           ServiceExecCommand which) {
    std::vector<std::string> variables;
    const ServiceConfig& config = *unit.loaded.service;
    const ServiceStatus& status = unit.service->status;
    variables.push_back(cat("INVOCATION_ID=", hex(unit.invocation_id)));
    bool is_main = which == ServiceExecCommand::Start;
    // systemd hands the socket to control processes as well where these may use it.
    bool may_notify = config.notify_access == NotifyAccess::All ||
                      config.notify_access == NotifyAccess::Exec ||
                      (config.notify_access == NotifyAccess::Main && is_main);
    if (may_notify) variables.push_back(cat("NOTIFY_SOCKET=", manager.notify_path()));
    if (!is_main && status.main_pid > 0) variables.push_back(cat("MAINPID=", status.main_pid));
    if (!config.pid_file.empty()) variables.push_back(cat("PIDFILE=", config.pid_file));
    if (is_main && config.watchdog.count() > 0) {
        variables.push_back(cat("WATCHDOG_USEC=", config.watchdog.count()));
    }
    if (which == ServiceExecCommand::Stop || which == ServiceExecCommand::StopPost) {
        add_exit_variables(status, variables);
    }
    return variables;
}

std::vector<std::string> default_environment() {
    return {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
}

std::vector<std::string> runtime_directories(const LoadedUnit& unit) {
    std::vector<std::string> paths;
    const auto& runtime =
        unit.service->execution.directories[static_cast<size_t>(DirectoryType::Runtime)];
    for (const auto& item : runtime.items) {
        paths.push_back(cat(directory_base(DirectoryType::Runtime), "/", item.path));
        for (const auto& link : item.symlinks)
            paths.push_back(cat(directory_base(DirectoryType::Runtime), "/", link));
    }
    return paths;
}

} // namespace sctl
