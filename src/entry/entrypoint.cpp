// entrypoint (hlub): dumb-init's way with signals, around templates and hooks (PreparationPlan).
#include <csignal>
#include <cstring>

#include "base/text.hpp"
#include "base/version.hpp"
#include "entry/init_command_line.hpp"
#include "entry/personality.hpp"
#include "entry/signal_rules.hpp"
#include "entry/wording.hpp"

namespace sctl {
namespace {

constexpr std::string_view entrypoint_usage =
    "usage: entrypoint [-h] [--version] [-v] [-q] [-r SIGNAL:SIGNAL] [--no-init]\n"
    "                  [--no-setsid] [-V FILE] [-t DIR] [-o DIR] [-j DIR] [-H DIR]\n"
    "                  COMMAND [ARG...]\n";
constexpr std::string_view entrypoint_help =
    "\n"
    "Makes files of templates, calls hooks, and runs COMMAND, whose words are\n"
    "templates too, as the main process of a container.\n\n"
    "  -h, --help            show this help message and exit\n"
    "  --version             show the version and exit\n"
    "  -v, --verbose         say more\n"
    "  -q, --quiet           say nothing but errors\n"
    "  -r, --rewrite S:D     forward signal D where S is received; \"none\" drops it\n"
    "  --no-init             become COMMAND\n"
    "  --no-setsid           COMMAND leads no session; it alone hears signals\n"
    "  -V, --variables FILE  variables, in YAML (/variables.yml)\n"
    "  -t, --templates DIR   make files of all templates below DIR (/templates)\n"
    "  -o, --output DIR      below this directory (/)\n"
    "  -j, --jinja DIR       where include and the like look (/jinja)\n"
    "  -H, --hooks DIR       hooks (/entrypoint_hooks)\n";

ParsedRequest bad_usage(std::string_view why) {
    return end_with(2, {}, cat(entrypoint_usage, "entrypoint: error: ", why, "\n"));
}

std::string entrypoint_wording(int verbosity, Note note, const NoteValues& values) {
    if (note == Note::ExecFailed)
        return cat("entrypoint: ", strerror(values.number), ": '", values.text, "'\n");
    if (note == Note::NotFirst || note == Note::Subreaper) return {};
    return wording_of("entrypoint", verbosity, note, values);
}

// Names alone: "TERM:sigint", "HUP:none".
Result<void> take_rewrite(InitCommandLine& line, const std::string& value) {
    std::string_view text = value;
    auto colon = text.find(':');
    bool has_number = colon != text.npos && (parse_number<int>(text.substr(0, colon)) ||
                                             parse_number<int>(text.substr(colon + 1)));
    if (colon == text.npos || has_number || !parse_rewrite(text, line.policy()))
        return Error{EINVAL, cat("entrypoint: invalid signal: ", text, "\n"), {}};
    return {};
}

template <std::string PreparationPlan::*member>
Result<void> take_path(InitCommandLine& line, const std::string& value) {
    line.parsed.request.preparation.*member = value;
    return {};
}

Result<void> be_replaced(InitCommandLine& line, const std::string&) {
    line.parsed.request.replaces_us = true;
    return {};
}

Result<void> say_errors_alone(InitCommandLine& line, const std::string&) {
    line.policy().verbosity = -1;
    return {};
}

Result<void> show_entrypoint_help(InitCommandLine& line, const std::string&) {
    line.parsed = end_with(0, cat(entrypoint_usage, entrypoint_help), {});
    return {};
}

Result<void> show_entrypoint_version(InitCommandLine& line, const std::string&) {
    line.parsed = end_with(0, cat("entrypoint (sctl ", program_version, ")\n"), {});
    return {};
}

constexpr InitOption entrypoint_options[] = {
    {"help,h", OptionValue::None, show_entrypoint_help, nullptr, true},
    {"version", OptionValue::None, show_entrypoint_version, nullptr, true},
    {"verbose,v", OptionValue::None, say_more},
    {"quiet,q", OptionValue::None, say_errors_alone},
    {"rewrite,r", OptionValue::Required, take_rewrite},
    {"no-init", OptionValue::None, be_replaced},
    {"no-setsid", OptionValue::None, forward_to<Forward::Child>},
    {"variables,V", OptionValue::Required, take_path<&PreparationPlan::variables>},
    {"templates,t", OptionValue::Required, take_path<&PreparationPlan::templates>},
    {"jinja,j", OptionValue::Required, take_path<&PreparationPlan::jinja>},
    {"output,o", OptionValue::Required, take_path<&PreparationPlan::output>},
    {"hooks,H", OptionValue::Required, take_path<&PreparationPlan::hooks>},
};

} // namespace

InitPolicy entrypoint_policy() {
    InitPolicy policy;
    policy.signals = SignalSet::standard();
    policy.stop_timeout = 0s;
    policy.wording = entrypoint_wording;
    policy.suspends_itself = true;
    policy.serves_wire = false;
    policy.not_found_status = policy.not_executable_status = 1;
    return policy;
}

ParsedRequest parse_entrypoint(int argc, char** argv) {
    InitCommandLine line{.parsed = {}, .program = argv[0], .problem = {}};
    line.policy() = entrypoint_policy();
    auto read = read_command_line(entrypoint_options, {.first_word_ends = true}, argc, argv, line);
    if (line.problem) return bad_usage("unrecognized arguments");
    if (!read) return end_with(1, {}, read.error().text);
    if (line.parsed.ends) return line.parsed;
    const InitRequest& request = line.parsed.request;
    if (request.command.empty()) return bad_usage("the following arguments are required: COMMAND");
    line.parsed.request.preparation.wanted = true;
    if (request.policy.forward == Forward::Session) stop_for_terminal_stops(line.policy());
    return line.parsed;
}

} // namespace sctl
