#include "run/environment.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "run/exec_plan.hpp"
#include "unit/syntax/environment.hpp"

namespace sctl {
namespace {

bool is_locale_variable(std::string_view assignment) {
    static constexpr std::string_view names[] = {
        "LANG",       "LANGUAGE",     "LC_CTYPE",       "LC_NUMERIC",        "LC_TIME",
        "LC_COLLATE", "LC_MONETARY",  "LC_MESSAGES",    "LC_PAPER",          "LC_NAME",
        "LC_ADDRESS", "LC_TELEPHONE", "LC_MEASUREMENT", "LC_IDENTIFICATION",
    };
    auto name = assignment.substr(0, assignment.find('='));
    return std::ranges::find(names, name) != std::end(names) && name.size() + 1 < assignment.size();
}

// What the first of the two files says that is there.
std::vector<std::string> configured_locale(const Root& root) {
    for (std::string_view path : {"/etc/locale.conf", "/etc/default/locale"}) {
        auto text = read_file(root.at(path));
        if (!text) continue;
        auto assignments = parse_environment_file(*text);
        if (!assignments) return {};
        std::erase_if(*assignments,
                      [](const std::string& each) { return !is_locale_variable(each); });
        return std::move(*assignments);
    }
    return {};
}

} // namespace

std::vector<std::string> default_environment(const Root& root) {
    auto environment = configured_locale(root);
    if (environment.empty()) environment.emplace_back("LANG=C.UTF-8");
    environment.emplace_back("PATH=").append(service_search_path);
    return environment;
}

bool is_passed_on(std::string_view assignment, std::string_view pattern) {
    static constexpr std::string_view of_one_process[] = {
        "NOTIFY_SOCKET",    "LISTEN_PID",    "LISTEN_FDS",    "LISTEN_FDNAMES",
        "WATCHDOG_PID",     "WATCHDOG_USEC", "INVOCATION_ID", "JOURNAL_STREAM",
        "SYSTEMD_EXEC_PID", "MAINPID",       "MANAGERPID"};
    std::string name(assignment.substr(0, assignment.find('=')));
    if (!environment_assignment_is_valid(assignment)) return false;
    return std::ranges::find(of_one_process, name) == std::end(of_one_process) &&
           matches_glob(pattern, name);
}

std::vector<std::string> runtime_directories(const LoadedUnit& unit) {
    std::vector<std::string> paths;
    const ExecConfig& config = *unit.exec;
    const auto& runtime = config.directories[static_cast<size_t>(DirectoryType::Runtime)];
    for (const auto& item : runtime.items) {
        paths.push_back(cat(directory_base(DirectoryType::Runtime), "/", item.path));
        if (is_private(config, DirectoryType::Runtime))
            paths.push_back(directory_path(config, DirectoryType::Runtime, item.path));
        for (const auto& link : item.symlinks)
            paths.push_back(cat(directory_base(DirectoryType::Runtime), "/", link));
    }
    return paths;
}

} // namespace sctl
