#include "sysusers/sysusers_request.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "options/option_table.hpp"
#include "unit/search/config_files.hpp"

namespace sctl {

namespace {

using Task = SysusersRequest::Task;

template <Task task>
Result<void> set_task(SysusersRequest& request, const std::string&) {
    request.task = task;
    return {};
}

template <bool SysusersRequest::*member>
Result<void> set_flag(SysusersRequest& request, const std::string&) {
    request.*member = true;
    return {};
}

using enum OptionValue;
constexpr OptionRow<SysusersRequest> option_rows[] = {
    {"help,h", None, set_task<Task::Help>, "Show this help", true},
    {"version", None, set_task<Task::Version>, "Show the version", true},
    {"cat-config", None, set_task<Task::CatConfig>, "Show the configuration files"},
    {"root", Required,
     [](SysusersRequest& request, const std::string& value) -> Result<void> {
         request.root = Root(absolute_path_here(value));
         return {};
     },
     "Work on the files below PATH", false, "PATH"},
    {"image", Required,
     [](SysusersRequest&, const std::string&) -> Result<void> {
         return Error{EOPNOTSUPP, "This systemd-sysusers has no support for --image=", {}};
     }},
    {"replace", Required,
     [](SysusersRequest& request, const std::string& value) -> Result<void> {
         request.replace = value;
         return {};
     },
     "Arguments stand in for the configuration file PATH", false, "PATH"},
    {"dry-run", None, set_flag<&SysusersRequest::dry_run>,
     "Say what would be done, change nothing"},
    {"inline", None, set_flag<&SysusersRequest::is_inline>, "Arguments are lines of configuration"},
    {"no-pager", None, [](SysusersRequest&, const std::string&) { return Result<void>{}; },
     "Accepted, without effect"},
};

const char* problem_of(const SysusersRequest& request) {
    if (const char* problem = problem_of_replaced_path(request.replace)) return problem;
    return problem_of_replacing(request.replace, request.task == Task::CatConfig,
                                !request.arguments.empty());
}

} // namespace

std::string sysusers_help() {
    return cat(
        "systemd-sysusers [OPTIONS...] [CONFIGURATION FILE...]\n\n"
        "Creates system users and groups as sysusers.d(5) says.\n\n",
        options_help(std::span<const OptionRow<SysusersRequest>>(option_rows)));
}

SysusersRequest read_sysusers_request(std::vector<std::string> arguments,
                                      std::string_view program) {
    SysusersRequest request;
    auto words = read_options(std::span<const OptionRow<SysusersRequest>>(option_rows),
                              std::move(arguments), program, request);
    if (words && (request.task == Task::Help || request.task == Task::Version)) return request;
    if (words) request.arguments = std::move(*words);
    const char* problem = words ? problem_of(request) : words.error().text.c_str();
    if (problem) {
        log_error(problem);
        request.task = Task::Wrong;
    }
    return request;
}

} // namespace sctl
