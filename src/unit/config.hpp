// What a unit's files say, typed: one value per section, with systemd's defaults. The directive
// table (directives.hpp) fills these in and reads them back as properties; nothing here changes
// after loading. Fields carry the directive's own name.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/sparse.hpp"
#include "unit/exec_command.hpp"
#include "unit/unit_name.hpp"

namespace sctl {

// The dependencies that may be written in [Unit] or by a .wants/.requires/.upholds directory; the
// inverses exist in the graph alone.
enum class DependencyKey : uint8_t {
    Requires,
    Requisite,
    Wants,
    BindsTo,
    PartOf,
    Upholds,
    Conflicts,
    Before,
    After,
    OnSuccess,
    OnFailure,
    PropagatesReloadTo,
    ReloadPropagatedFrom,
    PropagatesStopTo,
    StopPropagatedFrom,
    JoinsNamespaceOf,
};
struct WrittenDependency {
    DependencyKey key;
    std::string name; // a valid unit name, specifiers expanded
    bool operator==(const WrittenDependency&) const = default;
};

// systemd.unit(5), "Conditions and Asserts".
enum class ConditionType : uint8_t {
    Architecture,
    Firmware,
    Virtualization,
    Host,
    KernelCommandLine,
    KernelVersion,
    Credential,
    Environment,
    Security,
    Capability,
    ACPower,
    NeedsUpdate,
    FirstBoot,
    PathExists,
    PathExistsGlob,
    PathIsDirectory,
    PathIsSymbolicLink,
    PathIsMountPoint,
    PathIsReadWrite,
    PathIsEncrypted,
    DirectoryNotEmpty,
    FileNotEmpty,
    FileIsExecutable,
    User,
    Group,
    ControlGroupController,
    Memory,
    CPUs,
    CPUFeature,
    OSRelease,
    MemoryPressure,
    CPUPressure,
    IOPressure,
};
struct Condition {
    ConditionType type;
    bool trigger = false; // "|": one of these must hold
    bool negate = false;  // "!"
    std::string parameter;
    bool operator==(const Condition&) const = default;
};

enum class JobFailureMode : uint8_t {
    Fail,
    Replace,
    ReplaceIrreversibly,
    Isolate,
    Flush,
    IgnoreDependencies,
    IgnoreRequirements,
};
enum class CollectMode : uint8_t { Inactive, InactiveOrFailed };
enum class EmergencyAction : uint8_t {
    None,
    Reboot,
    RebootForce,
    RebootImmediate,
    Poweroff,
    PoweroffForce,
    PoweroffImmediate,
    Exit,
    ExitForce,
};

struct UnitConfig {          // [Unit]
    std::string description; // empty: the unit's id stands for it
    std::vector<std::string> documentation;
    std::vector<WrittenDependency> dependencies;
    std::vector<std::string> requires_mounts_for;
    std::vector<Condition> conditions;
    std::vector<Condition> asserts;
    std::string source_path;
    JobFailureMode on_success_job_mode = JobFailureMode::Fail;
    JobFailureMode on_failure_job_mode = JobFailureMode::Replace;
    bool ignore_on_isolate = false;
    bool stop_when_unneeded = false;
    bool refuse_manual_start = false;
    bool refuse_manual_stop = false;
    bool allow_isolate = false;
    bool default_dependencies = true;
    CollectMode collect_mode = CollectMode::Inactive;
    Span job_timeout = infinity;
    std::optional<Span> job_running_timeout;
    EmergencyAction job_timeout_action = EmergencyAction::None;
    std::string job_timeout_reboot_argument;
    Span start_limit_interval = 10s; // zero: no limit
    unsigned start_limit_burst = 5;
    EmergencyAction start_limit_action = EmergencyAction::None;
    EmergencyAction failure_action = EmergencyAction::None;
    EmergencyAction success_action = EmergencyAction::None;
    std::optional<int> failure_action_exit_status;
    std::optional<int> success_action_exit_status;
    std::string reboot_argument;
};

// [Install], for what works on files: LoadedUnit has none. Names as written, specifiers not
// expanded.
struct InstallConfig {
    std::vector<std::string> alias;
    std::vector<std::string> wanted_by;
    std::vector<std::string> required_by;
    std::vector<std::string> also;
    std::string default_instance;
};

struct KillConfig { // systemd.kill(5)
    enum class Mode : uint8_t { ControlGroup, Mixed, Process, None } kill_mode = Mode::ControlGroup;
    int kill_signal = 15;
    int restart_kill_signal = 0; // 0: kill_signal
    int final_kill_signal = 9;
    int watchdog_signal = 6;
    bool send_sigkill = true;
    bool send_sighup = false;
};

enum class ExecInput : uint8_t { Null, Tty, TtyForce, TtyFail, Socket, NamedFd, Data, File };
enum class ExecOutput : uint8_t {
    Inherit,
    Null,
    Tty,
    Kmsg,
    KmsgAndConsole,
    Journal,
    JournalAndConsole,
    Socket,
    NamedFd,
    File,
    FileAppend,
    FileTruncate,
};

struct EnvironmentFile {
    std::string path;
    bool optional = false; // "-"
    bool operator==(const EnvironmentFile&) const = default;
};
struct ResourceLimit {
    int resource;        // RLIMIT_*
    uint64_t soft, hard; // RLIM_INFINITY for none
    bool operator==(const ResourceLimit&) const = default;
};

// SetCredential= and LoadCredential=; `text` is the value of the one, the source of the other.
struct UnitCredential {
    std::string id, text;
    bool encrypted = false;
    bool operator==(const UnitCredential&) const = default;
};

// Numbers of CPUs, sorted.
using CpuSet = std::vector<uint16_t>;

enum class DirectoryType : uint8_t { Runtime, State, Cache, Logs, Configuration };
inline constexpr size_t directory_type_count = 5;
struct ExecDirectory {
    struct Item {
        std::string path;                  // relative to the type's base
        std::vector<std::string> symlinks; // "path:symlink"
        bool operator==(const Item&) const = default;
    };
    std::vector<Item> items;
    mode_t mode = 0755;
    bool operator==(const ExecDirectory&) const = default;
};
enum class PreserveMode : uint8_t { No, Yes, Restart };

struct ExecConfig { // systemd.exec(5)
    // Of dynamic users too, as resolved: named after the unit where it says nothing.
    std::string user, group;
    bool dynamic_user = false;
    std::vector<std::string> supplementary_groups;
    std::string working_directory; // "" is "/"; "~" the user's home
    bool working_directory_missing_ok = false;
    std::vector<std::string> environment; // NAME=VALUE, later ones win already
    std::vector<EnvironmentFile> environment_files;
    std::vector<std::string> pass_environment;
    std::vector<std::string> unset_environment;
    mode_t umask = 0022;
    std::vector<ResourceLimit> limits;
    std::optional<int> nice;
    std::optional<int> oom_score_adjust;
    std::optional<int> cpu_scheduling_policy; // SCHED_*
    int cpu_scheduling_priority = 0;
    bool cpu_scheduling_reset_on_fork = false;
    std::optional<int> io_priority; // as ioprio_set(2) takes it
    bool ignore_sigpipe = true;
    bool no_new_privileges = false;
    // Of capabilities(7), a bit for each.
    uint64_t capability_bounding_set = UINT64_MAX;
    uint64_t ambient_capabilities = 0;
    int secure_bits = 0; // SECBIT_*
    std::vector<std::string> exec_search_path;
    CpuSet cpu_affinity; // empty: all
    bool cpu_affinity_from_numa = false;
    std::string root_directory;
    std::vector<UnitCredential> set_credentials, load_credentials;
    ExecInput std_input = ExecInput::Null;
    ExecOutput std_output = ExecOutput::Journal; // DefaultStandardOutput=
    ExecOutput std_error = ExecOutput::Inherit;
    std::string std_input_file, std_output_file, std_error_file; // or a name for NamedFd
    std::string std_input_data;
    std::string tty_path;
    std::string syslog_identifier;
    int syslog_level = 6; // as syslog(3) counts
    bool syslog_level_prefix = true;
    std::array<ExecDirectory, directory_type_count> directories; // by DirectoryType
    PreserveMode runtime_directory_preserve = PreserveMode::No;
    Span timeout_clean = infinity;
    bool operator==(const ExecConfig&) const = default;
};

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

struct ServiceConfig { // [Service]
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
    ExitStatusSet success_exit_status;
    ExitStatusSet restart_prevent_exit_status;
    ExitStatusSet restart_force_exit_status;
    unsigned file_descriptor_store_max = 0;
    std::vector<std::string> sockets;
    KillConfig kill;
    Sparse<ExecConfig> execution;

