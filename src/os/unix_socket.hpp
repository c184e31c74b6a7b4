// Sockets with a name in the file system. A socket's path is 108 bytes at most, ours may be longer
// (--instance=DIR): it is bound through a descriptor of its directory.
#pragma once

#include <sys/stat.h>

#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sctl {

// A non-blocking, bound socket (`type`: SOCK_STREAM is also put to listen, SOCK_DGRAM) at `path`,
// whose directories are made. What a former owner left there is removed: the caller knows that no
// other manager is alive. EMFILE, EROFS, ENOSPC and the like are Errors.
[[nodiscard]] Result<UniqueFd> bind_unix_socket(const std::string& path, int type, mode_t mode);

} // namespace sctl
