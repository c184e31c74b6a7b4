// docker-container-init (pasztorpisti): six signals for one command, after whose end all others get
// a signal and are waited for without a limit; without a command it waits for TERM or INT.
#include <unistd.h>

#include <csignal>

#include "base/text.hpp"
#include "entry/init_command_line.hpp"
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

Result<void> forward_real_time(InitCommandLine& line, const std::string&) {
    line.policy().signals |= SignalSet::real_time();
    return {};
}

Result<void> show_docker_container_init_help(InitCommandLine& line, const std::string&) {
    line.parsed = end_with(1, std::string(docker_container_init_help), {});
    return {};
}

constexpr InitOption docker_container_init_options[] = {
    {",D", OptionValue::None, set_policy<&InitPolicy::must_be_first, false>},
    {",I", OptionValue::None, set_policy<&InitPolicy::ignores_sigint>},
    {",r", OptionValue::None, forward_real_time},
    {",g", OptionValue::None, forward_to<Forward::Group>},
    {",B", OptionValue::None, end_others<Last::Wait>},
    {",W", OptionValue::None, end_others<Last::None>},
    {",v", OptionValue::None, say_more},
    {",h", OptionValue::None, show_docker_container_init_help, nullptr, true},
};

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
    InitCommandLine line{.parsed = {}, .program = argv[0], .problem = {}};
    line.policy() = docker_container_init_policy();
    OptionRules rules{.first_word_ends = true, .long_names = false};
    if (!read_command_line(docker_container_init_options, rules, argc, argv, line))
        return end_with(1, std::string(docker_container_init_help),
                        cat("Invalid option: ", line.problem->option, "\n"));
    if (line.parsed.ends) return line.parsed;
    // A command decides by itself what SIGINT means to it.
    if (line.parsed.request.command.empty())
        await_a_signal(line.parsed.request);
    else
        line.policy().ignores_sigint = false;
    return line.parsed;
}

} // namespace sctl
