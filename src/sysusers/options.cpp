#include "sysusers/options.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "options/option_table.hpp"
#include "unit/config_files.hpp"

namespace sctl {

namespace {

using Task = SysusersOptions::Task;

template <Task task>
Result<void> set_task(SysusersOptions& options, const std::string&) {
    options.task = task;
    return {};
}

template <bool SysusersOptions::*member>
Result<void> set_flag(SysusersOptions& options, const std::string&) {
    options.*member = true;
    return {};
}

using enum OptionValue;
constexpr OptionRow<SysusersOptions> option_rows[] = {
    {"help,h", None, set_task<Task::Help>, "Show this help", true},
    {"version", None, set_task<Task::Version>, "Show the version", true},
    {"cat-config", None, set_task<Task::CatConfig>, "Show the configuration files"},
    {"root", Required,
     [](SysusersOptions& options, const std::string& value) -> Result<void> {
         options.root = Root(absolute_path_here(value));
         return {};
     },
     "Work on the files below PATH", false, "PATH"},
    {"image", Required,
     [](SysusersOptions&, const std::string&) -> Result<void> {
         return Error{EOPNOTSUPP, "This systemd-sysusers has no support for --image=", {}};
     }},
    {"replace", Required,
     [](SysusersOptions& options, const std::string& value) -> Result<void> {
         options.replace = value;
         return {};
     },
     "Arguments stand in for the configuration file PATH", false, "PATH"},
    {"dry-run", None, set_flag<&SysusersOptions::dry_run>,
     "Say what would be done, change nothing"},
    {"inline", None, set_flag<&SysusersOptions::is_inline>, "Arguments are lines of configuration"},
    {"no-pager", None, [](SysusersOptions&, const std::string&) { return Result<void>{}; },
     "Accepted, without effect"},
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

} // namespace

std::string sysusers_help() {
    return cat(
        "systemd-sysusers [OPTIONS...] [CONFIGURATION FILE...]\n\n"
        "Creates system users and groups as sysusers.d(5) says.\n\n",
        options_help(std::span<const OptionRow<SysusersOptions>>(option_rows)));
}

SysusersOptions parse_sysusers_options(std::vector<std::string> arguments,
                                       std::string_view program) {
    SysusersOptions options;
    auto words = read_options(std::span<const OptionRow<SysusersOptions>>(option_rows),
                              std::move(arguments), program, options);
    if (words && (options.task == Task::Help || options.task == Task::Version)) return options;
    if (words) options.arguments = std::move(*words);
    const char* problem = words ? problem_of(options) : words.error().text.c_str();
    if (problem) {
        log_error(problem);
        options.task = Task::Wrong;
    }
    return options;
}

} // namespace sctl
