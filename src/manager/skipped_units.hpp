// The units that a boot leaves out because they make no sense in a container: consoles, udev, the
// journal and login daemons of systemd, what mounts, checks or tunes the machine. Pulled in by
// another unit they count as started; a person who names one in `systemctl start` gets it.
//
// /etc/sctl/skipped-units changes the list: a pattern a line adds to it, "!PATTERN" takes out, '#'
// begins a comment; the last line that matches decides. A unit that the administrator wrote in /etc
// is never left out by the built-in list.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "unit/config.hpp"

namespace sctl {

class SkippedUnits {
  public:
    // Reads /etc/sctl/skipped-units of `root`; a file that cannot be read is a warning. `boots`:
    // the manager is PID 1, so that nothing has been in use before.
    static SkippedUnits read(const Root& root, bool boots = true);

    // Why `unit` is left out of a boot, as words for the log; nothing where it is not.
    [[nodiscard]] std::optional<std::string_view> reason(const LoadedUnit& unit) const;

    // Whether units that require `unit`, which has no file, start all the same: only systemd's
    // package ships it (syslog.socket), or it is of a type whose units systemd makes without files
    // (mounts, devices, slices).
    [[nodiscard]] bool may_be_missing(const UnitName& unit) const;

    // Whether the generator of that name, one that the system ships, is left out: by the same file,
    // or as one that looks for consoles and disks.
    [[nodiscard]] bool leaves_out_generator(std::string_view name) const;

  private:
    struct Rule {
        std::string pattern;
        bool skip;
    };
    std::vector<Rule> rules_;
    bool is_machine_ = true, boots_ = true;
};

} // namespace sctl
