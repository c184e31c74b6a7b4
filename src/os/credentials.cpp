#include "os/credentials.hpp"

#include <cerrno>
#include <cstdlib>

#include "base/files.hpp"
#include "base/text.hpp"

namespace sctl {

Result<std::string> credential_path(const std::string& name) {
    const char* directory = getenv("CREDENTIALS_DIRECTORY");
    if (!directory) return errno_error("$CREDENTIALS_DIRECTORY", ENXIO);
    if (!is_normalized_absolute(directory)) return errno_error("$CREDENTIALS_DIRECTORY", EINVAL);
    return cat(directory, "/", name);
}

Result<std::string> read_credential(const std::string& name) {
    auto path = credential_path(name);
    if (!path) return path;
    return read_file(*path);
}

} // namespace sctl
