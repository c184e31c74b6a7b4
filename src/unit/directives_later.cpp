// Directives that systemd has had since 253: units that are written for Debian 13 or Ubuntu 24.04
// have them. D-Bus shows none of them: it is 252's.
#include <algorithm>
#include <cstring>

#include "base/files.hpp"
#include "unit/directive_rows.hpp"
#include "unit/service/service_config.hpp"

namespace sctl {
namespace {

using enum Support;
using Later = ServiceConfig;

// "PATH[:NAME[:OPTION,OPTION]]"
std::optional<OpenFile> parse_open_file(std::string_view text) {
    OpenFile file;
    std::string_view parts[3];
    for (auto& part : parts) {
        auto colon = text.find(':');
        part = text.substr(0, colon);
        text = colon == text.npos ? std::string_view() : text.substr(colon + 1);
    }
    file.path = parts[0];
    file.name = parts[1].empty() ? base_name(file.path) : parts[1];
    for (auto option : split(parts[2], ",")) {
        if (option == "read-only")
            file.read_only = true;
        else if (option == "append")
            file.append = true;
        else if (option == "truncate")
            file.truncate = true;
        else if (option == "graceful")
            file.graceful = true;
        else
            return std::nullopt;
    }
    bool contradicts =
        (file.read_only && (file.append || file.truncate)) || (file.append && file.truncate);
    if (contradicts || !is_normalized_absolute(file.path)) return std::nullopt;
    return file;
}

void read_open_file(Setting& setting, std::vector<OpenFile>& out) {
    if (setting.value.empty()) return out.clear();
    auto text = expanded(setting, setting.value);
    if (!text) return;
    if (auto file = parse_open_file(*text))
        out.push_back(std::move(*file));
    else
        setting.warning(cat("Failed to parse OpenFile= setting, ignoring: ", setting.value));
}

constexpr Directive later_row(std::string_view section, std::string_view name, Support support) {
    return {section, name, support, nullptr, "", "", nullptr, ""};
}

constexpr Directive later_directives[] = {
    later_row("Unit", "WantsMountsFor", Accepted),
    later_row("Unit", "SurviveFinalKillSignal", Accepted),
    later_row("Install", "UpheldBy", Accepted),
    row<&Later::reload_signal, read_signal>("Service", "ReloadSignal", Same),
    row<&Later::restart_steps>("Service", "RestartSteps", Same),
    row<&Later::restart_max_delay>("Service", "RestartMaxDelaySec", Same),
    row<&Later::restart_mode>("Service", "RestartMode", Same),
    row<&Later::open_files, read_open_file>("Service", "OpenFile", Same),
    later_row("Service", "ImportCredential", Accepted),
    later_row("Service", "FileDescriptorStorePreserve", Accepted),
    later_row("Service", "SetLoginEnvironment", Accepted),
    later_row("Service", "RefreshOnReload", Accepted),
    later_row("Service", "LogFilterPatterns", Accepted),
    later_row("Service", "CoredumpReceive", Accepted),
    later_row("Service", "MemoryKSM", Accepted),
    later_row("Service", "MemoryPressureWatch", Accepted),
    later_row("Service", "MemoryPressureThresholdSec", Accepted),
    later_row("Service", "MemoryZSwapMax", Accepted),
    later_row("Service", "MemoryZSwapWriteback", Accepted),
    later_row("Service", "StartupMemoryLow", Accepted),
    later_row("Service", "StartupMemoryHigh", Accepted),
    later_row("Service", "StartupMemoryMax", Accepted),
    later_row("Service", "StartupMemorySwapMax", Accepted),
    later_row("Service", "StartupMemoryZSwapMax", Accepted),
    later_row("Service", "DefaultStartupMemoryLow", Accepted),
    later_row("Service", "DelegateSubgroup", Accepted),
    later_row("Service", "NFTSet", Accepted),
    later_row("Service", "RootEphemeral", Accepted),
    later_row("Service", "RootImagePolicy", Accepted),
    later_row("Service", "MountImagePolicy", Accepted),
    later_row("Service", "ExtensionImagePolicy", Accepted),
    later_row("Service", "ManagedOOMMemoryPressureDurationSec", Accepted),
    later_row("Service", "StateDirectoryAccounting", Accepted),
    later_row("Service", "StateDirectoryQuota", Accepted),
    later_row("Service", "CacheDirectoryAccounting", Accepted),
    later_row("Service", "CacheDirectoryQuota", Accepted),
    later_row("Service", "LogsDirectoryAccounting", Accepted),
    later_row("Service", "LogsDirectoryQuota", Accepted),
    later_row("Service", "DelegateNamespaces", Accepted),
    later_row("Service", "BPFDelegateCommands", Accepted),
    later_row("Service", "BPFDelegateMaps", Accepted),
    later_row("Service", "BPFDelegatePrograms", Accepted),
    later_row("Service", "BPFDelegateAttachments", Accepted),
    later_row("Service", "UserNamespacePath", Protection),
    later_row("Service", "PrivatePIDs", Protection),
    later_row("Service", "PrivateBPF", Protection),
};

} // namespace

std::span<const Directive> later_rows() {
    return later_directives;
}

} // namespace sctl
