// Methods on what the engine does not do: transient units, scopes, freezing, another root. They
// find in the arguments what systemd 252 finds, answer as it does where nobody uses the feature,
// and else refuse by name.
#include <cerrno>

#include "base/text.hpp"
#include "bus/methods/method.hpp"
#include "unit/unit_kind.hpp"
#include "unit/values/enum_text.hpp"

namespace sctl {
namespace {

using namespace interface_name;

Error invalid_arguments(std::string text) {
    return error_named(bus_error::invalid_args, std::move(text));
}
Error refusal(std::string text) {
    return error_named(bus_error::not_supported, std::move(text));
}

// --- transient units, scopes ---------------------------------------------------------------------

Result<void> start_transient(MethodCall& call) {
    std::string_view text, mode;
    if (auto read = call.in.read(text, mode); !read) return read;
    auto name = UnitName::parse(text);
    if (!name) return invalid_arguments(cat("Invalid unit name or type: ", text));
    if (!kind_of(name->type()).can_transient)
        return invalid_arguments(
            cat("Unit type ", to_string(name->type()), " does not support transient units."));
    if (!from_text<JobMode>(mode)) return invalid_arguments(cat("Job mode ", mode, " is invalid."));
    return refusal("This manager does not make transient units.");
}

// There is only init.scope, which nobody gives up.
Result<void> abandon_scope(MethodCall& call) {
    auto unit = known_unit(call);
    if (!unit) return unit.error();
    const std::string& name = (*unit)->name().str();
    if (kind_of((*unit)->loaded).interface != scope)
        return invalid_arguments(cat("Unit '", name, "' is not a scope unit, refusing."));
    return Error{EPERM, "Operation not permitted", {}};
}

// --- another root --------------------------------------------------------------------------------

Result<void> switch_root(MethodCall&) {
    return refusal("This manager cannot switch to another root directory.");
}

// --- freezing, snapshots ---------------------------------------------------------------

Result<void> freeze(MethodCall& call) {
    auto unit = known_unit(call);
    if (!unit) return unit.error();
    return refusal(cat("Unit '", (*unit)->name().str(), "' does not support freezing."));
}

Result<void> no_snapshots(MethodCall&) {
    return refusal("Support for snapshots has been removed.");
}

constexpr auto trusted = Access::Trusted;

constexpr Method absent_rows[] = {
    {manager, "StartTransientUnit", "ssa(sv)a(sa(sv))", "o", trusted, start_transient,
     "name mode properties aux job"},
    {manager, "AbandonScope", "s", "", trusted, abandon_scope, "name"},
    {scope, "Abandon", "", "", trusted, abandon_scope},
    {manager, "SwitchRoot", "ss", "", trusted, switch_root, "new_root init", Mark::Privileged},
    {manager, "FreezeUnit", "s", "", trusted, freeze, "name"},
    {manager, "ThawUnit", "s", "", trusted, freeze, "name"},
    {unit, "Freeze", "", "", trusted, freeze},
    {unit, "Thaw", "", "", trusted, freeze},
    {manager, "CreateSnapshot", "sb", "o", trusted, no_snapshots, "", Mark::Hidden},
    {manager, "RemoveSnapshot", "s", "", trusted, no_snapshots, "", Mark::Hidden},
};

} // namespace

std::span<const Method> absent_methods() {
    return absent_rows;
}

} // namespace sctl
