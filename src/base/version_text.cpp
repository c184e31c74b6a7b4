#include "base/version_text.hpp"

#include "base/text.hpp"
#include "base/version.hpp"

namespace sctl {

std::string version_text() {
    // Scripts read "systemd NUMBER (" from the first line.
    return cat("systemd ", systemd_version, " (", systemd_version, ".sctl-", program_version,
               ")\nsctl ", program_version, ": units and services without systemd\n");
}

} // namespace sctl
