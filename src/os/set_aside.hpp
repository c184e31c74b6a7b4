// What goes at the end of a service, without waiting for a disk or for another user's processes
// there: a directory is moved out of the way, whatever lies in it, and a file
// is unlinked, but only where the way there leads over directories of local file systems that the
// caller names. All else is left to a process of its own (`sctl-remove`).
#pragma once

#include <string>

#include "base/result.hpp"

namespace sctl {

// Moves what `path` names into the directory `place`, which is made, and returns where it lies now.
// ENOENT where nothing is there. Another Error where the way leads over a link, a mount of its own
// or a directory that others may write to: nothing has been done.
[[nodiscard]] Result<std::string> set_aside(const std::string& path, const std::string& place);

// Removes a directory with a few files in it, or a file or link; false where there is more to do.
[[nodiscard]] bool remove_little(const std::string& path);

// Unlinks a file on the file systems of "/" and of `beside`. As above; a directory that others may
// write to is no reason not to.
[[nodiscard]] Result<void> unlink_at_once(const std::string& path, const std::string& beside);

} // namespace sctl
