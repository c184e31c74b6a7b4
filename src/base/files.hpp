// Files, looked at from a root directory: "/" for the machine, DIR for --root=DIR, a temporary
// directory in tests. Reading never blocks: a FIFO or a device where a file should be is an error.
#pragma once

#include <dirent.h>
#include <sys/stat.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace sctl {

struct CloseDirectory {
    void operator()(DIR* directory) const noexcept { closedir(directory); }
};
using DirectoryStream = std::unique_ptr<DIR, CloseDirectory>;

// Whether an error is one of the moment: no descriptor, no memory, a disk that did not answer or is
// full. What failed so says nothing of the file.
[[nodiscard]] bool is_momentary(int code) noexcept;

// Once more where the first try failed for such a reason.
template <class Work>
[[nodiscard]] auto try_twice(Work&& work) {
    auto result = work();
    return result || !is_momentary(result.error().code) ? std::move(result) : work();
}

class Root {
  public:
    Root() = default;
    // `prefix` is an absolute path; a trailing slash does not count, and "/" means none.
    explicit Root(std::string_view prefix);

    // The same with what is in /run/systemd elsewhere, in the directory `run_place`.
    Root(std::string_view prefix, std::string_view run_place);

    // Where the absolute path `path` of this root lies on the machine.
    [[nodiscard]] std::string at(std::string_view path) const;
    // The opposite: `path` as seen inside; unchanged where it does not lie below the prefix.
    [[nodiscard]] std::string_view inside(std::string_view path) const;
    [[nodiscard]] const std::string& prefix() const noexcept { return prefix_; }
    [[nodiscard]] bool is_machine() const noexcept { return prefix_.empty(); }
    [[nodiscard]] const std::string& run_place() const noexcept { return run_place_; }

  private:
    std::string prefix_;    // "" or "/dir", never a slash at the end
    std::string run_place_; // likewise; "" where /run/systemd is where it belongs
};

// Whether something is mounted there, as statx(2) says since Linux 5.8.
[[nodiscard]] inline bool is_mount_root(const struct statx& info) noexcept {
    return (info.stx_attributes & info.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0;
}

// A unit file or the like may have a gigabyte of holes: refused with EFBIG beyond `limit` bytes.
// A directory gives EISDIR, any other thing that is not a regular file EINVAL ("not a regular
// file").
[[nodiscard]] Result<std::string> read_file(const std::string& path, size_t limit = 16u << 20);
// The same for files of /proc and /sys, whose size is not known before they are read.
[[nodiscard]] Result<std::string> read_virtual_file(const std::string& path,
                                                    size_t limit = 1u << 20);
// Standard input to its end, waited for.
[[nodiscard]] Result<std::string> read_standard_input(size_t limit = 16u << 20);
// Writes a new file beside `path` and renames it over it: readers see the old text or the new.
[[nodiscard]] Result<void> write_file_atomically(const std::string& path, std::string_view text,
                                                 mode_t mode = 0644);
// All of `text` to standard output; false where that cannot be written, with errno set.
bool print(std::string_view text);
[[nodiscard]] Result<std::string> read_link(const std::string& path);
// Like mkdir -p: directories that exist are fine. New ones get `mode`, whatever the umask.
[[nodiscard]] Result<void> make_directories(const std::string& path, mode_t mode = 0755);

[[nodiscard]] std::string_view base_name(std::string_view path);
// "/" for "/a", "" where there is no slash.
[[nodiscard]] std::string_view directory_of(std::string_view path);
// Duplicate slashes and "." parts taken out, no slash at the end: systemd's path_simplify.
[[nodiscard]] std::string simplify_path(std::string_view path);
// Absolute, and no ".." part in it.
[[nodiscard]] bool is_normalized_absolute(std::string_view path);

} // namespace sctl
