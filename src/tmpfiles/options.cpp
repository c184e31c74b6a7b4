#include "tmpfiles/options.hpp"

#include <getopt.h>

#include "base/log.hpp"
#include "unit/config_files.hpp"

namespace sctl {

const std::string_view tmpfiles_help =
    "systemd-tmpfiles [OPTIONS...] [CONFIGURATION FILE...]\n\n"
    "Creates, deletes and cleans up files and directories as tmpfiles.d(5) says.\n\n"
    "  -h --help                 Show this help\n"
    "     --version              Show the version\n"
    "     --cat-config           Show the configuration files\n"
    "     --create               Create and adjust what lines name\n"
    "     --clean                Remove what is older than its line's age\n"
    "     --remove               Remove what lines of the types r, R and D name\n"
    "     --boot                 Also lines that are only safe at boot (!)\n"
    "     --prefix=PATH          Only lines for paths below PATH\n"
    "     --exclude-prefix=PATH  No lines for paths below PATH\n"
    "  -E                        No lines below /dev, /proc, /run and /sys\n"
    "     --root=PATH            Work on the files below PATH\n"
    "     --replace=PATH         Arguments stand in for the configuration file PATH\n"
    "     --no-pager             Accepted, without effect\n";

namespace {

using Task = TmpfilesOptions::Task;

struct Option {
    enum : int {
        User = 0x100,
        Version,
        CatConfig,
        Create,
        Clean,
        Remove,
        Boot,
        Prefix,
        ExcludePrefix,
        RootDirectory,
        Image,
        Replace,
        NoPager,
    };
};

constexpr option known_options[] = {
    {"help", no_argument, nullptr, 'h'},
    {"user", no_argument, nullptr, Option::User},
    {"version", no_argument, nullptr, Option::Version},
    {"cat-config", no_argument, nullptr, Option::CatConfig},
    {"create", no_argument, nullptr, Option::Create},
    {"clean", no_argument, nullptr, Option::Clean},
    {"remove", no_argument, nullptr, Option::Remove},
    {"boot", no_argument, nullptr, Option::Boot},
    {"prefix", required_argument, nullptr, Option::Prefix},
    {"exclude-prefix", required_argument, nullptr, Option::ExcludePrefix},
    {"root", required_argument, nullptr, Option::RootDirectory},
    {"image", required_argument, nullptr, Option::Image},
    {"replace", required_argument, nullptr, Option::Replace},
    {"no-pager", no_argument, nullptr, Option::NoPager},
    {},
};

class Parser {
  public:
    TmpfilesOptions run(int count, char** arguments);

  private:
    void take(int letter);
    void wrong(std::string_view text) {
        log_error(text);
        options_.task = Task::Wrong;
    }
    void check();

    TmpfilesOptions options_;
    bool ends_ = false; // --help and --version look at nothing further
};

void Parser::take(int letter) {
    const char* value = optarg ? optarg : "";
    switch (letter) {
        case 'h':
        case Option::Version:
            options_.task = letter == 'h' ? Task::Help : Task::Version;
            ends_ = true;
            break;
        case Option::CatConfig: options_.task = Task::CatConfig; break;
        case Option::Create: options_.operations.create = true; break;
        case Option::Clean: options_.operations.clean = true; break;
        case Option::Remove: options_.operations.remove = true; break;
        case Option::Boot: options_.boot = true; break;
        case Option::Prefix: options_.prefixes.push_back(absolute_path_here(value)); break;
        case Option::ExcludePrefix:
            options_.excluded_prefixes.push_back(absolute_path_here(value));
            break;
        case 'E':
            for (const char* path : {"/dev", "/proc", "/run", "/sys"})
                options_.excluded_prefixes.emplace_back(path);
            break;
        case Option::RootDirectory: options_.root = Root(absolute_path_here(value)); break;
        case Option::Replace: options_.replace = value; break;
        case Option::NoPager: break;
        case Option::User: return wrong("This systemd-tmpfiles has no support for --user.");
        case Option::Image: return wrong("This systemd-tmpfiles has no support for --image=.");
        default: options_.task = Task::Wrong; // getopt has said what is wrong
    }
}

void Parser::check() {
    const auto& operations = options_.operations;
    bool does_something = operations.create || operations.clean || operations.remove;
    if (!options_.replace.empty() && !options_.replace.starts_with('/'))
        return wrong("The argument to --replace= must be an absolute path.");
    if (!options_.replace.empty() && !options_.replace.ends_with(".conf"))
        return wrong("The argument to --replace= must have the extension '.conf'.");
    if (options_.task == Task::Apply && !does_something)
        return wrong("You need to specify at least one of --clean, --create or --remove.");
    if (options_.task == Task::CatConfig && !options_.replace.empty())
        return wrong("Option --replace= is not supported with --cat-config.");
    if (!options_.replace.empty() && options_.files.empty())
        return wrong("When --replace= is given, some configuration items must be specified.");
}

TmpfilesOptions Parser::run(int count, char** arguments) {
    optind = 0;
    int letter = 0;
    while (!ends_ && options_.task != Task::Wrong &&
           (letter = getopt_long(count, arguments, "hE", known_options, nullptr)) >= 0)
        take(letter);
    if (ends_ || options_.task == Task::Wrong) return std::move(options_);
    options_.files.assign(arguments + optind, arguments + count);
    check();
    return std::move(options_);
}

} // namespace

TmpfilesOptions parse_tmpfiles_options(int count, char** arguments) {
    return Parser().run(count, arguments);
}

} // namespace sctl
