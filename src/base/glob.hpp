// Files by pattern. glob(3) is not for us: its look at "~" pulls the name service into a static
// program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sctl {

enum class DanglingLinks : unsigned char { LeaveOut, Match };

// The paths that exist and match the absolute `pattern`, sorted. *, ? and [...] match within one
// part of a path, and no leading dot; a backslash takes the meaning away from what follows.
// Directories that cannot be read match nothing.
[[nodiscard]] std::vector<std::string> matching_paths(
    std::string_view pattern, DanglingLinks dangling = DanglingLinks::LeaveOut);

} // namespace sctl
