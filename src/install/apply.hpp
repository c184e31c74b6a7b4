// What [Install] asks for, done and undone: the common half of enable, preset, disable and the
// rest. Private to this room.
#pragma once

#include <set>
#include <string>

#include "install/install_unit.hpp"

namespace sctl {

// Where a verb with these flags writes; empty where a user has no run-time directory.
[[nodiscard]] const std::string& config_directory(const InstallPlace& place, InstallFlags flags);

// What became of all units of a context: an errno value, or 0 and how many links [Install] asks
// for.
struct Applied {
    int error = 0;
    size_t links = 0;

    // Counts `other` as well; the first error stays.
    void add(const Applied& other) {
        if (error == 0) error = other.error;
        links += other.links;
    }
};
[[nodiscard]] Applied apply_units(InstallContext& context, InstallFlags flags, FindFlags find,
                                  InstallOutcome& outcome);

// The names of all units of a context whose links are to go. What is masked stays, and is said.
[[nodiscard]] std::set<std::string> names_to_remove(InstallContext& context,
                                                    InstallOutcome& outcome);

} // namespace sctl
