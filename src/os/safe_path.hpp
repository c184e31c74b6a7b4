// Opens a path part by part and never follows what somebody without privilege may have put in the
// way: once the walk is in a directory or at a link that is not root's, all that follows must have
// the same owner (systemd's CHASE_SAFE). Each part is opened by O_PATH before it is looked at, so
// nothing can be exchanged in between. Links are read as from inside the root.
#pragma once

#include <sys/stat.h>

#include <string>

#include "base/files.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sctl {

struct OpenedPath {
    UniqueFd fd; // O_PATH
    struct stat info {};
    // A directory on the way can be written to by everybody.
    bool is_open_to_all = false;
};

enum class Trust : unsigned char {
    Owners,    // every step is checked
    LinksOnly, // only steps to a link and from one: for what removes, systemd checks nothing
};

struct WalkRules {
    bool follow_last = false;  // the last part may be a link, and is followed
    bool make_missing = false; // directories that are not there are made, mode 0755
    Trust trust = Trust::Owners;
};

// `path` lies below `root` (as Root::at gives it). ENOLINK, and a text that tells from where to
// where, for a step that is not safe; EINVAL for a path with "..".
[[nodiscard]] Result<OpenedPath> open_safely(const Root& root, const std::string& path,
                                             const WalkRules& rules = {});

// /proc/self/fd/N, for system calls that take no descriptor, or none of O_PATH.
[[nodiscard]] std::string path_of_fd(int fd);

} // namespace sctl
