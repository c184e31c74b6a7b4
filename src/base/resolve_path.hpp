// Where a path leads, with symbolic links read as they are seen from inside a root: an absolute
// link below --root=DIR stays below DIR, and ".." does not climb out of it.
#pragma once

#include <string>
#include <string_view>

#include "base/files.hpp"
#include "base/result.hpp"

namespace sctl {

enum class LastPart {
    Follow, // the path must exist; what it leads to is no link
    Keep    // only the directories on the way are resolved; the path need not exist
};

// The absolute `path` without links, "." and "..", again as seen inside `root`.
// ENOENT where something is missing, ELOOP after 40 links.
[[nodiscard]] Result<std::string> resolve_path(const Root& root, std::string_view path,
                                               LastPart last = LastPart::Follow);

} // namespace sctl
