#include "tmpfiles/tmpfiles_request.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "options/option_table.hpp"
#include "unit/search/config_files.hpp"

namespace sctl {

namespace {

using Task = TmpfilesRequest::Task;

template <Task task>
Result<void> set_task(TmpfilesRequest& request, const std::string&) {
    request.task = task;
    return {};
}

template <bool Operations::*member>
Result<void> set_operation(TmpfilesRequest& request, const std::string&) {
    request.operations.*member = true;
    return {};
}

template <std::vector<std::string> TmpfilesRequest::*member>
Result<void> add_prefix(TmpfilesRequest& request, const std::string& value) {
    (request.*member).push_back(absolute_path_here(value));
    return {};
}

Result<void> exclude_virtual(TmpfilesRequest& request, const std::string&) {
    for (const char* path : {"/dev", "/proc", "/run", "/sys"})
        request.excluded_prefixes.emplace_back(path);
    return {};
}

Result<void> set_root(TmpfilesRequest& request, const std::string& value) {
    request.root = Root(absolute_path_here(value));
    return {};
}

Result<void> set_replace(TmpfilesRequest& request, const std::string& value) {
    request.replace = value;
    return {};
}

Result<void> set_boot(TmpfilesRequest& request, const std::string&) {
    request.boot = true;
    return {};
}

Result<void> accept(TmpfilesRequest&, const std::string&) {
    return {};
}

Result<void> refuse_user(TmpfilesRequest&, const std::string&) {
    return Error{EOPNOTSUPP, "This systemd-tmpfiles has no support for --user.", {}};
}

Result<void> refuse_image(TmpfilesRequest&, const std::string&) {
    return Error{EOPNOTSUPP, "This systemd-tmpfiles has no support for --image=.", {}};
}

using enum OptionValue;
constexpr OptionRow<TmpfilesRequest> option_rows[] = {
    {"help,h", None, set_task<Task::Help>, "Show this help", true},
    {"user", None, refuse_user},
    {"version", None, set_task<Task::Version>, "Show the version", true},
    {"cat-config", None, set_task<Task::CatConfig>, "Show the configuration files"},
    {"create", None, set_operation<&Operations::create>, "Create and adjust what lines name"},
    {"clean", None, set_operation<&Operations::clean>, "Remove what is older than its line's age"},
    {"remove", None, set_operation<&Operations::remove>,
     "Remove what lines of the types r, R and D name"},
    {"boot", None, set_boot, "Also lines that are only safe at boot (!)"},
    {"prefix", Required, add_prefix<&TmpfilesRequest::prefixes>, "Only lines for paths below PATH",
     false, "PATH"},
    {"exclude-prefix", Required, add_prefix<&TmpfilesRequest::excluded_prefixes>,
     "No lines for paths below PATH", false, "PATH"},
    {",E", None, exclude_virtual, "No lines below /dev, /proc, /run and /sys"},
    {"root", Required, set_root, "Work on the files below PATH", false, "PATH"},
    {"image", Required, refuse_image},
    {"replace", Required, set_replace, "Arguments stand in for the configuration file PATH", false,
     "PATH"},
    {"no-pager", None, accept, "Accepted, without effect"},
};

const char* problem_of(const TmpfilesRequest& request) {
    const auto& operations = request.operations;
    bool does_something = operations.create || operations.clean || operations.remove;
    if (const char* problem = problem_of_replaced_path(request.replace)) return problem;
    if (request.task == Task::Apply && !does_something)
        return "You need to specify at least one of --clean, --create or --remove.";
    return problem_of_replacing(request.replace, request.task == Task::CatConfig,
                                !request.files.empty());
}

} // namespace

std::string tmpfiles_help() {
    return cat(
        "systemd-tmpfiles [OPTIONS...] [CONFIGURATION FILE...]\n\n"
        "Creates, deletes and cleans up files and directories as tmpfiles.d(5) says.\n\n",
        options_help(std::span<const OptionRow<TmpfilesRequest>>(option_rows)));
}

TmpfilesRequest read_tmpfiles_request(std::vector<std::string> arguments,
                                      std::string_view program) {
    TmpfilesRequest request;
    auto words = read_options(std::span<const OptionRow<TmpfilesRequest>>(option_rows),
                              std::move(arguments), program, request);
    if (words && (request.task == Task::Help || request.task == Task::Version)) return request;
    if (words) request.files = std::move(*words);
    const char* problem = words ? problem_of(request) : words.error().text.c_str();
    if (problem) {
        log_error(problem);
        request.task = Task::Wrong;
    }
    return request;
}

} // namespace sctl
