// The words of systemd's enumerations, for reading settings and for showing them:
// to_text(Restart::No) is "no", from_text<Restart>("always") the opposite.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "unit/config.hpp"
#include "unit/service/service_config.hpp"

namespace sctl {

// `words` stand in the order of the enumerators; `complaint` is what systemd says of another word,
// up to the word itself.
template <class E>
struct EnumText;

template <class E>
[[nodiscard]] constexpr std::string_view to_text(E value) {
    return EnumText<E>::words[static_cast<size_t>(value)];
}

template <class E>
[[nodiscard]] constexpr std::optional<E> from_text(std::string_view word) {
    for (size_t i = 0; i < std::size(EnumText<E>::words); ++i)
        if (EnumText<E>::words[i] == word) return static_cast<E>(i);
    return std::nullopt;
}

#define SCTL_ENUM_TEXT(E, COMPLAINT, ...)                                             \
    template <>                                                                       \
    struct EnumText<E> {                                                              \
        static constexpr std::string_view complaint = COMPLAINT;                      \
        static constexpr auto words = std::to_array<std::string_view>({__VA_ARGS__}); \
    }

SCTL_ENUM_TEXT(DependencyKey, "", "Requires", "Requisite", "Wants", "BindsTo", "PartOf", "Upholds",
               "Conflicts", "Before", "After", "OnSuccess", "OnFailure", "PropagatesReloadTo",
               "ReloadPropagatedFrom", "PropagatesStopTo", "StopPropagatedFrom",
               "JoinsNamespaceOf");

// Without the "Condition" or "Assert" in front.
SCTL_ENUM_TEXT(ConditionType, "", "Architecture", "Firmware", "Virtualization", "Host",
               "KernelCommandLine", "KernelVersion", "Credential", "Environment", "Security",
               "Capability", "ACPower", "NeedsUpdate", "FirstBoot", "PathExists", "PathExistsGlob",
               "PathIsDirectory", "PathIsSymbolicLink", "PathIsMountPoint", "PathIsReadWrite",
               "PathIsEncrypted", "DirectoryNotEmpty", "FileNotEmpty", "FileIsExecutable", "User",
               "Group", "ControlGroupController", "Memory", "CPUs", "CPUFeature", "OSRelease",
               "MemoryPressure", "CPUPressure", "IOPressure");

SCTL_ENUM_TEXT(JobFailureMode, "Failed to parse job mode, ignoring: ", "fail", "replace",
               "replace-irreversibly", "isolate", "flush", "ignore-dependencies",
               "ignore-requirements");
SCTL_ENUM_TEXT(CollectMode, "Failed to parse garbage collection mode, ignoring: ", "inactive",
               "inactive-or-failed");
SCTL_ENUM_TEXT(EmergencyAction, "", "none", "reboot", "reboot-force", "reboot-immediate",
               "poweroff", "poweroff-force", "poweroff-immediate", "exit", "exit-force");

SCTL_ENUM_TEXT(KillConfig::Mode,
               "Failed to parse kill mode specification, ignoring: ", "control-group", "mixed",
               "process", "none");

SCTL_ENUM_TEXT(ExecInput, "Failed to parse input specifier, ignoring: ", "null", "tty", "tty-force",
               "tty-fail", "socket", "fd", "data", "file");
SCTL_ENUM_TEXT(ExecOutput, "Failed to parse output specifier, ignoring: ", "inherit", "null", "tty",
               "kmsg", "kmsg+console", "journal", "journal+console", "socket", "fd", "file",
               "append", "truncate");
SCTL_ENUM_TEXT(DirectoryType, "", "RuntimeDirectory", "StateDirectory", "CacheDirectory",
               "LogsDirectory", "ConfigurationDirectory");
SCTL_ENUM_TEXT(PreserveMode, "Failed to parse runtime directory preserve mode, ignoring: ", "no",
               "yes", "restart");

SCTL_ENUM_TEXT(ServiceType, "Failed to parse service type, ignoring: ", "simple", "exec", "forking",
               "oneshot", "dbus", "notify", "notify-reload", "idle");
SCTL_ENUM_TEXT(Restart, "Failed to parse service restart specifier, ignoring: ", "no", "on-success",
               "on-failure", "on-abnormal", "on-abort", "on-watchdog", "always");
SCTL_ENUM_TEXT(RestartMode, "Failed to parse service restart mode, ignoring: ", "normal", "direct");
SCTL_ENUM_TEXT(NotifyAccess, "Failed to parse notify access specifier, ignoring: ", "none", "main",
               "exec", "all");
SCTL_ENUM_TEXT(ServiceExecCommand, "", "ExecCondition", "ExecStartPre", "ExecStart",
               "ExecStartPost", "ExecReload", "ExecStop", "ExecStopPost");
SCTL_ENUM_TEXT(ExitType, "Failed to parse service exit type, ignoring: ", "main", "cgroup");
SCTL_ENUM_TEXT(TimeoutFailureMode, "Failed to parse timeout failure mode, ignoring: ", "terminate",
               "abort", "kill");
SCTL_ENUM_TEXT(LoadState, "", "stub", "loaded", "not-found", "bad-setting", "error", "merged",
               "masked");

#undef SCTL_ENUM_TEXT

} // namespace sctl
