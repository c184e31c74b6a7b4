// What the types of units have that the engine does not run: swaps, devices and so on.
// Their sections are not read, so the values are those of a unit that says nothing.
#include "bus/properties/kinds.hpp"
#include "bus/properties/property_rows.hpp"

namespace sctl {
namespace {

using enum Changes;

// A text that is always the same.
template <auto Value>
void text(const BusObject&, Writer& out) {
    out.string(Value());
}

template <Span UnitDefaults::*Timeout>
void default_timeout(const BusObject& o, Writer& out) {
    put(out, o.manager.config().units.*Timeout);
}
constexpr auto start_timeout = default_timeout<&UnitDefaults::timeout_start>;
constexpr auto stop_timeout = default_timeout<&UnitDefaults::timeout_stop>;

// That of the manager's own scope.
std::string scope_oom_policy(const BusObject& o) {
    if (!o.unit->loaded.perpetual) return {};
    const auto* configured = o.manager.config().units.shown_value("OOMPolicy");
    return configured ? std::get<std::string>(*configured) : "stop";
}

constexpr Property swap_rows[] = {
    {"What", "s", Announced},
    {"Priority", "i", Announced, always<int32_t{-1}>},
    {"Options", "s", Announced},
    {"TimeoutUSec", "t", Never, start_timeout},
    {"ControlPID", "u", Announced},
    {"Result", "s", Announced, text<[] { return "success"; }>},
    {"UID", "u", Announced, always<UINT32_MAX>},
    {"GID", "u", Announced, always<UINT32_MAX>},
    {"ExecActivate", "a(sasbttttuii)", Invalidated},
    {"ExecDeactivate", "a(sasbttttuii)", Invalidated},
};
constexpr Property device_rows[] = {
    {"SysFSPath", "s", Announced},
};
constexpr Property scope_rows[] = {
    {"Controller", "s", Announced},
    {"TimeoutStopUSec", "t", Never, stop_timeout},
    {"Result", "s", Announced, text<[] { return "success"; }>},
    {"RuntimeMaxUSec", "t", Never, not_set},
    {"RuntimeRandomizedExtraUSec", "t", Never},
    {"OOMPolicy", "s", Never, of_object<scope_oom_policy>},
};
constexpr Property automount_rows[] = {
    {"Where", "s", Never},
    {"ExtraOptions", "s", Never},
    {"DirectoryMode", "u", Never, always<uint32_t{0755}>},
    {"Result", "s", Announced, text<[] { return "success"; }>},
    {"TimeoutIdleUSec", "t", Never},
};

} // namespace

KindProperties swap_properties() {
    return {swap_rows};
}
KindProperties device_properties() {
    return {device_rows};
}
KindProperties scope_properties() {
    return {scope_rows};
}
KindProperties automount_properties() {
    return {automount_rows};
}

} // namespace sctl
