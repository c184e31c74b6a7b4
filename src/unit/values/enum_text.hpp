// The words of systemd's enumerations, for reading settings and for showing them:
// to_text(Restart::No) is "no", from_text<Restart>("always") the opposite.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "unit/config.hpp"

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

template <size_t Count>
[[nodiscard]] constexpr bool are_distinct(const std::array<std::string_view, Count>& words) {
    for (size_t i = 0; i < Count; ++i)
        for (size_t k = 0; k < i; ++k)
            if (words[i] == words[k]) return false;
    return true;
}

// LAST is the last enumerator: there must be a word for each, and each must have its own. Those of
// a kind's own settings stand with them.
#define SCTL_ENUM_TEXT(E, LAST, COMPLAINT, ...)                                       \
    template <>                                                                       \
    struct EnumText<E> {                                                              \
        static constexpr std::string_view complaint = COMPLAINT;                      \
        static constexpr auto words = std::to_array<std::string_view>({__VA_ARGS__}); \
        static_assert(words.size() == static_cast<size_t>(E::LAST) + 1);              \
        static_assert(are_distinct(words));                                           \
    }

// Without the "Condition" or "Assert" in front.
SCTL_ENUM_TEXT(ConditionType, IOPressure, "", "Architecture", "Firmware", "Virtualization", "Host",
               "KernelCommandLine", "KernelVersion", "Credential", "Environment", "Security",
               "Capability", "ACPower", "NeedsUpdate", "FirstBoot", "PathExists", "PathExistsGlob",
               "PathIsDirectory", "PathIsSymbolicLink", "PathIsMountPoint", "PathIsReadWrite",
               "PathIsEncrypted", "DirectoryNotEmpty", "FileNotEmpty", "FileIsExecutable", "User",
               "Group", "ControlGroupController", "Memory", "CPUs", "CPUFeature", "OSRelease",
               "MemoryPressure", "CPUPressure", "IOPressure");

SCTL_ENUM_TEXT(JobMode, Triggering, "Failed to parse job mode, ignoring: ", "fail", "replace",
               "replace-irreversibly", "isolate", "flush", "ignore-dependencies",
               "ignore-requirements", "triggering");
SCTL_ENUM_TEXT(CollectMode, InactiveOrFailed,
               "Failed to parse garbage collection mode, ignoring: ", "inactive",
               "inactive-or-failed");
SCTL_ENUM_TEXT(EmergencyAction, ExitForce, "", "none", "reboot", "reboot-force", "reboot-immediate",
               "poweroff", "poweroff-force", "poweroff-immediate", "exit", "exit-force");

SCTL_ENUM_TEXT(KillConfig::Mode, None,
               "Failed to parse kill mode specification, ignoring: ", "control-group", "mixed",
               "process", "none");

SCTL_ENUM_TEXT(ExecInput, File, "Failed to parse input specifier, ignoring: ", "null", "tty",
               "tty-force", "tty-fail", "socket", "fd", "data", "file");
SCTL_ENUM_TEXT(ExecOutput, FileTruncate, "Failed to parse output specifier, ignoring: ", "inherit",
               "null", "tty", "kmsg", "kmsg+console", "journal", "journal+console", "socket", "fd",
               "file", "append", "truncate");
SCTL_ENUM_TEXT(DirectoryType, Configuration, "", "RuntimeDirectory", "StateDirectory",
               "CacheDirectory", "LogsDirectory", "ConfigurationDirectory");
SCTL_ENUM_TEXT(PreserveMode, Restart,
               "Failed to parse runtime directory preserve mode, ignoring: ", "no", "yes",
               "restart");

SCTL_ENUM_TEXT(LoadState, Masked, "", "stub", "loaded", "not-found", "bad-setting", "error",
               "merged", "masked");

} // namespace sctl
