// drinit (streamz): one command in a process group of its own, which outlives nothing: we stay when
// it ends, since drinitctl may start it again. Signals may be trapped by a script.
#include <csignal>

#include "base/text.hpp"
#include "entry/init_command_line.hpp"
#include "entry/personality.hpp"
#include "entry/signal_rules.hpp"
#include "entry/wording.hpp"
#include "unit/values/signal_name.hpp"

namespace sctl {
namespace {

constexpr std::string_view drinit_usage =
    "Usage: drinit [-t SIGNAL[,SIGNAL]]... [-r 'COMMAND [ARG...]'] [-f PIPE] PROGRAM [ARG...]\n\n"
    "  -t  Trap these signals (SIGHUP, SIGTERM, ...) instead of forwarding them.\n"
    "  -r  Run this when a trapped signal comes; without arguments it gets the signal's number.\n"
    "  -f  Accepted; drinitctl finds us by our socket.\n"
    "  -h  Show this help.\n";

std::string drinit_wording(int verbosity, Note note, const NoteValues& values) {
    if (note == Note::NotFirst || note == Note::Subreaper) return {};
    return wording_of("drinit", verbosity, note, values);
}

// Full names alone.
Result<void> take_traps(InitCommandLine& line, const std::string& text) {
    for (auto name : split(text, ",")) {
        auto signal =
            name.starts_with("SIG") ? parse_signal(name) : Result<int>(Error{EINVAL, {}, {}});
        if (!signal) return Error{EINVAL, cat("drinit: invalid signal: ", text, "\n"), {}};
        line.policy().trapped.add(*signal);
    }
    return {};
}

Result<void> take_trap_program(InitCommandLine& line, const std::string& text) {
    line.policy().trap_command.clear();
    for (auto word : split(text)) line.policy().trap_command.emplace_back(word);
    return {};
}

Result<void> show_drinit_help(InitCommandLine& line, const std::string&) {
    line.parsed = end_with(0, std::string(drinit_usage), {});
    return {};
}

constexpr InitOption drinit_options[] = {
    {",t", OptionValue::Required, take_traps},
    {",r", OptionValue::Required, take_trap_program},
    {",f", OptionValue::Required, accept_option},
    {",h", OptionValue::None, show_drinit_help, nullptr, true},
};

} // namespace

InitPolicy drinit_policy() {
    InitPolicy policy;
    policy.end = EndWhen::Signal;
    policy.forward = Forward::Group;
    policy.signals = SignalSet::standard();
    policy.signals |= SignalSet::real_time();
    policy.signals.remove(SIGURG);
    policy.wording = drinit_wording;
    policy.term_ends = false;
    policy.subreaper = true;
    policy.not_found_status = policy.not_executable_status = 1;
    return policy;
}

ParsedRequest parse_drinit(int argc, char** argv) {
    InitCommandLine line{.parsed = {}, .program = argv[0], .problem = {}};
    line.policy() = drinit_policy();
    OptionRules rules{.first_word_ends = true, .long_names = false};
    auto read = read_command_line(drinit_options, rules, argc, argv, line);
    if (!read) return end_with(1, {}, line.problem ? std::string(drinit_usage) : read.error().text);
    bool has_command = !line.parsed.request.command.empty();
    if (!line.parsed.ends && !has_command) return end_with(1, {}, std::string(drinit_usage));
    return line.parsed;
}

} // namespace sctl
