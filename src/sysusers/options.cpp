#include "sysusers/options.hpp"

#include <getopt.h>

#include "base/log.hpp"
#include "unit/config_files.hpp"

namespace sctl {

const std::string_view sysusers_help =
    "systemd-sysusers [OPTIONS...] [CONFIGURATION FILE...]\n\n"
    "Creates system users and groups as sysusers.d(5) says.\n\n"
    "  -h --help                 Show this help\n"
    "     --version              Show the version\n"
    "     --cat-config           Show the configuration files\n"
    "     --root=PATH            Work on the files below PATH\n"
    "     --replace=PATH         Arguments stand in for the configuration file PATH\n"
    "     --dry-run              Say what would be done, change nothing\n"
    "     --inline               Arguments are lines of configuration\n"
    "     --no-pager             Accepted, without effect\n";

namespace {

using Task = SysusersOptions::Task;

enum Option { Version = 0x100, CatConfig, RootDirectory, Image, Replace, DryRun, Inline, NoPager };

constexpr option known_options[] = {
    {"help", no_argument, nullptr, 'h'},
    {"version", no_argument, nullptr, Version},
    {"cat-config", no_argument, nullptr, CatConfig},
    {"root", required_argument, nullptr, RootDirectory},
    {"image", required_argument, nullptr, Image},
    {"replace", required_argument, nullptr, Replace},
    {"dry-run", no_argument, nullptr, DryRun},
    {"inline", no_argument, nullptr, Inline},
    {"no-pager", no_argument, nullptr, NoPager},
    {},
};

const char* problem_of(const SysusersOptions& options) {
    const auto& replace = options.replace;
    if (!replace.empty() && !replace.starts_with('/'))
        return "The argument to --replace= must be an absolute path.";
    if (!replace.empty() && !replace.ends_with(".conf"))
        return "The argument to --replace= must have the extension '.conf'.";
    if (options.task == Task::CatConfig && !replace.empty())
        return "Option --replace= is not supported with --cat-config.";
    if (!replace.empty() && options.arguments.empty())
        return "When --replace= is given, some configuration items must be specified.";
    return nullptr;
}

// False where nothing further of the command line counts.
bool take_option(int letter, SysusersOptions& options) {
    switch (letter) {
        case 'h': options.task = Task::Help; return false;
        case Version: options.task = Task::Version; return false;
        case CatConfig: options.task = Task::CatConfig; return true;
        case RootDirectory: options.root = Root(absolute_path_here(optarg)); return true;
        case Replace: options.replace = optarg; return true;
        case DryRun: options.dry_run = true; return true;
        case Inline: options.is_inline = true; return true;
        case NoPager: return true;
        case Image: log_error("This systemd-sysusers has no support for --image="); [[fallthrough]];
        default: options.task = Task::Wrong; return false;
    }
}

} // namespace

SysusersOptions parse_sysusers_options(int count, char** arguments) {
    SysusersOptions options;
    optind = 0;
    int letter = 0;
    while ((letter = getopt_long(count, arguments, "h", known_options, nullptr)) >= 0) {
        if (!take_option(letter, options)) return options;
    }
    options.arguments.assign(arguments + optind, arguments + count);
    if (const char* problem = problem_of(options)) {
        log_error(problem);
        options.task = Task::Wrong;
    }
    return options;
}

} // namespace sctl
