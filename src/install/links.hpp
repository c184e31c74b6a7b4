// Making and removing the links of [Install]. Private to this room.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "install/install.hpp"

namespace sctl {

void add_failure(InstallOutcome& outcome, int error, std::string_view path,
                 std::string_view source = {});

// Makes `path` a link to `target` (both as seen inside the root) unless it is one already. Returns
// 0 or an errno value, which then is among the changes too: EEXIST for a file, or, without `force`,
// for a link to elsewhere.
[[nodiscard]] int make_link(const InstallPlace& place, const std::string& target,
                            const std::string& path, bool force, InstallOutcome& outcome);

// Removes, in `directory` and those below it, each link with a name of `names`, with a template of
// `names`, or that leads to a name or path of `names`; then the links that led to these.
// Directories that become empty go too. Returns 0 or the first errno value. With `dry_run` all
// stays and is only told.
[[nodiscard]] int remove_links(const InstallPlace& place, std::set<std::string>& names,
                               const std::string& directory, InstallOutcome& outcome,
                               bool dry_run = false);

// Whether `path` is there and masks: an empty file, or a link to one or to a device.
[[nodiscard]] bool is_mask(const InstallPlace& place, const std::string& path);
// Removes the file or link at `path` alone. Returns 0, also where it has gone already, or an errno
// value.
[[nodiscard]] int remove_file(const InstallPlace& place, const std::string& path,
                              InstallOutcome& outcome);
// The same for an empty directory.
[[nodiscard]] int remove_directory(const InstallPlace& place, const std::string& path,
                                   InstallOutcome& outcome);

} // namespace sctl
