// Taking away what a line names, or what stands in the way of one that has "+" or "=". Links are
// removed, never followed; mount points are left, and so what they lie in.
#pragma once

#include <string>

#include "base/result.hpp"

namespace sctl {

// All that is in the directory open as `fd` (for reading). The first failure; the rest is removed
// all the same.
[[nodiscard]] Result<void> remove_contents(int fd);
// `name` in `directory`, with what is in it.
[[nodiscard]] Result<void> remove_tree_at(int directory, const std::string& name);
// Whether `name` in `directory` has something mounted on it.
[[nodiscard]] bool is_mount_point(int directory, const std::string& name);

} // namespace sctl
