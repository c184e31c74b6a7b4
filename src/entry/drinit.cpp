// drinit (streamz): one command in a process group of its own, which outlives nothing: we stay when
// it ends, since drinitctl may start it again. Signals may be trapped by a script.
#include <getopt.h>

#include <csignal>

#include "base/text.hpp"
#include "entry/personality.hpp"
#include "entry/signal_rules.hpp"
#include "entry/wording.hpp"
#include "unit/signal_name.hpp"

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
bool take_traps(std::string_view text, SignalSet& set) {
    for (auto name : split(text, ",")) {
        auto signal =
            name.starts_with("SIG") ? parse_signal(name) : Result<int>(Error{EINVAL, {}, {}});
        if (!signal) return false;
        set.add(*signal);
    }
    return true;
}

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
    ParsedRequest parsed;
    InitPolicy& policy = parsed.request.policy;
    policy = drinit_policy();
    optind = 0;
    for (int letter; (letter = getopt(argc, argv, "+t:r:f:h")) != -1;) {
        switch (letter) {
            case 't':
                if (!take_traps(optarg, policy.trapped))
                    return end_with(1, {}, cat("drinit: invalid signal: ", optarg, "\n"));
                break;
            case 'r':
                policy.trap_command.clear();
                for (auto word : split(optarg)) policy.trap_command.emplace_back(word);
                break;
            case 'f': break;
            case 'h': return end_with(0, std::string(drinit_usage), {});
            default: return end_with(1, {}, std::string(drinit_usage));
        }
    }
    parsed.request.has_show = true;
    parsed.request.command.assign(argv + optind, argv + argc);
    if (parsed.request.command.empty()) return end_with(1, {}, std::string(drinit_usage));
    return parsed;
}

} // namespace sctl
