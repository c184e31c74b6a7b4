// What lines do to an inode that is there: owner and mode, extended attributes, access lists, file
// attributes. Always through a descriptor opened by O_PATH, so that what was looked at is what is
// changed.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "tmpfiles/item.hpp"

namespace sctl {

enum class Creation : uint8_t { Existing, New };

struct Inode {
    int fd; // O_PATH
    const std::string& path;
    const struct stat& info;
    Creation creation = Creation::Existing;
};

// Each tells what failed in one Error; what is not supported by the file system is no failure.
// A file with several names is refused where fs.protected_hardlinks is off: it may be anyone's.
using Adjustment = Result<void> (*)(const Item& item, const Inode& inode);
[[nodiscard]] Result<void> set_permissions(const Item& item, const Inode& inode);
[[nodiscard]] Result<void> set_xattrs(const Item& item, const Inode& inode);
[[nodiscard]] Result<void> set_acls(const Item& item, const Inode& inode);
[[nodiscard]] Result<void> set_attributes(const Item& item, const Inode& inode);

// The mode "~MODE" gives an inode that has the mode `current`.
[[nodiscard]] mode_t masked_mode(mode_t wanted, mode_t current);

} // namespace sctl
