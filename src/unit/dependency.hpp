// The kinds of dependency that units have on each other (systemd.unit(5)), with their names and
// inverses. What a kind means for jobs is the graph's (graph/dependency.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sctl {

// In systemd's order. RequiredBy and the other inverses cannot be written in a unit file.
enum class Dependency : uint8_t {
    Requires,
    Requisite,
    Wants,
    BindsTo,
    PartOf,
    Upholds,
    RequiredBy,
    RequisiteOf,
    WantedBy,
    BoundBy,
    ConsistsOf,
    UpheldBy,
    Conflicts,
    ConflictedBy,
    Before,
    After,
    OnSuccess,
    OnSuccessOf,
    OnFailure,
    OnFailureOf,
    Triggers,
    TriggeredBy,
    PropagatesReloadTo,
    ReloadPropagatedFrom,
    PropagatesStopTo,
    StopPropagatedFrom,
    JoinsNamespaceOf,
    References,
    ReferencedBy,
    InSlice,
    SliceOf,
};
inline constexpr size_t dependency_count = static_cast<size_t>(Dependency::SliceOf) + 1;

struct DependencyName {
    Dependency kind;
    std::string_view name; // as the directive and the D-Bus property spell it: "BindsTo"
    Dependency inverse;
};
inline constexpr auto dependency_names = [] {
    using enum Dependency;
    return std::to_array<DependencyName>({
        {Requires, "Requires", RequiredBy},
        {Requisite, "Requisite", RequisiteOf},
        {Wants, "Wants", WantedBy},
        {BindsTo, "BindsTo", BoundBy},
        {PartOf, "PartOf", ConsistsOf},
        {Upholds, "Upholds", UpheldBy},
        {RequiredBy, "RequiredBy", Requires},
        {RequisiteOf, "RequisiteOf", Requisite},
        {WantedBy, "WantedBy", Wants},
        {BoundBy, "BoundBy", BindsTo},
        {ConsistsOf, "ConsistsOf", PartOf},
        {UpheldBy, "UpheldBy", Upholds},
        {Conflicts, "Conflicts", ConflictedBy},
        {ConflictedBy, "ConflictedBy", Conflicts},
        {Before, "Before", After},
        {After, "After", Before},
        {OnSuccess, "OnSuccess", OnSuccessOf},
        {OnSuccessOf, "OnSuccessOf", OnSuccess},
        {OnFailure, "OnFailure", OnFailureOf},
        {OnFailureOf, "OnFailureOf", OnFailure},
        {Triggers, "Triggers", TriggeredBy},
        {TriggeredBy, "TriggeredBy", Triggers},
        {PropagatesReloadTo, "PropagatesReloadTo", ReloadPropagatedFrom},
        {ReloadPropagatedFrom, "ReloadPropagatedFrom", PropagatesReloadTo},
        {PropagatesStopTo, "PropagatesStopTo", StopPropagatedFrom},
        {StopPropagatedFrom, "StopPropagatedFrom", PropagatesStopTo},
        {JoinsNamespaceOf, "JoinsNamespaceOf", JoinsNamespaceOf},
        {References, "References", ReferencedBy},
        {ReferencedBy, "ReferencedBy", References},
        {InSlice, "Slice", SliceOf},
        {SliceOf, "SliceOf", InSlice},
    });
}();
static_assert([] {
    for (size_t i = 0; i < dependency_count; ++i) {
        const DependencyName& row = dependency_names[i];
        if (static_cast<size_t>(row.kind) != i) return false;
        if (dependency_names[static_cast<size_t>(row.inverse)].inverse != row.kind) return false;
    }
    return dependency_names.size() == dependency_count;
}());

[[nodiscard]] constexpr std::string_view to_string(Dependency kind) noexcept {
    return dependency_names[static_cast<size_t>(kind)].name;
}
[[nodiscard]] constexpr Dependency inverse(Dependency kind) noexcept {
    return dependency_names[static_cast<size_t>(kind)].inverse;
}

} // namespace sctl
