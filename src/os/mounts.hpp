// What is mounted, as the kernel lists it for us (proc_pid_mountinfo(5)).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sctl {

struct Mount {
    std::string what, type;
    std::string options; // the mount's, then those of the file system that it has besides
};

// The one that is seen at `path`; nothing where none is. `table` is the list's text.
[[nodiscard]] std::optional<Mount> find_mount(std::string_view path, std::string_view table);
[[nodiscard]] std::optional<Mount> find_mount(std::string_view path);

} // namespace sctl
