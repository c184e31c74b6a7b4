#include "run/step_message.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "run/exec_plan.hpp"
#include "unit/values/capability.hpp"

namespace sctl {
namespace {

struct StepWords {
    std::string text;   // systemd's, up to the error
    std::string detail; // "User=ghost"
};

std::string setting_of(std::string_view name, std::string_view value) {
    return value.empty() ? std::string() : cat(name, "=", value);
}

template <class Number>
std::string setting_of(std::string_view name, const std::optional<Number>& value) {
    return value ? cat(name, "=", *value) : std::string();
}

// Of the directories of a plan, which are those of the settings in the order of their types.
StepWords directory_words(const SpawnProblem& problem, const ExecConfig& config) {
    auto index = static_cast<size_t>(std::max(problem.which, 0));
    for (size_t i = 0; i < directory_type_count; ++i) {
        const auto& items = config.directories[i].items;
        if (index < items.size()) {
            auto type = static_cast<DirectoryType>(i);
            return {cat("Failed to set up special execution directory in ", directory_base(type)),
                    cat(directory_setting(type), "=", items[index].path)};
        }
        index -= items.size();
    }
    return {};
}

StepWords credential_words(const SpawnProblem& problem, const ExecConfig& config) {
    StepWords words{"Failed to set up credentials", {}};
    auto index = static_cast<size_t>(problem.which);
    const auto& loads = config.load_credentials;
    const auto& sets = config.set_credentials;
    if (problem.which < 0) {
        auto encrypted = [](const UnitCredential& each) { return each.encrypted; };
        for (const auto* list : {&loads, &sets}) {
            auto found = std::ranges::find_if(*list, encrypted);
            if (found != list->end()) words.detail = cat(found->id, ": encrypted");
        }
    } else if (index < loads.size()) {
        words.detail = cat("LoadCredential=", loads[index].id, ":", loads[index].text);
    } else if (index - loads.size() < sets.size()) {
        words.detail = cat("SetCredential=", sets[index - loads.size()].id);
    }
    return words;
}

StepWords capability_words(const SpawnProblem& problem) {
    if (problem.which < 0) return {"Failed to drop capabilities", "CapabilityBoundingSet="};
    auto number = static_cast<size_t>(problem.which);
    auto name =
        number < std::size(capability_names) ? cat("cap_", capability_names[number]) : cat(number);
    return {"Failed to apply ambient capabilities (before UID change)",
            cat("AmbientCapabilities=", name)};
}

StepWords user_words(const SpawnProblem& problem, const ExecConfig& config) {
    std::string_view text = config.dynamic_user     ? "Failed to update dynamic user credentials"
                            : problem.code == ESRCH ? "Failed to determine user credentials"
                                                    : "Failed to change UID";
    return {std::string(text), setting_of("User", config.user)};
}

StepWords group_words(const SpawnProblem& problem, const ExecConfig& config) {
    bool unknown = problem.code == ESRCH;
    auto detail = setting_of("Group", config.group);
    if (!config.supplementary_groups.empty())
        detail += cat(detail.empty() ? "" : ", ",
                      "SupplementaryGroups=", join(config.supplementary_groups, " "));
    return {unknown ? "Failed to determine group credentials" : "Changing group credentials failed",
            std::move(detail)};
}

StepWords words_of(const SpawnProblem& problem, const ExecConfig& config,
                   const std::string& program) {
    switch (problem.step) {
        case SpawnStep::Chdir:
            return {"Changing to the requested working directory failed",
                    setting_of("WorkingDirectory", config.working_directory)};
        case SpawnStep::Nice:
            return {"Failed to set up process scheduling priority (nice level)",
                    setting_of("Nice", config.nice)};
        case SpawnStep::Exec: {
            bool missing = problem.code == ENOENT || problem.code == EACCES;
            return {cat(missing ? "Failed to locate executable " : "Failed to execute ", program),
                    missing ? setting_of("ExecSearchPath", join(config.exec_search_path, ":"))
                            : std::string()};
        }
        case SpawnStep::Limits: return {"Failed to adjust resource limits", {}};
        case SpawnStep::OomAdjust:
            return {"Failed to adjust OOM setting",
                    setting_of("OOMScoreAdjust", config.oom_score_adjust)};
        case SpawnStep::Stdin:
            return {"Failed to set up standard input",
                    setting_of("StandardInput=file", config.std_input_file)};
        case SpawnStep::Stdout: return {"Failed to set up standard output", config.std_output_file};
        case SpawnStep::Stderr:
            return {"Failed to set up standard error output", config.std_error_file};
        case SpawnStep::Chroot:
            return {"Chrooting to the requested root directory failed",
                    setting_of("RootDirectory", config.root_directory)};
        case SpawnStep::Ioprio: return {"Failed to set up IO scheduling priority", {}};
        case SpawnStep::SecureBits:
            return {"Failed to set process secure bits", cat("SecureBits=", config.secure_bits)};
        case SpawnStep::Setscheduler: return {"Failed to set up CPU scheduling", {}};
        case SpawnStep::CpuAffinity:
            return {"Failed to set up CPU affinity",
                    config.cpu_affinity_from_numa ? "CPUAffinity=numa" : ""};
        case SpawnStep::Group: return group_words(problem, config);
        case SpawnStep::User: return user_words(problem, config);
        case SpawnStep::Capabilities: return capability_words(problem);
        case SpawnStep::Namespace: return {"Failed to set up mount namespacing", {}};
        case SpawnStep::NoNewPrivileges: return {"Failed to disable new privileges", {}};
        case SpawnStep::RuntimeDirectory:
        case SpawnStep::StateDirectory:
        case SpawnStep::CacheDirectory:
        case SpawnStep::LogsDirectory:
        case SpawnStep::ConfigurationDirectory: return directory_words(problem, config);
        case SpawnStep::Credentials: return credential_words(problem, config);
        case SpawnStep::Fds:
        case SpawnStep::SignalMask:
        case SpawnStep::Cgroup:
        case SpawnStep::Setsid: break;
    }
    return {};
}

} // namespace

std::string step_message(const SpawnProblem& problem, const ExecConfig& config,
                         const std::string& program) {
    auto words = words_of(problem, config, program);
    if (words.text.empty()) return {};
    bool taken = problem.step == SpawnStep::User && problem.code == EILSEQ;
    std::string_view error =
        taken ? "User or group with specified name already exists." : strerror(problem.code);
    auto detail = words.detail.empty() ? std::string() : cat(" (", words.detail, ")");
    return cat(words.text, ": ", error, detail);
}

} // namespace sctl
