// tini 0.19.0 (Thomas Orozco, MIT): one command in a process group of its own that has the
// terminal; signals go to it alone, or with -g to the group; its end is ours, after all zombies are
// reaped.
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/files.hpp"
#include "base/text.hpp"
#include "entry/init_command_line.hpp"
#include "entry/personality.hpp"
#include "unit/values/signal_name.hpp"

namespace sctl {
namespace {

constexpr std::string_view tini_version = "tini version 0.19.0";

// Of the program itself; the default of 1 lets warnings through.
constexpr int usual_verbosity = 1;

constexpr std::string_view usage_options =
    "\n"
    "Command line options:\n\n"
    "  --version: Show version and exit.\n"
    "  -h: Show this help message and exit.\n"
    "  -s: Register as a process subreaper (requires Linux >= 3.4).\n"
    "  -p SIGNAL: Trigger SIGNAL when parent dies, e.g. \"-p SIGKILL\".\n"
    "  -v: Generate more verbose output. Repeat up to 3 times.\n"
    "  -w: Print a warning when processes are getting reaped.\n"
    "  -g: Send signals to the child's process group.\n"
    "  -e EXIT_CODE: Remap EXIT_CODE (from 0 to 255) to 0.\n"
    "  -l: Show license and exit.\n"
    "\n"
    "Environment variables:\n\n"
    "  TINI_SUBREAPER: Register as a process subreaper (requires Linux >= 3.4).\n"
    "  TINI_VERBOSITY: Set the verbosity level (default: 1).\n"
    "  TINI_KILL_PROCESS_GROUP: Send signals to the child's process group.\n"
    "\n";

constexpr std::string_view license =
    "This is not tini but sctl under its name; both are under the MIT license, see LICENSE.\n";

constexpr std::string_view no_reaper_warning =
    "Tini is not running as PID 1 and isn't registered as a child subreaper.\n"
    "Zombie processes will not be re-parented to Tini, so zombie reaping won't work.\n"
    "To fix the problem, use the -s option or set the environment variable TINI_SUBREAPER to "
    "register Tini as a child "
    "subreaper, or run Tini as PID 1.";

std::string usage(std::string_view program) {
    return cat(program, " (", tini_version, ")\nUsage: ", program,
               " [OPTIONS] PROGRAM -- [ARGS] | --version\n\n",
               "Execute a program under the supervision of a valid init process (", program, ")\n",
               usage_options);
}

template <class... Parts>
std::string tini_line(std::string_view level, const Parts&... parts) {
    return cat("[", level, " tini (", getpid(), ")] ", parts..., "\n");
}

struct Said {
    int verbosity; // from which on
    std::string text;
};

Said words_for(Note note, const NoteValues& values) {
    switch (note) {
        case Note::ExecFailed:
            return {0,
                    tini_line("FATAL", "exec ", values.text, " failed: ", strerror(values.number))};
        case Note::NotFirst: return {1, tini_line("WARN ", no_reaper_warning)};
        case Note::Subreaper: return {4, tini_line("TRACE", "Registered as child subreaper")};
        case Note::Spawned:
            return {2, tini_line("INFO ", "Spawned child process '", values.text, "' with pid '",
                                 values.pid, "'")};
        case Note::Received:
            return values.number == SIGCHLD ? Said{3, tini_line("DEBUG", "Received SIGCHLD")}
                                            : Said{0, {}};
        case Note::Forwarded:
            return {3, tini_line("DEBUG", "Passing signal: '", strsignal(values.number), "'")};
        case Note::Reaped:
            return {3, tini_line("DEBUG", "Reaped child with pid: '", values.pid, "'")};
        case Note::CommandEnded:
            if (values.other)
                return {2, tini_line("INFO ", "Main child exited with signal (with signal '",
                                     strsignal(values.number), "')")};
            return {2, tini_line("INFO ", "Main child exited normally (with status '",
                                 values.number, "')")};
        case Note::OrphanReaped:
            return {1, tini_line("WARN ", "Reaped zombie process with pid=", values.pid)};
        case Note::NothingToReap:
            return {4, tini_line("TRACE", values.number ? "No child to reap" : "No child to wait")};
        case Note::Goodbye: return {4, tini_line("TRACE", "Exiting: child has exited")};
        default: return {0, {}};
    }
}

std::string tini_wording(int verbosity, Note note, const NoteValues& values) {
    Said said = words_for(note, values);
    return verbosity >= said.verbosity ? said.text : std::string();
}

// "SIGTERM": no other way to say it.
int named_signal(std::string_view text) {
    auto signal = text.starts_with("SIG") ? parse_signal(text) : Result<int>(Error{EINVAL, {}, {}});
    return signal && *signal <= 31 ? *signal : 0;
}

Error bad_tini_value(std::string_view option, std::string_view value) {
    return Error{EINVAL, tini_line("FATAL", "Not a valid option for ", option, ": ", value), {}};
}

Result<void> take_tini_death_signal(InitCommandLine& line, const std::string& value) {
    line.policy().death_signal = named_signal(value);
    return line.policy().death_signal ? Result<void>{} : bad_tini_value("-p", value);
}

Result<void> take_tini_success(InitCommandLine& line, const std::string& value) {
    auto status = parse_number<int>(value);
    if (!status || *status < 0 || *status > 255) return bad_tini_value("-e", value);
    line.policy().success_statuses.push_back(*status);
    return {};
}

Result<void> show_tini_help(InitCommandLine& line, const std::string&) {
    line.parsed = end_with(0, usage(base_name(line.program)), {});
    return {};
}

Result<void> show_tini_license(InitCommandLine& line, const std::string&) {
    line.parsed = end_with(0, std::string(license), {});
    return {};
}

constexpr InitOption tini_options[] = {
    {",h", OptionValue::None, show_tini_help, nullptr, true},
    {",s", OptionValue::None, set_policy<&InitPolicy::subreaper>},
    {",p", OptionValue::Required, take_tini_death_signal},
    {",v", OptionValue::None, say_more},
    {",w", OptionValue::None, set_policy<&InitPolicy::warns_of_orphans>},
    {",g", OptionValue::None, forward_to<Forward::Group>},
    {",e", OptionValue::Required, take_tini_success},
    {",l", OptionValue::None, show_tini_license, nullptr, true},
};

void take_environment(InitPolicy& policy) {
    policy.subreaper |= getenv("TINI_SUBREAPER") != nullptr;
    if (getenv("TINI_KILL_PROCESS_GROUP")) policy.forward = Forward::Group;
    if (const char* level = getenv("TINI_VERBOSITY")) policy.verbosity = atoi(level);
}

} // namespace

InitPolicy tini_policy() {
    InitPolicy policy;
    policy.forward = Forward::Child;
    policy.signals = SignalSet::standard();
    policy.signals |= SignalSet::real_time();
    for (int signal : {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS, SIGTTIN, SIGTTOU})
        policy.signals.remove(signal);
    policy.last = Last::None;
    policy.stop_timeout = 0s;
    policy.wording = tini_wording;
    policy.verbosity = usual_verbosity;
    policy.leads_group = true;
    policy.keeps_signals = true;
    policy.reaps_before_end = true;
    policy.says_on_stdout = true;
    policy.serves_wire = false;
    return policy;
}

ParsedRequest parse_tini(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "--version")
        return end_with(0, cat(tini_version, "\n"), {});
    InitCommandLine line{.parsed = {}, .program = argv[0], .problem = {}};
    line.policy() = tini_policy();
    // It looks for options behind the program, too, up to a "--"; getopt's variable forbids it.
    OptionRules rules{.first_word_ends = getenv("POSIXLY_CORRECT") != nullptr, .long_names = false};
    auto read = read_command_line(tini_options, rules, argc, argv, line);
    if (!read && !line.problem) return end_with(1, {}, read.error().text);
    auto said = read ? std::string() : cat(read.error().text, "\n");
    if (line.parsed.ends) return line.parsed;
    if (!read || line.parsed.request.command.empty())
        return end_with(1, {}, cat(said, usage(base_name(argv[0]))));
    take_environment(line.policy());
    return line.parsed;
}

} // namespace sctl
