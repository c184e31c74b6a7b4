// Starting one process. The parent prepares all there is to know as one ExecPlan, a plain value;
// the child between fork and exec makes system calls only, never allocates, and leaves with
// systemd's exit code for the step that failed (systemd.exec(5), "Process Exit Codes").
//
// A plan that keeps our identity and makes no directories runs in a child that shares our memory,
// which costs the same however big we are; any other gets a real fork. Either way the parent goes
// on at once: a step of the child may take for ever, the exec as well (a FIFO, a dead mount, a
// SIGSTOP by the user it became). A SpawnReport, over a pipe, says what became of it. What the
// child needs of our memory is kept until it has left that.
//
// Where privilege lacks, a raised limit, a lower nice level or OOM score is a warning in the
// report, and the process starts all the same, with what can be had.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"

namespace sctl {

// The steps that may fail, numbered by the exit code the child then leaves with.
enum class SpawnStep : int {
    Chdir = 200,
    Nice = 201,
    Fds = 202,
    Exec = 203,
    Limits = 205,
    OomAdjust = 206,
    SignalMask = 207,
    Stdin = 208,
    Stdout = 209,
    Chroot = 210,
    Ioprio = 211,
    SecureBits = 213,
    Setscheduler = 214,
    CpuAffinity = 215,
    Group = 216,
    User = 217,
    Capabilities = 218,
    Cgroup = 219,
    Setsid = 220,
    Stderr = 222,
    Namespace = 226,
    NoNewPrivileges = 227,
    RuntimeDirectory = 233,
    StateDirectory = 238,
    CacheDirectory = 239,
    LogsDirectory = 240,
    ConfigurationDirectory = 241,
    Credentials = 243,
};

// The step's name as systemd's messages have it: "CHDIR", "EXEC", "RUNTIME_DIRECTORY".
[[nodiscard]] std::string_view to_string(SpawnStep step);

// Where one of the descriptors 0, 1 and 2 comes from.
struct StdioPlan {
    enum class Kind : uint8_t {
        Null,       // /dev/null
        Inherit,    // the manager's own
        Descriptor, // `fd`, which the caller keeps open until spawn() has returned
        File,       // `path`, opened by the child: read, or created and written from its start
        Append,     // `path`, created and appended to
        Truncate,   // `path`, created and emptied
        Stdin,      // what descriptor 0 has become
        Stdout,     // what descriptor 1 has become
    };
    Kind kind = Kind::Null;
    int fd = -1;
    std::string path;
    bool read_write = false; // File: open for both, where another stream takes it over by Stdin

    bool operator==(const StdioPlan&) const = default;
};

// A directory made before privileges are dropped: RuntimeDirectory= and its like.
struct DirectoryPlan {
    SpawnStep step = SpawnStep::RuntimeDirectory;
    std::string path;
    mode_t mode = 0755;
    uid_t uid = 0;
    gid_t gid = 0;
    // One that exists keeps its mode and owner: ConfigurationDirectory=. Otherwise all below it is
    // given to `uid` and `gid` where its own owner is another.
    bool leave_existing = false;
    // Of a type that DynamicUser= keeps where no other user gets to: the place below `private`, and
    // whether it is to be there, with a link at `path`. What is at the other place is moved.
    std::string private_path{};
    bool is_private = false;
    // Symbolic links that are to lead to it; one that exists and leads elsewhere is an error.
    struct Link {
        std::string path, target;
        bool operator==(const Link&) const = default;
    };
    std::vector<Link> links{};
    [[nodiscard]] const std::string& place() const noexcept {
        return is_private ? private_path : path;
    }
    bool operator==(const DirectoryPlan&) const = default;
};

// Files for the process in a directory of its own: SetCredential= and LoadCredential=.
struct CredentialsPlan {
    struct Load {
        std::string id;
        std::vector<std::string> sources; // absolute; the first that is there
        bool may_be_missing = false;
    };
    struct Set {
        std::string id, value; // unless it has been loaded
    };
    std::string directory;
    std::string unit; // that the server behind a socket gets to know
    uid_t uid = 0;
    bool anew = false; // not what an earlier command of the same start has made
    std::vector<Load> loads;
    std::vector<Set> sets;
};

struct LimitPlan {
    // RLIMIT_NOFILE, ...; RLIMIT_LOCKS is the tracker's and ignored here, as is a RLIMIT_RSS above
    // the tag's.
    int resource = 0;
    rlimit limit{};
    bool as_far_as_allowed = false; // a default, not a wish: nothing is said where it cannot be had
};

struct SchedulingPlan {
    int policy = 0; // SCHED_OTHER, ...
    int priority = 0;
    bool reset_on_fork = false;
};

// A step that went wrong in the child, and its errno value.
struct SpawnProblem {
    SpawnStep step = SpawnStep::Exec;
    int code = 0;
    int which = -1; // of several: its index in the plan's list
    bool operator==(const SpawnProblem&) const = default;
};

// What the new process leads: services a session of their own; a command that an init was given
// what that init has for it.
enum class Leads : uint8_t { Session, Group, Nothing };

struct ExecPlan {
    // Tried in this order as execvp does; more than one for a bare name looked up in PATH.
    std::vector<std::string> executables;
    std::vector<std::string> arguments;   // argv[0] first
    std::vector<std::string> environment; // all of it, KEY=VALUE
    // Variables whose value is the new process's own pid: SYSTEMD_EXEC_PID, LISTEN_PID.
    std::vector<std::string> pid_variables;
    // "-" before the command: leave with 0 where the executable is missing.
    bool ignore_missing_executable = false;
    // As execvp does: what the kernel cannot execute is a script of /bin/sh.
    bool fall_back_to_shell = false;

