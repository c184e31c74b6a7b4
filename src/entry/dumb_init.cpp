// dumb-init 1.2.5 (Yelp, MIT): one command in a session of its own, which hears all that we hear;
// its end is ours, after a TERM to what is left of the session.
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/text.hpp"
#include "entry/init_command_line.hpp"
#include "entry/personality.hpp"
#include "entry/signal_rules.hpp"

namespace sctl {
namespace {

constexpr std::string_view dumb_init_version = "1.2.5";
constexpr int last_signal = 31;

constexpr std::string_view rewrite_usage =
    "Usage: -r option takes <signum>:<signum>, where <signum> is between 1 and 31.\n"
    "This option can be specified multiple times.\n"
    "Use --help for full usage.";

constexpr std::string_view dumb_init_help =
    "dumb-init is a simple process supervisor that forwards signals to children.\n"
    "It is designed to run as PID1 in minimal container environments.\n"
    "\n"
    "Optional arguments:\n"
    "   -c, --single-child   Run in single-child mode.\n"
    "                        In this mode, signals are only proxied to the\n"
    "                        direct child and not any of its descendants.\n"
    "   -r, --rewrite s:r    Rewrite received signal s to new signal r before proxying.\n"
    "                        To ignore (not proxy) a signal, rewrite it to 0.\n"
    "                        This option can be specified multiple times.\n"
    "   -v, --verbose        Print debugging information to stderr.\n"
    "   -h, --help           Print this help message and exit.\n"
    "   -V, --version        Print the current version and exit.\n"
    "\n"
    "Full help is available online at https://github.com/Yelp/dumb-init\n";

template <class... Parts>
std::string dumb_init_line(const Parts&... parts) {
    return cat("[dumb-init] ", parts..., "\n");
}

std::string dumb_init_wording(int verbosity, Note note, const NoteValues& values) {
    if (note == Note::ExecFailed) return dumb_init_line(values.text, ": ", strerror(values.number));
    if (verbosity < 1) return {};
    auto with_errno = [&](std::string_view what) {
        return dumb_init_line(what, " (errno=", values.number, " ", strerror(values.number), ").");
    };
    switch (note) {
        case Note::DetachFailed: return with_errno("Unable to detach from controlling tty");
        case Note::DetachedAsLeader:
            return dumb_init_line(
                "Detached from controlling tty, ignoring the first SIGHUP and SIGCONT we receive.");
        case Note::Detached:
            return dumb_init_line("Detached from controlling tty, but was not session leader.");
        case Note::AttachFailed: return with_errno("Unable to attach to controlling tty");
        case Note::SessionMade: return dumb_init_line("setsid complete.");
        case Note::Spawned: return dumb_init_line("Child spawned with PID ", values.pid, ".");
        case Note::Received: return dumb_init_line("Received signal ", values.number, ".");
        case Note::HandOffIgnored:
            return dumb_init_line("Ignoring tty hand-off signal ", values.number, ".");
        case Note::Translated:
            return dumb_init_line("Translating signal ", values.number, " to ", values.other, ".");
        case Note::Forwarded:
            return dumb_init_line("Forwarded signal ", values.number, " to children.");
        case Note::NotForwarded:
            return dumb_init_line("Not forwarding signal ", values.number,
                                  " to children (ignored).");
        case Note::Suspending: return dumb_init_line("Suspending self due to TTY signal.");
        case Note::Reaped:
            if (values.other)
                return dumb_init_line("A child with PID ", values.pid, " was terminated by signal ",
                                      values.number, ".");
            return dumb_init_line("A child with PID ", values.pid, " exited with exit status ",
                                  values.number, ".");
        case Note::Goodbye:
            return dumb_init_line("Child exited with status ", values.number, ". Goodbye.");
        default: return {};
    }
}

// "15:3", "15:0"; what follows the second number is not looked at.
Result<void> take_dumb_init_rewrite(InitCommandLine& line, const std::string& text) {
    int from = 0, to = 0;
    bool is_good = sscanf(text.c_str(), "%d:%d", &from, &to) == 2 && from >= 1 &&
                   from <= last_signal && to >= 0 && to <= last_signal;
    if (!is_good) return Error{EINVAL, std::string(rewrite_usage), {}};
    line.policy().rewrite[static_cast<size_t>(from)] = static_cast<int8_t>(to);
    return {};
}

Result<void> show_dumb_init_help(InitCommandLine& line, const std::string&) {
    line.parsed = end_with(0, {},
                           cat("dumb-init v", dumb_init_version, "\nUsage: ", line.program,
                               " [option] command [[arg] ...]\n\n", dumb_init_help));
    return {};
}

Result<void> show_dumb_init_version(InitCommandLine& line, const std::string&) {
    line.parsed = end_with(0, {}, cat("dumb-init v", dumb_init_version, "\n"));
    return {};
}

Result<void> debug_dumb_init(InitCommandLine& line, const std::string&) {
    line.policy().verbosity = 1;
    return {};
}

constexpr InitOption dumb_init_options[] = {
    {"help,h", OptionValue::None, show_dumb_init_help, nullptr, true},
    {"single-child,c", OptionValue::None, forward_to<Forward::Child>},
    {"rewrite,r", OptionValue::Required, take_dumb_init_rewrite},
    {"verbose,v", OptionValue::None, debug_dumb_init},
    {"version,V", OptionValue::None, show_dumb_init_version, nullptr, true},
};

} // namespace

InitPolicy dumb_init_policy() {
    InitPolicy policy;
    policy.signals = SignalSet::standard();
    policy.stop_timeout = 0s;
    policy.wording = dumb_init_wording;
    policy.rewrites_last_term = true;
    policy.suspends_itself = true;
    policy.leaves_directory = true;
    policy.serves_wire = false;
    policy.not_found_status = policy.not_executable_status = 2;
    return policy;
}

ParsedRequest parse_dumb_init(int argc, char** argv) {
    InitCommandLine line{.parsed = {}, .program = argv[0], .problem = {}};
    line.policy() = dumb_init_policy();
    auto read = read_command_line(dumb_init_options, {.first_word_ends = true}, argc, argv, line);
    if (!read) return end_with(1, {}, cat(read.error().text, "\n"));
    ParsedRequest& parsed = line.parsed;
    if (parsed.ends) return parsed;
    if (parsed.request.command.empty()) {
        return end_with(1, {},
                        cat("Usage: ", argv[0], " [option] program [args]\nTry ", argv[0],
                            " --help for full usage.\n"));
    }
    InitPolicy& policy = line.policy();
    const char* debug = getenv("DUMB_INIT_DEBUG");
    if (debug && std::string_view(debug) == "1") {
        policy.verbosity = 1;
        parsed.err = dumb_init_line("Running in debug mode.");
    }
    const char* setsid = getenv("DUMB_INIT_SETSID");
    if (setsid && std::string_view(setsid) == "0") {
        policy.forward = Forward::Child;
        if (policy.verbosity > 0) parsed.err += dumb_init_line("Not running in setsid mode.");
    }
    if (policy.forward == Forward::Session) stop_for_terminal_stops(policy);
    return parsed;
}

} // namespace sctl
