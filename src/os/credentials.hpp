// What a service manager hands to the program itself: files in $CREDENTIALS_DIRECTORY
// (systemd.exec(5), "Credentials").
#pragma once

#include <string>

#include "base/result.hpp"

namespace sctl {

// ENXIO where we were given none at all, ENOENT where there is no such one, EINVAL for a directory
// that is not an absolute path.
[[nodiscard]] Result<std::string> credential_path(const std::string& name);
[[nodiscard]] Result<std::string> read_credential(const std::string& name);

} // namespace sctl
