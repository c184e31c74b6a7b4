// [Service], typed: what a service has settings of that no other kind of unit has.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "unit/config.hpp"
#include "unit/syntax/exec_command.hpp"
#include "unit/values/enum_text.hpp"

namespace sctl {

enum class ServiceType : uint8_t {
    Simple,
    Exec,
    Forking,
    Oneshot,
    Dbus,
    Notify,
    NotifyReload,
    Idle
};
// Whether READY=1 ends the start.
[[nodiscard]] constexpr bool is_told_when_ready(ServiceType type) noexcept {
    return type == ServiceType::Notify || type == ServiceType::NotifyReload;
}
enum class Restart : uint8_t { No, OnSuccess, OnFailure, OnAbnormal, OnAbort, OnWatchdog, Always };
enum class RestartMode : uint8_t { Normal, Direct };
enum class NotifyAccess : uint8_t { None, Main, Exec, All };
enum class ServiceExecCommand : uint8_t {
    Condition,
    StartPre,
    Start,
    StartPost,
    Reload,
    Stop,
    StopPost
};
inline constexpr size_t service_exec_command_count = 7;
enum class ExitType : uint8_t { Main, Cgroup };
enum class TimeoutFailureMode : uint8_t { Terminate, Abort, Kill };

// A set of exit statuses and signals, as of SuccessExitStatus=.
struct ExitStatusSet {
    std::vector<uint8_t> statuses; // sorted
    std::vector<uint8_t> signals;  // sorted
    [[nodiscard]] bool empty() const noexcept { return statuses.empty() && signals.empty(); }
};

// "PATH:NAME:OPTIONS" of OpenFile=.
struct OpenFile {
    std::string path; // absolute
    std::string name;
    bool read_only = false, append = false, truncate = false;
    bool graceful = false; // one that cannot be opened is left out
};

struct ServiceConfig final : OwnConfig { // [Service]
    // As resolved: Oneshot without ExecStart, Dbus with BusName.
    ServiceType type = ServiceType::Simple;
    ExitType exit_type = ExitType::Main;
    Restart restart = Restart::No;
    // As resolved: Main for Type=notify or a watchdog.
    NotifyAccess notify_access = NotifyAccess::None;
    bool remain_after_exit = false;
    bool guess_main_pid = true;
    bool root_directory_start_only = false;
    bool permissions_start_only = false; // User= and its like hold for ExecStart= alone
    bool non_blocking = false;
    std::string pid_file; // absolute
    std::string bus_name;
    std::array<std::vector<ExecCommand>, service_exec_command_count> exec; // by ServiceExecCommand
    Span restart_sec = 100ms;
    // With both, the wait grows in so many steps from the former to the latter.
    unsigned restart_steps = 0;
    Span restart_max_delay = infinity;
    RestartMode restart_mode = RestartMode::Normal;
    int reload_signal = 1; // of Type=notify-reload: SIGHUP
    std::vector<OpenFile> open_files;
    Span timeout_start = 90s; // as resolved: infinity for oneshot that does not set it
    Span timeout_stop = 90s;
    std::optional<Span> timeout_abort;
    Span runtime_max = infinity;
    Span runtime_randomized_extra{};
    Span watchdog{}; // zero: none
    TimeoutFailureMode timeout_start_failure_mode = TimeoutFailureMode::Terminate;
    TimeoutFailureMode timeout_stop_failure_mode = TimeoutFailureMode::Terminate;
    Sparse<ExitStatusSet> success_exit_status;
    Sparse<ExitStatusSet> restart_prevent_exit_status;
    Sparse<ExitStatusSet> restart_force_exit_status;
    unsigned file_descriptor_store_max = 0;
    std::vector<std::string> sockets;
    // Whether Type= and TimeoutStartSec= were written, see above.
    bool type_set = false;
    bool timeout_start_set = false;

    [[nodiscard]] const std::vector<ExecCommand>& commands(ServiceExecCommand which) const {
        return exec[static_cast<size_t>(which)];
    }
};

// Of a service that is loaded; else null.
[[nodiscard]] const ServiceConfig* service_config(const LoadedUnit& unit);
[[nodiscard]] ServiceConfig* service_config(LoadedUnit& unit); // for changes after loading

SCTL_ENUM_TEXT(ServiceType, Idle, "Failed to parse service type, ignoring: ", "simple", "exec",
               "forking", "oneshot", "dbus", "notify", "notify-reload", "idle");
SCTL_ENUM_TEXT(Restart, Always, "Failed to parse service restart specifier, ignoring: ", "no",
               "on-success", "on-failure", "on-abnormal", "on-abort", "on-watchdog", "always");
SCTL_ENUM_TEXT(RestartMode, Direct, "Failed to parse service restart mode, ignoring: ", "normal",
               "direct");
SCTL_ENUM_TEXT(NotifyAccess, All, "Failed to parse notify access specifier, ignoring: ", "none",
               "main", "exec", "all");
SCTL_ENUM_TEXT(ServiceExecCommand, StopPost, "", "ExecCondition", "ExecStartPre", "ExecStart",
               "ExecStartPost", "ExecReload", "ExecStop", "ExecStopPost");
SCTL_ENUM_TEXT(ExitType, Cgroup, "Failed to parse service exit type, ignoring: ", "main", "cgroup");
SCTL_ENUM_TEXT(TimeoutFailureMode, Kill,
               "Failed to parse timeout failure mode, ignoring: ", "terminate", "abort", "kill");
} // namespace sctl
