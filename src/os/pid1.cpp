#include "os/pid1.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/text.hpp"

namespace sctl {
namespace {

// Said to PID 1 alone, as the service of an outer manager.
constexpr std::string_view personal_variables[] = {
    "NOTIFY_SOCKET",
    "LISTEN_PID",
    "LISTEN_FDS",
    "LISTEN_FDNAMES",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
    "MAINPID",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "SYSTEMD_EXEC_PID",
    "PWD",
    "OLDPWD",
    "SHLVL",
    "_",
};

std::vector<std::string> read_list(const std::string& path) {
    std::vector<std::string> list;
    auto text = read_virtual_file(path);
    if (!text) return list;
    for (auto entry : split(*text, std::string_view("\0", 1))) list.emplace_back(entry);
    return list;
}

bool is_init_option(std::string_view word) {
    return word == "-1" || word == "--init";
}

bool runs_our_program(const Root& root) {
    auto first = read_link(root.at("/proc/1/exe"));
    auto own = read_link(root.at("/proc/self/exe"));
    return first && own && *first == *own;
}

} // namespace

bool ask_for_init(const std::vector<std::string>& words, bool is_pid1) {
    if (words.empty()) return is_pid1;
    if (words.front() == "init") return true;
    // "systemd.unit=x": what PID 1 gets in the place of the kernel's command line.
    if (is_pid1 && (words.front() == "default" || words.front().starts_with("systemd.")))
        return true;
    return std::find_if(words.begin(), std::ranges::find(words, "--"), is_init_option) !=
           std::ranges::find(words, "--");
}

std::vector<std::string> words_for_init(std::vector<std::string> words) {
    auto command = std::ranges::find(words, "--");
    words.erase(std::remove_if(words.begin(), command, is_init_option), command);
    // Of systemctl3.py's `start UNIT... --init`, too.
    bool verb = !words.empty() && (words.front() == "init" || words.front() == "start");
    if (verb) words.erase(words.begin());
    return words;
}

bool pid1_is_manager(const Root& root) {
    auto name = read_virtual_file(root.at("/proc/1/comm"));
    if (name && trim(*name) == "systemd") return true;
    // Around a command, and between its exec and its first act, our init has its old name.
    return pid1_is_our_init(root);
}

bool pid1_is_our_init(const Root& root) {
    if (!runs_our_program(root)) return false;
    auto arguments = read_list(root.at("/proc/1/cmdline"));
    if (arguments.empty()) return false;
    std::string program(base_name(arguments[0]));
    if (program == "init") return true;
    if (std::ranges::find(init_programs, program) != std::end(init_programs)) return true;
    arguments.erase(arguments.begin());
    return ask_for_init(arguments, true);
}

bool pid1_is_trusted(const Root& root) {
    auto status = read_virtual_file(root.at("/proc/1/status"));
    if (!status) return false;
    constexpr std::string_view head = "\nUid:";
    size_t at = status->find(head);
    if (at == std::string::npos) return false;
    auto line = std::string_view(*status).substr(at + head.size());
    auto users = split(line.substr(0, line.find('\n'))); // real, effective, saved, of file systems
    return users.size() == 4 && std::ranges::all_of(users, [](std::string_view word) {
               auto uid = parse_number<uid_t>(word);
               return uid && (*uid == 0 || *uid == geteuid());
           });
}

std::vector<std::string> pid1_environment(const Root& root) {
    if (!pid1_is_trusted(root)) return {};
    auto variables = read_list(root.at("/proc/1/environ"));
    std::erase_if(variables, [](std::string_view assignment) {
        auto name = assignment.substr(0, assignment.find('='));
        return name.empty() || name.size() == assignment.size() ||
               std::ranges::find(personal_variables, name) != std::end(personal_variables);
    });
    return variables;
}

} // namespace sctl
