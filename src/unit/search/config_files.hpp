// Configuration in directories of files, as tmpfiles.d(5) and sysusers.d(5) have it: NAME.conf of
// an earlier directory hides the same name in a later one, and a link to /dev/null hides it
// altogether. Files are read in the order of their names.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"

namespace sctl {

// The paths, as seen inside `root`, of the files that count. A directory that cannot be read has
// none.
[[nodiscard]] std::vector<std::string> config_files(const Root& root,
                                                    std::span<const std::string_view> directories);

// The same with `replaced`, the path of a file that need not exist, in its place among them; not in
// the list where an earlier directory has a file of its name.
[[nodiscard]] std::vector<std::string> config_files_with(
    const Root& root, std::span<const std::string_view> directories, std::string_view replaced);

// The path on the machine of a file that somebody named: an absolute `name` is one already, any
// other is looked for in `directories`. ENOENT.
[[nodiscard]] Result<std::string> find_config_file(const Root& root,
                                                   std::span<const std::string_view> directories,
                                                   std::string_view name);

// A path that was typed, seen from the current directory, and simplified.
[[nodiscard]] std::string absolute_path_here(std::string_view path);

struct ConfigLine {
    unsigned number; // from 1
    std::string text;
};
// Lines without white space around them, neither empty nor a comment ("#"). "-" is standard input.
// `path` is the machine's; what is no regular file is an error, save that /dev/null is empty.
[[nodiscard]] Result<std::vector<ConfigLine>> read_config_lines(const std::string& path);

// --cat-config: prints the files' contents, each after a comment with its path on the machine.
// False where one of them cannot be read, which is logged, or where nothing can be printed.
bool print_config(const Root& root, std::span<const std::string_view> directories);

// What is wrong with the file that --replace=PATH names, in systemd's words; null for nothing, and
// where the option was not given ("").
[[nodiscard]] const char* problem_of_replaced_path(std::string_view path);
// Likewise with what stands beside it.
[[nodiscard]] const char* problem_of_replacing(std::string_view path, bool cats_config,
                                               bool has_items);

} // namespace sctl
