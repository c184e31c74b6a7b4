#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <cerrno>

#include "base/text.hpp"
#include "unit/condition/condition.hpp"

namespace sctl {
namespace {

namespace fs = boost::filesystem;

std::optional<struct stat> look(const std::string& path) {
    struct stat found;
    if (stat(path.c_str(), &found) != 0) return std::nullopt;
    return found;
}

// The texts that "a{b,c}d" stands for; braces may be nested.
std::vector<std::string> without_braces(const std::string& pattern) {
    auto open = pattern.find('{');
    if (open == pattern.npos) return {pattern};
    std::vector<size_t> cuts = {open};
    int depth = 0;
    for (size_t i = open; i < pattern.size(); ++i) {
        if (pattern[i] == '{') ++depth;
        if (pattern[i] == ',' && depth == 1) cuts.push_back(i);
        if (pattern[i] != '}' || --depth) continue;
        cuts.push_back(i);
        std::vector<std::string> texts;
        for (size_t n = 0; n + 1 < cuts.size(); ++n) {
            auto choice = pattern.substr(cuts[n] + 1, cuts[n + 1] - cuts[n] - 1);
            for (auto& text :
                 without_braces(cat(pattern.substr(0, open), choice, pattern.substr(i + 1))))
                texts.push_back(std::move(text));
        }
        return texts;
    }
    return {pattern}; // not closed: an ordinary character
}

// Whether there is a path below `directory` (which ends in no slash) for the parts of a pattern
// from `index` on. glob(3) is not used: it would bring getpwnam into the static program.
bool glob_finds(const std::string& directory, const std::vector<std::string_view>& parts,
                size_t index) {
    if (index == parts.size()) {
        struct stat found;
        return lstat(directory.empty() ? "/" : directory.c_str(), &found) == 0;
    }
    auto part = parts[index];
    if (!is_glob(part)) return glob_finds(cat(directory, '/', part), parts, index + 1);
    boost::system::error_code failed;
    fs::directory_iterator at(directory.empty() ? "/" : directory, failed), end;
    for (; !failed && at != end; at.increment(failed)) {
        auto name = at->path().filename().string();
        if (name.starts_with('.') && !part.starts_with('.')) continue;
        if (matches_glob(part, name) && glob_finds(cat(directory, '/', name), parts, index + 1))
            return true;
    }
    return false;
}

bool glob_exists(const std::string& pattern, const Root& root) {
    for (const auto& text : without_braces(pattern))
        if (glob_finds(root.prefix(), split(text, "/"), 0)) return true;
    return false;
}

bool is_mount_point(const std::string& path) {
    struct statx found;
    if (statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT, STATX_TYPE, &found) != 0) return false;
    if (found.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) return is_mount_root(found);
    auto here = look(path), above = look(path + "/.."); // kernels before 5.8
    return here && above && (here->st_dev != above->st_dev || here->st_ino == above->st_ino);
}

bool is_read_only(const std::string& path) {
    struct statvfs found;
    if (statvfs(path.c_str(), &found) == 0 && (found.f_flag & ST_RDONLY)) return true;
    return access(path.c_str(), W_OK) != 0 && errno == EROFS;
}

// Whether a block device, or one of those that it is made of, is an encrypted volume.
bool is_encrypted_device(const Root& root, dev_t device, int depth = 8) {
    auto directory = root.at(cat("/sys/dev/block/", major(device), ":", minor(device)));
    if (read_virtual_file(directory + "/dm/uuid").value_or("").starts_with("CRYPT-")) return true;
    if (depth == 0) return false;
    boost::system::error_code failed;
    for (fs::directory_iterator at(directory + "/slaves", failed), end; !failed && at != end;
         at.increment(failed)) {
        auto number = read_virtual_file(at->path().string() + "/dev").value_or("");
        auto parts = split(trim(number), ":");
        auto high = parts.size() == 2 ? parse_number<unsigned>(parts[0]) : std::nullopt;
        auto low = parts.size() == 2 ? parse_number<unsigned>(parts[1]) : std::nullopt;
        if (high && low && is_encrypted_device(root, makedev(*high, *low), depth - 1)) return true;
    }
    return false;
}

// A directory with something in it that is neither hidden nor a backup.
bool has_entries(const std::string& path) {
    boost::system::error_code failed;
    for (fs::directory_iterator at(path, failed), end; !failed && at != end; at.increment(failed)) {
        auto name = at->path().filename().string();
        if (!name.starts_with('.') && !name.ends_with('~')) return true;
    }
    // What is there and cannot be read may hold something.
    return failed && failed.value() != ENOENT && failed.value() != ENOTDIR;
}

// /usr is newer than what was last made from it. A read-only file system needs no update.
bool needs_update(const std::string& path, const Root& root) {
    auto directory = root.at(path);
    if (is_read_only(directory)) return false;
    struct stat updated;
    auto usr = look(root.at("/usr/"));
    if (lstat((directory + "/.updated").c_str(), &updated) != 0 || !usr) return true;
    auto later = [](const timespec& a, const timespec& b) {
        return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
    };
    return later(usr->st_mtim, updated.st_mtim);
}

} // namespace

std::optional<bool> path_condition_holds(ConditionType type, const std::string& path,
                                         const Root& root) {
    using enum ConditionType;
    auto where = root.at(path);
    switch (type) {
        case PathExists: return access(where.c_str(), F_OK) == 0;
        case PathExistsGlob: return glob_exists(path, root);
        case PathIsDirectory: {
            auto found = look(where);
            return found && S_ISDIR(found->st_mode);
        }
        case PathIsSymbolicLink: {
            struct stat link;
            return lstat(where.c_str(), &link) == 0 && S_ISLNK(link.st_mode);
        }
        case PathIsMountPoint: return is_mount_point(where);
        case PathIsReadWrite: return access(where.c_str(), F_OK) == 0 && !is_read_only(where);
        case PathIsEncrypted: {
            auto found = look(where);
            return found && is_encrypted_device(
                                root, S_ISBLK(found->st_mode) ? found->st_rdev : found->st_dev);
        }
        case DirectoryNotEmpty: return has_entries(where);
        case FileNotEmpty: {
            auto found = look(where);
            return found && S_ISREG(found->st_mode) && found->st_size > 0;
        }
        case FileIsExecutable: {
            auto found = look(where);
            return found && S_ISREG(found->st_mode) && (found->st_mode & 0111);
        }
        case NeedsUpdate: return needs_update(path, root);
        default: return std::nullopt;
    }
}

} // namespace sctl
