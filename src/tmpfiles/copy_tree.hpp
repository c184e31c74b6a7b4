// A file or a directory with all that is in it, copied: content, modes, times, user.* attributes,
// links as links, hard links within the tree as such.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/result.hpp"

namespace sctl {

// Who shall own the copies; what is not named here is taken from the original.
struct CopyOwner {
    std::optional<uid_t> uid;
    std::optional<gid_t> gid;
};

// Copies `source` to `name` in `directory` (open by O_PATH). A directory may be there if it is
// empty, and keeps its owner and mode; anything else is EEXIST. What cannot be copied is left out,
// and its error returned when all else has been.
[[nodiscard]] Result<void> copy_tree(const std::string& source, int directory,
                                     const std::string& name, const CopyOwner& owner);

} // namespace sctl
