#include "client/calls/exit_code.hpp"

#include <cstring>

#include "wire/bus_names.hpp"

namespace sctl {

int exit_code_of(const Error& error) {
    static constexpr struct {
        std::string_view name;
        ExitCode code;
    } rows[] = {
        {"org.freedesktop.DBus.Error.AccessDenied", exit_no_permission},
        {"org.freedesktop.systemd1.OnlyByDependency", exit_no_permission},
        {"org.freedesktop.systemd1.NoIsolation", exit_no_permission},
        {"org.freedesktop.systemd1.TransactionIsDestructive", exit_no_permission},
        {"org.freedesktop.systemd1.NoSuchUnit", exit_not_installed},
        {"org.freedesktop.systemd1.JobTypeNotApplicable", exit_not_implemented},
        {"org.freedesktop.DBus.Error.NotSupported", exit_not_implemented},
        {"org.freedesktop.systemd1.LoadFailed", exit_not_configured},
    };
    for (const auto& row : rows) {
        if (row.name == error.name) return row.code;
    }
    return exit_failure;
}

std::string words_of(const Error& error) {
    if (error.name == "org.freedesktop.DBus.Error.AccessDenied") return "Access denied";
    if (error.name.empty() && error.code != 0) return std::strerror(error.code);
    return error.text;
}

} // namespace sctl
