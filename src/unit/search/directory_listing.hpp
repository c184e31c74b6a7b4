// The names in a directory that may be files of somebody's: what unit directories, drop-in
// directories and .wants directories are read with.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace sctl {

struct DirectoryItem {
    enum class Kind : unsigned char { File, Link, Directory, Other } kind;
    std::string name;
};

// Sorted by name; "." and ".." left out. `path` is the machine's.
[[nodiscard]] Result<std::vector<DirectoryItem>> list_directory(const std::string& path);

// Hidden files, editors' and dpkg's left-overs ("x.conf.dpkg-old", "x~"): never read as
// configuration.
[[nodiscard]] bool is_hidden_or_backup(std::string_view name);

} // namespace sctl
