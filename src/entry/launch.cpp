#include "entry/launch.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>

#include "base/files.hpp"
#include "base/hex.hpp"
#include "base/text.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/values/signal_name.hpp"

namespace sctl {
namespace {

constexpr std::string_view path_without_variable = "/bin:/usr/bin"; // confstr(_CS_PATH)

mode_t own_umask() {
    mode_t mask = umask(0);
    umask(mask);
    return mask;
}

std::vector<std::string> candidates_in_path(const std::string& program) {
    const char* path = getenv("PATH");
    return candidates_for(program, path ? path : std::string(path_without_variable));
}

ExecPlan plan_as_given(const std::vector<std::string>& arguments, const std::vector<int>& given) {
    ExecPlan plan;
    plan.executables = candidates_in_path(arguments.front());
    plan.arguments = arguments;
    for (char** variable = environ; *variable; ++variable) plan.environment.emplace_back(*variable);
    plan.fall_back_to_shell = true;
    plan.working_directory.clear();
    plan.standard_input.kind = plan.standard_output.kind = plan.standard_error.kind =
        StdioPlan::Kind::Inherit;
    plan.keep_descriptors = true;
    plan.given_descriptors = given;
    plan.umask = own_umask();
    plan.ignore_sigpipe = false;
    return plan;
}

Leads what_leads(const InitPolicy& policy) {
    if (policy.forward == Forward::Session) return Leads::Session;
    return policy.forward == Forward::Group || policy.leads_group ? Leads::Group : Leads::Nothing;
}

// As a word of ExecStart= (systemd.service(5), "Command lines"), which means it literally.
std::string quoted(std::string_view word) {
    std::string out = "\"";
    for (char c : word) {
        auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            out += {'\\', c};
        else if (c == '%' || c == '$')
            out += {c, c};
        else if (byte < ' ' || byte == 127)
            out += {'\\', 'x', hex_digits[byte >> 4], hex_digits[byte & 15]};
        else
            out += c;
    }
    return out + "\"";
}

bool is_executable_file(const std::string& path) {
    struct stat found {};
    return stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) &&
           access(path.c_str(), X_OK) == 0;
}

// The file that would be executed, absolute; "" where there is none.
std::string resolved(const std::vector<std::string>& candidates) {
    for (const auto& path : candidates) {
        if (!is_executable_file(path)) continue;
        if (path.starts_with('/')) return simplify_path(path);
        char directory[PATH_MAX];
        if (!getcwd(directory, sizeof directory)) return {};
        return simplify_path(cat(directory, "/", path));
    }
    return {};
}

} // namespace

std::vector<std::string> candidates_for(const std::string& program, const std::string& path) {
    if (program.empty()) return {};
    if (program.find('/') != program.npos) return {program};
    std::vector<std::string> found;
    for (size_t at = 0; at <= path.size();) {
        size_t end = std::min(path.find(':', at), path.size());
        // An empty part is the current directory.
        auto directory = path.substr(at, end - at);
        found.push_back(directory.empty() ? cat("./", program) : cat(directory, "/", program));
        at = end + 1;
    }
    return found;
}

bool is_program(std::string_view word) {
    return std::ranges::any_of(candidates_in_path(std::string(word)), is_executable_file);
}

ExecPlan plan_command(const InitRequest& request, const std::vector<std::string>& arguments,
                      const std::vector<int>& given) {
    ExecPlan plan = plan_as_given(arguments, given);
    const InitPolicy& policy = request.policy;
    plan.leads = what_leads(policy);
    plan.take_terminal = plan.leads != Leads::Nothing;
    if (policy.keeps_signals) plan.signals = request.signals;
    if (policy.null_input) plan.standard_input.kind = StdioPlan::Kind::Null;
    return plan;
}

ExecPlan plan_trap(const std::vector<std::string>& command, int signal,
                   const std::vector<int>& given) {
    std::vector<std::string> arguments = command;
    if (arguments.size() == 1) arguments.push_back(cat(signal));
    ExecPlan plan = plan_as_given(arguments, given);
    if (command.front().find('/') == std::string::npos)
        plan.executables.push_back(cat("./", command.front()));
    plan.leads = Leads::Nothing;
    plan.environment.push_back(cat("SIGNAL_NUMBER=", signal));
    plan.environment.push_back(cat("SIGNAL_NAME=", signal_name(signal)));
    return plan;
}

std::string unit_text_for(const InitPolicy& policy, const std::vector<std::string>& arguments,
                          const std::vector<std::string>& after) {
    auto plan = plan_as_given(arguments, {});
    std::string path = resolved(plan.executables);
    // The unit is there all the same: a stat() that has failed once does not make it a bad one.
    if (path.empty()) path = simplify_path(cat("/", arguments.front()));
    std::string command = cat("@", quoted(path));
    std::string description;
    for (const auto& argument : arguments) {
        command += cat(" ", quoted(argument));
        description += cat(description.empty() ? "" : " ", argument);
    }
    for (char& c : description) {
        if (static_cast<unsigned char>(c) < ' ' || c == '\\') c = '?';
    }
    std::string escaped;
    for (char c : description) escaped += c == '%' ? "%%" : std::string(1, c);
    std::string text =
        cat("# What systemctl init was given to run.\n[Unit]\nDescription=", escaped,
            "\nDefaultDependencies=no\nConflicts=shutdown.target\nBefore=shutdown.target\n"
            "StartLimitIntervalSec=0\n");
    if (!after.empty()) text += cat("After=", join(after, " "), "\n");
    text += cat("[Service]\nType=exec\nExecStart=", command, "\n");
    if (policy.forward == Forward::Child) text += "KillMode=mixed\n";
    Span timeout = policy.stop_timeout.count() > 0 ? policy.stop_timeout : Span(90s);
    text += cat("TimeoutStopSec=", format_span(timeout), "\n");
    for (int status : policy.success_statuses) text += cat("SuccessExitStatus=", status, "\n");
    return text;
}

} // namespace sctl
