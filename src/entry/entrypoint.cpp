// entrypoint (hlub): dumb-init's way with signals, around templates and hooks, which are not built:
// what asks for them, by an option or by the files of the image, is refused, so that no container
// runs with files that were never rendered.
#include <getopt.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/glob.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "entry/personality.hpp"
#include "entry/signal_rules.hpp"
#include "entry/wording.hpp"

namespace sctl {
namespace {

constexpr std::string_view entrypoint_usage =
    "usage: entrypoint [-h] [--version] [-v] [-q] [-r SIGNAL:SIGNAL] [--no-init]\n"
    "                  [--no-setsid] COMMAND [ARG...]\n";
constexpr std::string_view entrypoint_help =
    "\n"
    "Runs COMMAND as the main process of a container.\n\n"
    "  -h, --help            show this help message and exit\n"
    "  --version             show the version and exit\n"
    "  -v, --verbose         say more\n"
    "  -q, --quiet           say nothing but errors\n"
    "  -r, --rewrite S:D     forward signal D where S is received; \"none\" drops it\n"
    "  --no-init             become COMMAND\n"
    "  --no-setsid           COMMAND leads no session; it alone hears signals\n";

enum : int { no_init = 256, no_setsid, template_option, show_version };
constexpr option entrypoint_options[] = {{"help", no_argument, nullptr, 'h'},
                                         {"version", no_argument, nullptr, show_version},
                                         {"verbose", no_argument, nullptr, 'v'},
                                         {"quiet", no_argument, nullptr, 'q'},
                                         {"rewrite", required_argument, nullptr, 'r'},
                                         {"no-init", no_argument, nullptr, no_init},
                                         {"no-setsid", no_argument, nullptr, no_setsid},
                                         {"variables", required_argument, nullptr, template_option},
                                         {"templates", required_argument, nullptr, template_option},
                                         {"jinja", required_argument, nullptr, template_option},
                                         {"output", required_argument, nullptr, template_option},
                                         {"hooks", required_argument, nullptr, template_option},
                                         {nullptr, 0, nullptr, 0}};

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
bool take_rewrite(std::string_view text, InitPolicy& policy) {
    auto colon = text.find(':');
    if (colon == text.npos) return false;
    for (auto part : {text.substr(0, colon), text.substr(colon + 1)}) {
        if (parse_number<int>(part)) return false;
    }
    return parse_rewrite(text, policy).has_value();
}

bool is_template(std::string_view text) {
    return text.find("{{") != text.npos || text.find("{%") != text.npos;
}

// Where it is set no files are rendered and no hooks are run, whatever else is asked for.
bool is_skipped() {
    const char* skips = getenv("SKIP_ENTRYPOINT");
    return skips && *skips != '\0';
}

// Where the original looks without an option.
std::string_view files_to_render() {
    for (auto pattern : {"/templates/*", "/templates/.[!.]*"}) {
        if (!matching_paths(pattern).empty()) return "/templates";
    }
    return matching_paths("/entrypoint_hooks/*.py").empty() ? "" : "/entrypoint_hooks";
}

// An end, or nothing where the option is taken.
std::optional<ParsedRequest> take_entrypoint_option(int letter, InitRequest& request) {
    InitPolicy& policy = request.policy;
    switch (letter) {
        case 'h': return end_with(0, cat(entrypoint_usage, entrypoint_help), {});
        case show_version: return end_with(0, cat("entrypoint (sctl ", program_version, ")\n"), {});
        case 'v': ++policy.verbosity; break;
        case 'q': policy.verbosity = -1; break;
        case 'r':
            if (!take_rewrite(optarg, policy))
                return end_with(1, {}, cat("entrypoint: invalid signal: ", optarg, "\n"));
            break;
        case no_init: request.replaces_us = true; break;
        case no_setsid: policy.forward = Forward::Child; break;
        case 'V':
        case 't':
        case 'j':
        case 'o':
        case 'H':
        case template_option:
            if (!is_skipped()) return end_with(1, {}, cat("entrypoint: ", no_templates, "\n"));
            break;
        default: return bad_usage("unrecognized arguments");
    }
    return std::nullopt;
}

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

std::string objection_to_templates(const InitRequest& request) {
    if (std::ranges::any_of(request.command, is_template)) return std::string(no_templates);
    auto found = is_skipped() ? std::string_view() : files_to_render();
    return found.empty() ? std::string() : cat(found, ": ", no_templates);
}

ParsedRequest parse_entrypoint(int argc, char** argv) {
    ParsedRequest parsed;
    InitRequest& request = parsed.request;
    request.policy = entrypoint_policy();
    optind = 0;
    opterr = 0;
    for (int letter; (letter = getopt_long(argc, argv, "+hvqr:V:t:j:o:H:", entrypoint_options,
                                           nullptr)) != -1;) {
        if (auto ends = take_entrypoint_option(letter, request)) return *ends;
    }
    request.has_show = true;
    request.command.assign(argv + optind, argv + argc);
    if (request.command.empty()) return bad_usage("the following arguments are required: COMMAND");
    if (auto objection = objection_to_templates(request); !objection.empty())
        return end_with(1, {}, cat("entrypoint: ", objection, "\n"));
    if (request.policy.forward == Forward::Session) stop_for_terminal_stops(request.policy);
    return parsed;
}

} // namespace sctl
