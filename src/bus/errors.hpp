// The D-Bus errors that our objects answer with; where a client decides by the name, it is
// systemd's.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sctl {

namespace bus_error {
inline constexpr std::string_view limits_exceeded = "org.freedesktop.DBus.Error.LimitsExceeded";
inline constexpr std::string_view access_denied = "org.freedesktop.DBus.Error.AccessDenied";
inline constexpr std::string_view failed = "org.freedesktop.DBus.Error.Failed";
inline constexpr std::string_view invalid_args = "org.freedesktop.DBus.Error.InvalidArgs";
inline constexpr std::string_view no_memory = "org.freedesktop.DBus.Error.NoMemory";
inline constexpr std::string_view not_supported = "org.freedesktop.DBus.Error.NotSupported";
inline constexpr std::string_view property_read_only =
    "org.freedesktop.DBus.Error.PropertyReadOnly";
inline constexpr std::string_view unknown_interface = "org.freedesktop.DBus.Error.UnknownInterface";
inline constexpr std::string_view unknown_method = "org.freedesktop.DBus.Error.UnknownMethod";
inline constexpr std::string_view unknown_object = "org.freedesktop.DBus.Error.UnknownObject";
inline constexpr std::string_view unknown_property = "org.freedesktop.DBus.Error.UnknownProperty";
inline constexpr std::string_view no_owner = "org.freedesktop.DBus.Error.NameHasNoOwner";
inline constexpr std::string_view no_such_unit = "org.freedesktop.systemd1.NoSuchUnit";
inline constexpr std::string_view no_such_dynamic_user =
    "org.freedesktop.systemd1.NoSuchDynamicUser";
inline constexpr std::string_view no_such_job = "org.freedesktop.systemd1.NoSuchJob";
inline constexpr std::string_view no_unit_for_pid = "org.freedesktop.systemd1.NoUnitForPID";
inline constexpr std::string_view no_unit_for_invocation_id =
    "org.freedesktop.systemd1.NoUnitForInvocationID";
inline constexpr std::string_view not_referenced = "org.freedesktop.systemd1.NotReferenced";
} // namespace bus_error

[[nodiscard]] inline Error error_named(std::string_view name, std::string text) {
    return Error{0, std::move(text), std::string(name)};
}

// The name for an Error that brings none: from its errno, as libsystemd maps them.
[[nodiscard]] std::string error_name(const Error& error);

} // namespace sctl
