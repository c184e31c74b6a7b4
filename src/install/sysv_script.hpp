// One script of /etc/init.d as a service: what its comments say (the LSB header of
// systemd-sysv-generator(8), or the older "# description:" and "# pidfile:") and the unit that
// systemd makes of it.
//
//   # Provides: web $mail-transport-agent    an alias web.service; wants and precedes the target
//   # Required-Start: $network db            after network-online.target, which it wants, and db
//   # X-Start-Before: cron                   before cron.service
//
// Stop lists and run levels in the header mean nothing here: the links in /etc/rcN.d decide.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sctl {

// About one script, with its file and line.
using SysvWarning = std::function<void(std::string_view text)>;

struct SysvScript {
    std::string unit;        // "exim4.service"
    std::string path;        // "/etc/init.d/exim4"
    std::string description; // with "LSB: " or "SYSV: " before it; may be empty
    std::string pid_file;
    std::vector<std::string> before, after, wants; // units, in the order of the script
    std::vector<std::string> aliases;
    std::vector<std::string> wanted_by;
    bool has_lsb_header = false;
    bool can_reload = false;
    int priority = -1; // of its links, "S20exim4"; -1: none
};

// "exim4.service" for "exim4" and "exim4.sh"; empty where it cannot be the name of a service.
[[nodiscard]] std::string sysv_unit_name(std::string_view script);

// Adds what `text`, the contents of the script at `script.path`, says to `script`.
void read_sysv_script(std::string_view text, SysvScript& script, const SysvWarning& warn);

// The text of its unit file.
[[nodiscard]] std::string sysv_unit_text(const SysvScript& script);

} // namespace sctl
