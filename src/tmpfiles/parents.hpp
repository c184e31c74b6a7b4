// The way to what a line makes: directories above it, made where they are missing.
#pragma once

#include <sys/types.h>

#include "base/files.hpp"
#include "base/result.hpp"
#include "tmpfiles/item.hpp"

namespace sctl {

// Makes the directories above the item's path. With "=" in the line, what is there and is no
// directory is removed first, and so is what stands at the path itself and is not of `kind` (one of
// S_IFMT; 0: of any). Without it nothing here fails: opening the directory later does.
[[nodiscard]] Result<void> prepare_parents(const Root& root, const Item& item, mode_t kind);

} // namespace sctl
