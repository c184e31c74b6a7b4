// yasinit: one command, or all *.run files of /etc/yasinit at once; the end of one is the end of
// all, which get a TERM each and twenty seconds.
#include <unistd.h>

#include "base/glob.hpp"
#include "base/text.hpp"
#include "entry/personality.hpp"
#include "entry/wording.hpp"

namespace sctl {
namespace {

constexpr std::string_view yasinit_help =
    "usage: yasinit [COMMAND [ARG...]]\n\n"
    "Runs COMMAND, or without it every /etc/yasinit/*.run, until one of them ends.\n";

std::string yasinit_wording(int verbosity, Note note, const NoteValues& values) {
    if (note == Note::StopTimedOut)
        return cat("yasinit: ERROR: still running after 20 seconds: ", values.text, "\n");
    if (note == Note::NotFirst) return {};
    return wording_of("yasinit", verbosity, note, values);
}

} // namespace

InitPolicy yasinit_policy() {
    InitPolicy policy;
    policy.end = EndWhen::Any;
    policy.forward = Forward::None;
    policy.last = Last::Children;
    policy.stop_timeout = 20s;
    policy.wording = yasinit_wording;
    policy.verbosity = 1;
    policy.null_input = true;
    policy.serves_wire = false;
    policy.killed_status = 1;
    policy.timeout_status = 2;
    policy.not_found_status = policy.not_executable_status = 1;
    return policy;
}

void take_files_of_yasinit(InitRequest& request) {
    for (auto& path : matching_paths("/etc/yasinit/*.run")) {
        if (access(path.c_str(), X_OK) == 0) request.run_files.push_back(std::move(path));
    }
}

ParsedRequest parse_yasinit(int argc, char** argv) {
    ParsedRequest parsed;
    parsed.request.policy = yasinit_policy();
    parsed.request.has_show = true;
    std::string_view first = argc > 1 ? argv[1] : "";
    if (first == "-h" || first == "--help") return end_with(0, std::string(yasinit_help), {});
    parsed.request.command.assign(argv + (first == "--" ? 2 : std::min(argc, 1)), argv + argc);
    if (parsed.request.command.empty()) take_files_of_yasinit(parsed.request);
    return parsed;
}

} // namespace sctl
