#include <algorithm>

#include "unit/settings/directive_rows.hpp"

namespace sctl {
namespace {

constexpr bool takes_path(ConditionType type) {
    using enum ConditionType;
    switch (type) {
        case PathExists:
        case PathExistsGlob:
        case PathIsDirectory:
        case PathIsSymbolicLink:
        case PathIsMountPoint:
        case PathIsReadWrite:
        case PathIsEncrypted:
        case DirectoryNotEmpty:
        case FileNotEmpty:
        case FileIsExecutable:
        case NeedsUpdate: return true;
        default: return false;
    }
}

constexpr std::string_view condition_prefix = "Condition", assert_prefix = "Assert";

constexpr std::optional<ConditionType> type_of(std::string_view name) {
    bool asserts = name.starts_with(assert_prefix);
    return from_text<ConditionType>(
        name.substr((asserts ? assert_prefix : condition_prefix).size()));
}

// "|" then "!" in front of the parameter; an empty value resets the conditions of all types.
void read_condition(Setting& setting) {
    bool asserts = setting.key.starts_with(assert_prefix);
    auto& list = asserts ? setting.unit.unit.asserts : setting.unit.unit.conditions;
    if (setting.value.empty()) return list.clear();
    Condition condition{type_of(setting.key).value(), false, false, {}};
    auto text = setting.value;
    auto take = [&](char mark) {
        if (!text.starts_with(mark)) return false;
        text.remove_prefix(1);
        return true;
    };
    condition.trigger = take('|');
    condition.negate = take('!');
    bool is_path = takes_path(condition.type);
    auto parameter = expanded(setting, text, is_path ? "" : "'");
    if (parameter && is_path) parameter = checked_path(setting, *parameter);
    if (!parameter) return;
    condition.parameter = std::move(*parameter);
    list.push_back(std::move(condition));
}

constexpr Directive condition(std::string_view name) {
    return {name, Support::Same, read_condition};
}

constexpr Directive condition_directives[] = {
    condition("ConditionArchitecture"),
    condition("AssertArchitecture"),
    condition("ConditionFirmware"), // systemd 252 has no AssertFirmware=
    condition("ConditionVirtualization"),
    condition("AssertVirtualization"),
    condition("ConditionHost"),
    condition("AssertHost"),
    condition("ConditionKernelCommandLine"),
    condition("AssertKernelCommandLine"),
    condition("ConditionKernelVersion"),
    condition("AssertKernelVersion"),
    condition("ConditionCredential"),
    condition("AssertCredential"),
    condition("ConditionEnvironment"),
    condition("AssertEnvironment"),
    condition("ConditionSecurity"),
    condition("AssertSecurity"),
    condition("ConditionCapability"),
    condition("AssertCapability"),
    condition("ConditionACPower"),
    condition("AssertACPower"),
    condition("ConditionNeedsUpdate"),
    condition("AssertNeedsUpdate"),
    condition("ConditionFirstBoot"),
    condition("AssertFirstBoot"),
    condition("ConditionPathExists"),
    condition("AssertPathExists"),
    condition("ConditionPathExistsGlob"),
    condition("AssertPathExistsGlob"),
    condition("ConditionPathIsDirectory"),
    condition("AssertPathIsDirectory"),
    condition("ConditionPathIsSymbolicLink"),
    condition("AssertPathIsSymbolicLink"),
    condition("ConditionPathIsMountPoint"),
    condition("AssertPathIsMountPoint"),
    condition("ConditionPathIsReadWrite"),
    condition("AssertPathIsReadWrite"),
    condition("ConditionPathIsEncrypted"),
    condition("AssertPathIsEncrypted"),
    condition("ConditionDirectoryNotEmpty"),
    condition("AssertDirectoryNotEmpty"),
    condition("ConditionFileNotEmpty"),
    condition("AssertFileNotEmpty"),
    condition("ConditionFileIsExecutable"),
    condition("AssertFileIsExecutable"),
    condition("ConditionUser"),
    condition("AssertUser"),
    condition("ConditionGroup"),
    condition("AssertGroup"),
    condition("ConditionControlGroupController"),
    condition("AssertControlGroupController"),
    condition("ConditionMemory"),
    condition("AssertMemory"),
    condition("ConditionCPUs"),
    condition("AssertCPUs"),
    condition("ConditionCPUFeature"),
    condition("AssertCPUFeature"),
    condition("ConditionOSRelease"),
    condition("AssertOSRelease"),
    condition("ConditionMemoryPressure"),
    condition("AssertMemoryPressure"),
    condition("ConditionCPUPressure"),
    condition("AssertCPUPressure"),
    condition("ConditionIOPressure"),
    condition("AssertIOPressure"),
};
static_assert(std::ranges::all_of(condition_directives,
                                  [](const auto& row) { return type_of(row.name).has_value(); }),
              "a row for a type that there is not");

} // namespace

std::span<const Directive> condition_rows() {
    return in_section<condition_directives, Section::Unit>;
}

} // namespace sctl