    [[nodiscard]] const std::vector<ExecCommand>& commands(ServiceExecCommand which) const {
        return exec[static_cast<size_t>(which)];
    }
};

enum class LoadState : uint8_t { Stub, Loaded, NotFound, BadSetting, Error, Merged, Masked };

// A property as `show` sees it. Booleans, numbers and texts are themselves; `signature` of the row
// in the table of directives says which D-Bus type carries it.
using PropertyValue =
    std::variant<bool, int32_t, uint32_t, int64_t, uint64_t, std::string, std::vector<std::string>>;

// A unit as its files have it. `settings` of a unit that is not loaded are the defaults.
struct LoadedUnit {
    UnitName id;
    std::vector<UnitName> names; // id first, then aliases, sorted
    LoadState load_state = LoadState::Stub;
    Error load_error; // where load_state is neither Loaded nor Stub; words as systemd's LoadError
    std::string fragment_path;
    std::vector<std::string> drop_in_paths;
    Span newest_mtime{};     // of the files above: NeedDaemonReload=
    bool incomplete = false; // a file could not be read for a reason of the moment, is_momentary()
    bool perpetual = false;  // there from the start to the end, without a file: system.slice
    std::string slice;       // as resolved; empty for a type without, and for what is not loaded
    UnitConfig unit;
    std::unique_ptr<ServiceConfig> service; // of services that are loaded
    bool type_set = false;                  // Type= was written, see ServiceConfig
    bool start_timeout_set = false;         // TimeoutStartSec= was written, likewise
    // What is written for directives that are not acted on, by property: `show` tells it as
    // systemd.
    std::vector<std::pair<std::string_view, PropertyValue>> written_only;
    std::vector<uint16_t> absent_directives; // rows of the directive table that we do not act on
};

} // namespace sctl
