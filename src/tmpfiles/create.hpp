// What lines make: files, directories, FIFOs, links, device nodes, copies. Each opens the directory
// that it works in safely (safe_path.hpp) and works from there; what it made or found gets the
// owner and mode that the line names.
#pragma once

#include "base/files.hpp"
#include "base/result.hpp"
#include "tmpfiles/item.hpp"

namespace sctl {

// For the types f F d D v q Q p L c b C; directories above are made where they are missing. What
// is there and is of another type stays, unless the line has "+" or "=".
[[nodiscard]] Result<void> create_item(const Root& root, const Item& item);

// w: writes to the existing file `path`; a file that is not there is none of our business.
[[nodiscard]] Result<void> write_to_file(const Root& root, const Item& item,
                                         const std::string& path);
// e: owner and mode of the existing directory `path`.
[[nodiscard]] Result<void> adjust_directory(const Root& root, const Item& item,
                                            const std::string& path);

} // namespace sctl
