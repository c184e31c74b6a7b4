// Links, FIFOs and device nodes: what is made by a name alone, and may have to take the place of
// something else.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.hpp"
#include "tmpfiles/item.hpp"

namespace sctl {

// Without CAP_MKNOD a container's device nodes are its engine's business.
[[nodiscard]] bool may_make_devices();

// `directory` is open by O_PATH, and `name` the last part of the item's path. What is there and is
// not what shall be is replaced if the line has "+", in one step where it is no directory.
[[nodiscard]] Result<void> create_symlink(int directory, const std::string& name, const Item& item);
// `kind` is S_IFIFO, S_IFCHR or S_IFBLK.
[[nodiscard]] Result<void> create_node(int directory, const std::string& name, const Item& item,
                                       mode_t kind);

} // namespace sctl
