// The way to a directory that root is to make, give away or remove, where a part of the path may
// lie in a directory of an unprivileged user: StateDirectory=app app/cache. What that user puts
// there must not lead root elsewhere.
//
// A symbolic link is followed where root made it and no other user could have: it is root's, and so
// is every directory on the way to it, none of them writable by a group or by all. Any other link
// is ENOTDIR, as in systemd. Each part is opened before it is looked at, so nothing can be
// exchanged in between. "Root" is also the user whom we run as.
//
// For a forked child as well: system calls only, and no memory is allocated.
#pragma once

#include <sys/types.h>

#include <optional>

namespace sctl {

// The directory at the absolute `path`, as a descriptor of O_PATH; or the errno value, negated.
// With `mode` what is missing is made, the last directory with this mode, those above with 0755.
[[nodiscard]] int open_trusted_directory(const char* path, std::optional<mode_t> mode) noexcept;

// The directory above the last part of `path`, and where in `path` this part begins. With
// `make_missing` directories that are not there are made, with mode 0755.
struct TrustedParent {
    int directory = -1; // O_PATH, or the errno value, negated
    const char* name = nullptr;
};
[[nodiscard]] TrustedParent open_trusted_parent(const char* path, bool make_missing) noexcept;

} // namespace sctl