    std::string working_directory = "/"; // empty: our own, which is the caller's
    bool ignore_missing_directory = false;
    // Instead of it, a descriptor, which the caller keeps open until spawn() is back.
    int directory = -1;
    StdioPlan standard_input, standard_output, standard_error;
    std::vector<int>
        extra_descriptors; // become 3, 4, ...; the caller keeps them until spawn() is back
    std::vector<DirectoryPlan> directories;
    std::optional<CredentialsPlan> credentials;

    Leads leads = Leads::Session;
    // Descriptor 0, where it is a terminal, becomes the session's, or the group its foreground.
    // That it cannot be had is a warning of the step Stdin.
    bool take_terminal = false;
    // What we were given ourselves and have not marked to be closed at exec stays open; these too.
    bool keep_descriptors = false;
    std::vector<int> given_descriptors;

    // A step that is known to fail, as for a user that does not exist: the process ends with its
    // code.
    std::optional<SpawnProblem> doomed;
    // Numbers, which the maker of the plan has looked up; nothing: the manager's own.
    std::optional<uid_t> uid;
    std::optional<uid_t> user; // of User=, also where the process does not become it
    std::optional<gid_t> gid;
    std::optional<std::vector<gid_t>> groups; // supplementary, without `gid`
    bool no_new_privileges = false;
    // Of capabilities(7), a bit for each. What is not in the bounding set leaves it, unless
    // CAP_SETPCAP lacks: a warning. Of the ambient ones, those that we have not are left out, with
    // a warning.
    uint64_t bounding_set = UINT64_MAX;
    uint64_t ambient_set = 0;
    int secure_bits = 0;        // SECBIT_*; 0: as they are
    std::string root_directory; // empty: ours

    mode_t umask = 0022;
    std::vector<LimitPlan> limits;
    std::optional<int> nice;
    std::optional<int> oom_score_adjust;
    std::optional<SchedulingPlan> scheduling;
    std::optional<int> io_priority;     // as ioprio_set(2) takes it, class and level
    std::vector<uint16_t> cpu_affinity; // numbers of CPUs; empty: all
    bool ignore_sigpipe = true;         // IgnoreSIGPIPE='s default
    SignalState signals;                // none blocked, none ignored

    // Where the tracker wants it (Tracker::place): a tag, or a cgroup's directory.
    std::optional<ProcessTag> tag;
    int cgroup = -1;
};

struct SpawnReport {
    bool finished = false; // the program runs, or `failure` says why not
    std::optional<SpawnProblem>
        failure; // the child leaves with the step's number (0 where it is ignored)
    // Steps that were skipped for lack of privilege. With code 0: a directory, at index `which`,
    // that has been moved to where `private` or out of there.
    std::vector<SpawnProblem> warnings;
};

struct Spawned {
    pid_t pid = 0; // ours until it is reaped
    // Readable once there is something to report.
    UniqueFd status; // may be closed where it does not matter
    SpawnReport report;
};

// An Error where no process came about (EAGAIN, ENOMEM, EMFILE); all else is in the report. To
// be called with all signals blocked; the child gets an empty mask and default dispositions.
[[nodiscard]] Result<Spawned> spawn(ExecPlan plan);

// For an init around a command, that has nothing else to do: waits until the report is finished,
// but no longer than `at_most`. `spawned.status` is closed if it is.
void await_spawn_report(Spawned& spawned, Span at_most);

// Takes what the pipe `status` holds into `report`, never blocking; true when it is finished.
bool read_spawn_report(int status, SpawnReport& report);

// Gives back what is kept so that the next children start faster.
void release_spawn_memory() noexcept;

// Whether spawn() uses a child that shares our memory.
[[nodiscard]] bool may_share_memory(const ExecPlan& plan);
// Whether any can: not with AddressSanitizer, nor where libc makes the system calls.
[[nodiscard]] bool can_share_memory() noexcept;

} // namespace sctl
