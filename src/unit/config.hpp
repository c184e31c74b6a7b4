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
#include <typeinfo>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/property_value.hpp"
#include "base/result.hpp"
#include "base/sparse.hpp"
#include "unit/dependency.hpp"
#include "unit/job_mode.hpp"
#include "unit/unit_name.hpp"

namespace sctl {

struct Directive; // unit/settings/directives.hpp

// In [Unit], or by a .wants/.requires/.upholds directory.
struct WrittenDependency {
    Dependency kind;
    UnitName name; // specifiers expanded
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
    JobMode on_success_job_mode = JobMode::Fail;
    JobMode on_failure_job_mode = JobMode::Replace;
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
    bool operator==(const KillConfig&) const = default;
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

// What a kind of unit has settings of beside the common ones: ServiceConfig for a service. Each
// lies in the folder of its kind, which alone knows its members.
struct OwnConfig {
    virtual ~OwnConfig() = default;
};

enum class LoadState : uint8_t { Stub, Loaded, NotFound, BadSetting, Error, Merged, Masked };

// A unit as its files have it. `settings` of a unit that is not loaded are the defaults.
struct LoadedUnit {
    UnitName id;
    std::vector<UnitName> names; // id first, then aliases, sorted
    LoadState load_state = LoadState::Stub;
    Sparse<Error>
        load_error; // where load_state is neither Loaded nor Stub; words as systemd's LoadError
    std::string fragment_path;
    std::vector<std::string> drop_in_paths;
    Span newest_mtime{};     // of the files above: NeedDaemonReload=
    bool incomplete = false; // a file could not be read for a reason of the moment, is_momentary()
    bool perpetual = false;  // there from the start to the end, without a file: system.slice
    std::string slice;       // as resolved; empty for a type without, and for what is not loaded
    UnitConfig unit;
    // What the kind adds (unit_kind.hpp): the common parts, a pointer each while nothing is
    // written; and the kind's own settings, null until a unit of a kind with such settings is
    // loaded.
    Sparse<ExecConfig> exec;
    Sparse<KillConfig> kill;
    std::unique_ptr<OwnConfig> own;
    // Where `own` is null, what `show` tells of the manager's configuration; null for systemd's
    // defaults.
    std::unique_ptr<OwnConfig> stand_in;
    // What is written for directives that are not acted on, by property: `show` tells it as
    // systemd.
    std::vector<std::pair<std::string_view, PropertyValue>> written_only;
    std::vector<const Directive*> absent_directives; // those written that we do not act on
};

template <class C>
[[nodiscard]] const C* config_as(const OwnConfig* own) {
    static_assert(std::is_final_v<C>); // so that to ask for its type is enough, which is quick
    return own && typeid(*own) == typeid(C) ? static_cast<const C*>(own) : nullptr;
}
// The kind's own settings; null where the unit is of another kind, or not loaded.
template <class C>
[[nodiscard]] const C* own_config(const LoadedUnit& unit) {
    return config_as<C>(unit.own.get());
}

} // namespace sctl
