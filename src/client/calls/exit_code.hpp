// The exit statuses of systemctl (systemctl(1), "Exit status"), which scripts rely on.
#pragma once

#include "base/result.hpp"

namespace sctl {

enum ExitCode : int {
    exit_ok = 0,
    exit_failure = 1,     // also: the unit has not failed (is-failed), is not enabled (is-enabled)
    exit_not_running = 3, // is-active and status of what is inactive
    exit_not_implemented = 3, // a job of this type makes no sense for the unit
    exit_unknown_unit = 4,    // status of a unit that is not there
    exit_no_permission = 4,   // access denied, RefuseManualStart=, no AllowIsolate=
    exit_not_installed = 5,   // no such unit to start or stop
    exit_not_configured = 6,  // the unit could not be loaded
};

// What a verb returns after a call of the manager has failed: it depends on the D-Bus error's name.
[[nodiscard]] int exit_code_of(const Error& error);
// The error in words, as systemctl says it: "Access denied", the reply's text, or that of errno.
[[nodiscard]] std::string words_of(const Error& error);

} // namespace sctl
