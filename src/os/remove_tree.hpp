// rm -rf of a directory that somebody else may write to: no symbolic link in it is followed, and on
// the way to it only root's (trusted_path.hpp), whatever is put in the way while it runs.
#pragma once

#include <string>

#include "base/result.hpp"

namespace sctl {

// Removes `path` and all below it, staying on its file system; one that is not there is fine. Goes
// on past what cannot be removed and returns the first Error.
Result<void> remove_tree(const std::string& path);
// Unlinks the file `path`, if it is one, on the same terms.
void remove_file(const std::string& path);

// The program `sctl-remove [--file] PATH...`, for a manager that must not wait for a disk: removes
// all, those after --file only where they are no directories, and says on stderr what cannot be.
// The exit status.
int run_remove(int argc, char** argv);

} // namespace sctl
