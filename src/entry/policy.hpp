// How an init behaves around the commands it runs, as a value: the five policies of `systemctl
// init` (docs/containers.md) and what small inits differ in besides. A personality is a value of
// this type; nothing else asks which init is meant.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace sctl {

// Numbers 1 to 64.
class SignalSet {
  public:
    constexpr void add(int signal) noexcept { bits_ |= bit(signal); }
    constexpr void remove(int signal) noexcept { bits_ &= ~bit(signal); }
    [[nodiscard]] constexpr bool contains(int signal) const noexcept { return bits_ & bit(signal); }
    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
    constexpr SignalSet& operator|=(SignalSet other) noexcept {
        bits_ |= other.bits_;
        return *this;
    }
    bool operator==(const SignalSet&) const = default;

    // 1 to 31 less KILL, STOP and CHLD.
    [[nodiscard]] static SignalSet standard() noexcept;
    [[nodiscard]] static SignalSet real_time() noexcept;

  private:
    static constexpr uint64_t bit(int signal) noexcept {
        return signal < 1 || signal > 64 ? 0 : uint64_t{1} << (signal - 1);
    }
    uint64_t bits_ = 0;
};

// When the whole ends: with the end of any of the commands, of the main one, of all; by a signal
// alone.
enum class EndWhen : uint8_t { Any, Main, All, Signal };
// Who hears the signals that are for us, and what a command leads for it.
enum class Forward : uint8_t { None, Child, Group, Session };
// What is done about the others at the end: stop jobs of units and TERM to all of ours; TERM to the
// commands; to their sessions; to everyone; only wait for everyone; nothing.
enum class Last : uint8_t { Stop, Children, Session, TermWait, Wait, None };

// What there is to tell while a command runs. A personality words it; most say little unless asked.
enum class Note : uint8_t {
    MustBeFirst,      // we are not PID 1, and do not run elsewhere
    NotFirst,         // we are not PID 1, and orphans do not come to us
    Subreaper,        // we are not PID 1, but orphans come to us all the same
    DetachFailed,     // number: errno
    DetachedAsLeader, // of the terminal: the first HUP and CONT are not for the command
    Detached,         // without having led the session
    Spawned,          // pid, text: the program
    AttachFailed,     // number: errno, of the child that asked for the terminal
    SessionMade,      // by the child
    Received,         // number: the signal
    HandOffIgnored,   // number: the signal
    Translated,       // number, other: from and to
    Forwarded,        // number
    NotForwarded,     // number
    Suspending,       // ourselves, for a stop signal of the terminal
    Trapped,          // number; text: the command
    Reaped,           // pid, number: status, other: 1 where it is a signal
    CommandEnded,     // the same, of a command
    OrphanReaped,     // pid: where the policy warns of it
    NothingToReap,    // number: 1 where there are children
    Stopping,         // number: the signal that asked for it, or 0
    Goodbye,          // number: our exit status
    StopTimedOut,     // text: pids
    GraceOver,        // text: who is killed
    ExecFailed,       // text: the program, number: errno
};
struct NoteValues {
    pid_t pid = 0;
    int number = 0;
    int other = 0;
    std::string_view text{};
};
// The lines for it, each with its newline; "" says nothing.
using Wording = std::string (*)(int verbosity, Note note, const NoteValues& values);

struct InitPolicy {
    EndWhen end = EndWhen::Main;
    Forward forward = Forward::Session;
    SignalSet signals;
    Last last = Last::Session;
    Span stop_timeout = 90s; // for what `last` waits for; zero: it is not waited for

    static constexpr int8_t as_it_is = -1;
    std::array<int8_t, 65> rewrite = unchanged(); // by signal; 0 drops it
    SignalSet trapped;
    std::vector<std::string> trap_command; // empty: what is trapped is swallowed
    bool ignores_sigint = false;
    std::vector<int> success_statuses; // 0 is returned for them
    bool subreaper = false;            // also where we are not PID 1
    int death_signal = 0;              // that we get when our parent dies
    bool warns_of_orphans = false;
    int verbosity = 0; // -1: quiet
    Wording wording = nullptr;

    // What single inits have of their own.
    bool must_be_first = false; // refuse to run where we are not PID 1
    bool leads_group = false;   // a command leads a group with the terminal, whatever `forward` is
    bool term_ends = true; // of EndWhen::Signal: a TERM that was forwarded ends the whole as well
    bool only_term_to_group = false;   // Forward::Group: all else goes to the leader
    bool rewrites_last_term = false;   // the TERM of the end is rewritten as one from outside
    bool suspends_itself = false;      // where a stop signal of the terminal is forwarded
    bool reaps_before_end = false;     // all that has ended by then, before we end with the command
    bool null_input = false;           // commands read from /dev/null
    bool keeps_signals = false;        // commands get the mask and what is ignored from outside
    bool leaves_directory = false;     // we ourselves go to /
    bool says_on_stdout = false;       // all but warnings and errors
    bool serves_wire = true;           // also where we are not PID 1
    std::optional<int> killed_status;  // instead of 128+n
    std::optional<int> timeout_status; // the end where stop_timeout has passed, without SIGKILL
    int not_found_status = 127, not_executable_status = 126;

    [[nodiscard]] static constexpr std::array<int8_t, 65> unchanged() {
        std::array<int8_t, 65> table{};
        table.fill(as_it_is);
        return table;
    }
};

} // namespace sctl
