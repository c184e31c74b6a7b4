// enable, disable and is-enabled of a service that has a script in /etc/init.d: systemctl(1) hands
// these to the distribution's own program, systemd-sysv-install(8), whether or not there is a unit
// of that name as well. Where systemd's package is not installed, Debian's update-rc.d does the
// same.
#pragma once

#include <string_view>
#include <vector>

#include "client/calls/session.hpp"

namespace sctl {

enum class SysvOutcome : unsigned char {
    Nothing, // no name was a script's alone
    Enabled, // of is-enabled: one is
    Done,    // what names are left, if any, are for the verb itself
    Failed,  // the program has said why
};

// Takes the names that are scripts only out of `names`. Asks nobody but the files.
[[nodiscard]] SysvOutcome hand_to_sysv_install(Session& session, std::string_view verb,
                                               std::vector<std::string>& names);

} // namespace sctl
