// rm -rf of a directory that somebody else may write to: no symbolic link in it is followed, and on
// the way to it only root's (trusted_path.hpp), whatever is put in the way while it runs. However
// deep it is, a bounded number of descriptors is open. What is mounted in it is left, and so what
// it lies in, which fails with ENOTEMPTY.
#pragma once

#include <string>

#include "base/result.hpp"

namespace sctl {

// Removes `path` and all below it; one that is not there is fine. Goes on past what cannot be
// removed and returns the first Error.
Result<void> remove_tree(const std::string& path);
// The same of `name` in the directory that is open as `directory`.
[[nodiscard]] Result<void> remove_tree_at(int directory, const std::string& name);
// All that is in the directory that is open for reading as `fd`, but not itself.
[[nodiscard]] Result<void> remove_contents(int fd);
// Unlinks the file `path`, if it is one, on the same terms.
void remove_file(const std::string& path);

// The program `sctl-remove [--file] PATH...`, for a manager that must not wait for a disk: removes
// all, those after --file only where they are no directories, and says on stderr what cannot be.
// The exit status.
int run_remove(int argc, char** argv);

} // namespace sctl
