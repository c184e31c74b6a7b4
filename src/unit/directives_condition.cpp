#include "unit/directive_rows.hpp"

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

// "|" then "!" in front of the parameter; an empty value resets the conditions of all types.
template <ConditionType Type, auto List>
void read_condition(Setting& setting) {
    auto& list = setting.unit.unit.*List;
    if (setting.value.empty()) return list.clear();
    Condition condition{Type, false, false, {}};
    auto text = setting.value;
    auto take = [&](char mark) {
        if (!text.starts_with(mark)) return false;
        text.remove_prefix(1);
        return true;
    };
    condition.trigger = take('|');
    condition.negate = take('!');
    auto parameter = expanded(setting, text, takes_path(Type) ? "" : "'");
    if (parameter && takes_path(Type)) parameter = checked_path(setting, *parameter);
    if (!parameter) return;
    condition.parameter = std::move(*parameter);
    list.push_back(std::move(condition));
}

using enum ConditionType;

// `name` is spelled with its list's word in front: the table is searched by it.
template <ConditionType Type, auto List>
constexpr Directive condition(std::string_view name, Support support = Support::Same) {
    return {"Unit", name, support, read_condition<Type, List>, "", "", nullptr, ""};
}

#define SCTL_CONDITION(TYPE)                                     \
    condition<TYPE, &UnitConfig::conditions>("Condition" #TYPE), \
        condition<TYPE, &UnitConfig::asserts>(                   \
            "Asser"                                              \
            "t" #TYPE)

constexpr Directive condition_directives[] = {
    SCTL_CONDITION(Architecture),
    condition<Firmware, &UnitConfig::conditions>(
        "ConditionFirmware"), // systemd 252 has no AssertFirmware=
    SCTL_CONDITION(Virtualization),
    SCTL_CONDITION(Host),
    SCTL_CONDITION(KernelCommandLine),
    SCTL_CONDITION(KernelVersion),
    SCTL_CONDITION(Credential),
    SCTL_CONDITION(Environment),
    SCTL_CONDITION(Security),
    SCTL_CONDITION(Capability),
    SCTL_CONDITION(ACPower),
    SCTL_CONDITION(NeedsUpdate),
    SCTL_CONDITION(FirstBoot),
    SCTL_CONDITION(PathExists),
    SCTL_CONDITION(PathExistsGlob),
    SCTL_CONDITION(PathIsDirectory),
    SCTL_CONDITION(PathIsSymbolicLink),
    SCTL_CONDITION(PathIsMountPoint),
    SCTL_CONDITION(PathIsReadWrite),
    SCTL_CONDITION(PathIsEncrypted),
    SCTL_CONDITION(DirectoryNotEmpty),
    SCTL_CONDITION(FileNotEmpty),
    SCTL_CONDITION(FileIsExecutable),
    SCTL_CONDITION(User),
    SCTL_CONDITION(Group),
    SCTL_CONDITION(ControlGroupController),
    SCTL_CONDITION(Memory),
    SCTL_CONDITION(CPUs),
    SCTL_CONDITION(CPUFeature),
    SCTL_CONDITION(OSRelease),
    SCTL_CONDITION(MemoryPressure),
    SCTL_CONDITION(CPUPressure),
    SCTL_CONDITION(IOPressure),
};
#undef SCTL_CONDITION

} // namespace

std::span<const Directive> condition_rows() {
    return condition_directives;
}

} // namespace sctl
