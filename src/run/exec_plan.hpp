// From a unit's settings to the one value that a process is started with: programs and arguments
// with variables filled in, the environment, numbers for users and limits. Files that systemd reads
// in its parent process (EnvironmentFile=) are read here and never block.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/result.hpp"
#include "os/name_lookup.hpp"
#include "os/spawn.hpp"
#include "run/dynamic_users.hpp"
#include "run/open_files.hpp"

namespace sctl {

// What the plan depends on besides the unit's own settings.
struct ExecPlanInputs {
    const LoadedUnit& unit;
    const ExecCommand& command;
    Root root;                              // where passwd and the directories of the types lie
    std::vector<std::string> environment;   // of the manager, first
    std::vector<std::string> own_variables; // MAINPID=, NOTIFY_SOCKET=, ...: after it
    PassedFiles passed;                     // OpenFile='s, for the main process
    int capture = -1;                       // for StandardOutput=journal
    int data = -1;                          // for StandardInput=data
    UniqueFd socket;                        // for StandardInput=socket and its like
    const NameLookup* names = nullptr;      // what getent has answered for missing_names()
    // Of a service with DynamicUser=: its user, or why there is none.
    std::optional<Result<DynamicIdentity>> dynamic = {};
    const DynamicUsers* dynamic_users = nullptr; // which others may name
    bool drops_privileges = true;                // User= and its like hold for this command
    bool changes_root = true;                    // likewise RootDirectory=
    bool is_watched = false;                     // it gets $WATCHDOG_PID
    bool makes_credentials = true;
    bool makes_credentials_anew = true; // for the first command of a start
};

// The users and groups of `config` that are in no file of `root`, and a user of the files that
// nsswitch.conf may put into further groups.
[[nodiscard]] NameLookup::Names missing_names(const ExecConfig& config, const Root& root);

[[nodiscard]] Result<ExecPlan> make_exec_plan(const ExecPlanInputs& inputs);

// Where the directories of a type lie: "/run", "/var/lib", "/var/cache", "/var/log", "/etc".
[[nodiscard]] std::string_view directory_base(DirectoryType type);
// The directory of a unit's credentials.
[[nodiscard]] std::string credentials_directory(const LoadedUnit& unit);
// "StateDirectory"
[[nodiscard]] std::string_view directory_setting(DirectoryType type);
// Whether DynamicUser= keeps directories of this type where no other user gets to.
[[nodiscard]] bool is_private(const ExecConfig& config, DirectoryType type);
// Where the directory `item` of the type lies.
[[nodiscard]] std::string directory_path(const ExecConfig& config, DirectoryType type,
                                         std::string_view item);
// Where a command without a slash is looked for, and what PATH a service gets.
inline constexpr std::string_view service_search_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
// What StandardInput=data reads: a file in memory that holds StandardInputText= and
// StandardInputData=.
[[nodiscard]] Result<UniqueFd> open_input_data(const std::string& data);
// Whether any standard stream of `config` is the socket that the unit gets.
[[nodiscard]] bool wants_socket(const ExecConfig& config);
// Whether any standard stream of `config` goes to the capture process.
[[nodiscard]] bool wants_capture(const ExecConfig& config);

} // namespace sctl
