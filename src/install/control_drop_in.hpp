// The drop-ins that `systemctl set-property` leaves, one for each property of a unit
// (systemctl(1)): DIRECTORY.control/UNIT.d/50-NAME.conf below /etc, or below /run with --runtime.
#pragma once

#include <string>
#include <string_view>

#include "install/install.hpp"

namespace sctl {

struct ControlDropIn {
    std::string name;    // of the property, as in the file's name
    std::string section; // "Service"
    std::string text;    // lines, without the last one's end
    std::string twin;    // the name of one that says the same setting otherwise; "" for none
};

// Replaces an earlier one of that name, or of the twin's.
[[nodiscard]] Result<void> write_control_drop_in(const InstallPlace& place, std::string_view unit,
                                                 const ControlDropIn& drop_in, bool runtime);

} // namespace sctl
