#include "manager/service_environment.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>

#include "base/hex.hpp"
#include "base/text.hpp"
#include "manager/exec_plan.hpp"
#include "manager/manager.hpp"
#include "unit/environment.hpp"

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

// The service that starts this one by OnFailure= or OnSuccess=; null where more than one could.
const Unit* triggering_service(const Manager& manager, UnitId id) {
    const Unit* found = nullptr;
    bool several = false;
    for (Dependency kind : {Dependency::OnFailureOf, Dependency::OnSuccessOf}) {
        manager.graph().for_each(id, kind, [&](UnitId other) {
            if (!manager.exists(other) || !manager.unit(other).service) return;
            several |= found != nullptr && found->id != other;
            found = &manager.unit(other);
        });
    }
    return several ? nullptr : found;
}

void add_monitor_variables(const Manager& manager, const Unit& unit,
                           std::vector<std::string>& variables) {
    const Unit* source = triggering_service(manager, unit.id);
    if (!source) return;
    add_exit_variables("MONITOR_", service_status(*source), variables);
    if (source->invocation_id != std::array<uint8_t, 16>{}) {
        variables.push_back(cat("MONITOR_INVOCATION_ID=", to_hex(source->invocation_id)));
    }
    variables.push_back(cat("MONITOR_UNIT=", source->name().str()));
}

bool is_locale_variable(std::string_view assignment) {
    static constexpr std::string_view names[] = {
        "LANG",       "LANGUAGE",     "LC_CTYPE",       "LC_NUMERIC",        "LC_TIME",
        "LC_COLLATE", "LC_MONETARY",  "LC_MESSAGES",    "LC_PAPER",          "LC_NAME",
        "LC_ADDRESS", "LC_TELEPHONE", "LC_MEASUREMENT", "LC_IDENTIFICATION",
    };
    auto name = assignment.substr(0, assignment.find('='));
    return std::ranges::find(names, name) != std::end(names) && name.size() + 1 < assignment.size();
}

// What the first of the two files says that is there.
std::vector<std::string> configured_locale(const Root& root) {
    for (std::string_view path : {"/etc/locale.conf", "/etc/default/locale"}) {
        auto text = read_file(root.at(path));
        if (!text) continue;
        auto assignments = parse_environment_file(*text);
        if (!assignments) return {};
        std::erase_if(*assignments,
                      [](const std::string& each) { return !is_locale_variable(each); });
        return std::move(*assignments);
    }
    return {};
}

} // namespace

std::vector<std::string> service_variables(Manager& manager, const Unit& unit,
                                           ServiceExecCommand which) {
    std::vector<std::string> variables;
    const ServiceConfig& config = *service_config(unit.loaded);
    const ServiceStatus& status = service_status(unit);
    variables.push_back(cat("INVOCATION_ID=", to_hex(unit.invocation_id)));
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
        add_exit_variables("", status, variables);
    }
    if (is_main || which == ServiceExecCommand::StartPre)
        add_monitor_variables(manager, unit, variables);
    return variables;
}

std::vector<std::string> default_environment(const Root& root) {
    auto environment = configured_locale(root);
    if (environment.empty()) environment.emplace_back("LANG=C.UTF-8");
    environment.emplace_back("PATH=").append(service_search_path);
    return environment;
}

bool is_passed_on(std::string_view assignment, std::string_view pattern) {
    static constexpr std::string_view of_one_process[] = {
        "NOTIFY_SOCKET",    "LISTEN_PID",    "LISTEN_FDS",    "LISTEN_FDNAMES",
        "WATCHDOG_PID",     "WATCHDOG_USEC", "INVOCATION_ID", "JOURNAL_STREAM",
        "SYSTEMD_EXEC_PID", "MAINPID",       "MANAGERPID"};
    std::string name(assignment.substr(0, assignment.find('=')));
    if (!environment_assignment_is_valid(assignment)) return false;
    return std::ranges::find(of_one_process, name) == std::end(of_one_process) &&
           matches_glob(pattern, name);
}

std::vector<std::string> runtime_directories(const LoadedUnit& unit) {
    std::vector<std::string> paths;
    const ExecConfig& config = *unit.exec;
    const auto& runtime = config.directories[static_cast<size_t>(DirectoryType::Runtime)];
    for (const auto& item : runtime.items) {
        paths.push_back(cat(directory_base(DirectoryType::Runtime), "/", item.path));
        if (is_private(config, DirectoryType::Runtime))
            paths.push_back(directory_path(config, DirectoryType::Runtime, item.path));
        for (const auto& link : item.symlinks)
            paths.push_back(cat(directory_base(DirectoryType::Runtime), "/", link));
    }
    return paths;
}

} // namespace sctl
