// What is mounted, as the kernel lists it for us (proc_pid_mountinfo(5)).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sctl {

struct Mount {
    std::string root;  // the directory of the file system that is seen
    std::string point; // where it is seen
    std::string what, type;
    std::string options; // the mount's, then those of the file system that it has besides
};

// All of a list, later ones over those before them; a line that makes no sense is left out. Without
// an argument, of the list as it is now; nothing where it cannot be read.
[[nodiscard]] std::vector<Mount> mounts_of(std::string_view table);
[[nodiscard]] std::vector<Mount> all_mounts();

// The one that is seen at `path`; nothing where none is. `table` is the list's text.
[[nodiscard]] std::optional<Mount> find_mount(std::string_view path, std::string_view table);

} // namespace sctl
