// docker-container-init (pasztorpisti): six signals for one command, after whose end all others get
// a signal and are waited for without a limit; without a command it waits for TERM or INT.
#include <getopt.h>
#include <unistd.h>

#include <csignal>

#include "base/text.hpp"
#include "entry/personality.hpp"
#include "entry/wording.hpp"

namespace sctl {
namespace {

constexpr std::string_view docker_container_init_help =
    "Usage: docker-container-init [options] [--] [command [arg...]]\n\n"
    "Runs the command as the only service of a container, forwards signals to it, reaps orphans, "
    "and\n"
    "waits for everyone after its end. Without a command it waits for SIGTERM or SIGINT.\n\n"
    "  -D  Run although this is not pid 1.\n"
    "  -I  Ignore SIGINT, where there is no command.\n"
    "  -r  Forward realtime signals, too.\n"
    "  -g  The command leads a process group with the terminal; SIGTERM is sent to the group.\n"
    "  -B  Do not send SIGTERM to everyone when the command has ended, but wait for them.\n"
    "  -W  Neither send SIGTERM to everyone nor wait.\n"
    "  -v  Say more; -vv: even more.\n"
    "  -h  Show this help.\n";

std::string docker_container_init_wording(int verbosity, Note note, const NoteValues& values) {
    constexpr std::string_view error = "[ERROR][docker-container-init] ";
    if (note == Note::MustBeFirst)
        return cat(error, "You have to either run this as pid 1 or specify the -D option\n");
    if (note == Note::NotFirst || note == Note::Subreaper) return {};
    std::string text = plain_wording(verbosity, note, values);
    if (text.empty()) return text;
    if (note == Note::ExecFailed) return cat(error, text, "\n");
    bool detail = plain_wording(1, note, values).empty();
    return cat(detail ? "[DEBUG] " : "[INFO] ", text, "\n");
}

} // namespace

InitPolicy docker_container_init_policy() {
    InitPolicy policy;
    policy.forward = Forward::Child;
    for (int signal : {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM})
        policy.signals.add(signal);
    policy.last = Last::TermWait;
    policy.stop_timeout = infinity;
    policy.wording = docker_container_init_wording;
    policy.must_be_first = true;
    policy.only_term_to_group = true;
    policy.keeps_signals = true;
    policy.serves_wire = false;
    policy.not_found_status = policy.not_executable_status = 1;
    return policy;
}

void await_a_signal(InitRequest& request) {
    request.policy.forward = Forward::None;
    request.policy.end = EndWhen::Signal;
}

ParsedRequest parse_docker_container_init(int argc, char** argv) {
    ParsedRequest parsed;
    InitPolicy& policy = parsed.request.policy;
    policy = docker_container_init_policy();
    optind = 0;
    opterr = 0;
    for (int letter; (letter = getopt(argc, argv, "+DIrgBWvh")) != -1;) {
        switch (letter) {
            case 'D': policy.must_be_first = false; break;
            case 'I': policy.ignores_sigint = true; break;
            case 'r': policy.signals |= SignalSet::real_time(); break;
            case 'g': policy.forward = Forward::Group; break;
            case 'B': policy.last = Last::Wait; break;
            case 'W': policy.last = Last::None; break;
            case 'v': ++policy.verbosity; break;
            case 'h': return end_with(1, std::string(docker_container_init_help), {});
            default:
                return end_with(1, std::string(docker_container_init_help),
                                cat("Invalid option: -", static_cast<char>(optopt), "\n"));
        }
    }
    parsed.request.has_show = true;
    parsed.request.command.assign(argv + optind, argv + argc);
    // A command decides by itself what SIGINT means to it.
    if (!parsed.request.command.empty()) policy.ignores_sigint = false;
    if (parsed.request.command.empty()) await_a_signal(parsed.request);
    return parsed;
}

} // namespace sctl
