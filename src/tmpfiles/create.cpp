#include "tmpfiles/create.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.hpp"
#include "base/text.hpp"
#include "os/safe_path.hpp"
#include "tmpfiles/adjust.hpp"
#include "tmpfiles/copy_tree.hpp"
#include "tmpfiles/create_nodes.hpp"
#include "tmpfiles/parents.hpp"

namespace sctl {
namespace {

// Where a line works: the directory, open, and the name in it.
struct Place {
    UniqueFd directory; // O_PATH
    std::string name;
};

Result<Place> open_place(const Root& root, const Item& item, const std::string& path) {
    auto ignoring = item.allow_failure ? ", ignoring" : "";
    if (!is_normalized_absolute(path)) {
        return Error{
            EINVAL,
            cat("Failed to open parent of '", path, "': path not normalized", ignoring, "."),
            {}};
    }
    bool is_top = root.inside(path) == "/";
    std::string above(is_top ? "/" : directory_of(path));
    auto opened = open_safely(root, above, {.follow_last = true});
    if (opened) return Place{std::move(opened->fd), std::string(base_name(path))};
    if (opened.error().code == ENOLINK) return opened.error();
    return errno_error(cat("Failed to open path '", above, "'", ignoring), opened.error().code);
}

Result<void> write_argument(const Item& item, int fd, const std::string& path) {
    std::string_view rest = item.argument ? *item.argument : std::string_view();
    while (!rest.empty()) {
        ssize_t put = write(fd, rest.data(), rest.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return errno_error(cat("Failed to write file \"", path, "\""));
        rest.remove_prefix(static_cast<size_t>(put));
    }
    return {};
}

Result<struct stat> status_of(int fd, const std::string& path) {
    struct stat info {};
    if (fstat(fd, &info) < 0) return errno_error(cat("stat(", path, ") failed"));
    return info;
}

Error not_regular(const std::string& path) {
    return Error{EEXIST, cat(path, " exists and is not a regular file."), {}};
}

Result<void> create_file(const Place& place, const Item& item) {
    constexpr int flags =
        O_CREAT | O_EXCL | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_WRONLY | O_NOCTTY;
    int at = place.directory.get();
    UniqueFd fd(openat(at, place.name.c_str(), flags, item.mode_for_new()));
    bool is_new = fd.valid();
    if (!is_new) {
        if (errno != EEXIST) return errno_error(cat("Failed to create file ", item.path));
        fd.reset(openat(at, place.name.c_str(), O_NOFOLLOW | O_CLOEXEC | O_PATH));
        if (!fd) return errno_error(cat("Failed to re-open file ", item.path));
    }
    auto info = status_of(fd.get(), item.path);
    if (!info) return info.error();
    if (!S_ISREG(info->st_mode)) return not_regular(item.path);
    if (is_new) {
        auto written = write_argument(item, fd.get(), item.path);
        if (!written) return written;
    }
    return set_permissions(
        item, {fd.get(), item.path, *info, is_new ? Creation::New : Creation::Existing});
}

struct OpenedFile {
    UniqueFd fd;
    Creation creation = Creation::Existing;
    bool read_only = false; // opened by O_PATH only: its file system cannot be written to
};

Result<OpenedFile> open_to_truncate(const Place& place, const Item& item) {
    constexpr int flags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_WRONLY | O_NOCTTY;
    const char* name = place.name.c_str();
    int at = place.directory.get();
    OpenedFile file;
    file.fd.reset(openat(at, name, flags));
    if (!file.fd && errno == ENOENT) {
        file.creation = Creation::New;
        file.fd.reset(openat(at, name, flags | O_CREAT, item.mode_for_new()));
    }
    if (file.fd) return file;
    if (errno != EROFS) return errno_error(cat("Failed to open/create file ", item.path));
    // One that is empty already, and has the right owner and mode, is good enough.
    file.read_only = true;
    file.creation = Creation::Existing;
    file.fd.reset(openat(at, name, O_NOFOLLOW | O_CLOEXEC | O_PATH));
    if (file.fd) return file;
    if (errno != ENOENT) return errno_error(cat("Failed to re-open file ", item.path));
    return Error{EROFS, cat("Cannot create file ", item.path, " on a read-only file system."), {}};
}

Result<void> truncate_file(const Place& place, const Item& item) {
    auto file = open_to_truncate(place, item);
    if (!file) return file.error();
    int fd = file->fd.get();
    auto info = status_of(fd, item.path);
    if (!info) return info.error();
    if (!S_ISREG(info->st_mode)) return not_regular(item.path);
    if (info->st_size > 0 && ftruncate(fd, 0) < 0)
        return errno_error(cat("Failed to truncate file ", item.path),
                           file->read_only ? EROFS : errno);
    auto written = write_argument(item, fd, item.path);
    if (!written) return written;
    return set_permissions(item, {fd, item.path, *info, file->creation});
}

Result<void> create_directory(const Place& place, const Item& item) {
    int at = place.directory.get();
    bool is_new = mkdirat(at, place.name.c_str(), item.mode_for_new()) == 0;
    int error = errno;
    UniqueFd fd(openat(at, place.name.c_str(), O_NOFOLLOW | O_CLOEXEC | O_DIRECTORY | O_PATH));
    if (!fd && errno == ENOTDIR) {
        log_warning("\"", item.path, "\" already exists and is not a directory.");
        return {};
    }
    if (!fd && !is_new) {
        return errno_error(cat("Failed to create directory or subvolume \"", item.path, "\"",
                               item.allow_failure ? ", ignoring" : ""),
                           error);
    }
    if (!fd) {
        return errno_error(
            cat("Failed to open directory/subvolume we just created '", item.path, "'"));
    }
    struct stat info {};
    if (fstat(fd.get(), &info) < 0) return errno_error(cat("Failed to fstat(", item.path, ")"));
    return set_permissions(
        item, {fd.get(), item.path, info, is_new ? Creation::New : Creation::Existing});
}

Result<void> copy_files(const Place& place, const Item& item) {
    int at = place.directory.get();
    const auto& source = *item.argument;
    auto copied = copy_tree(source, at, place.name, {item.uid.value, item.gid.value});
    // On a read-only file system that which exists is said to be that, too.
    struct stat there {};
    bool exists = fstatat(at, place.name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0;
    if (!copied && !(copied.error().code == EEXIST || (copied.error().code == EROFS && exists)))
        return errno_error(cat("Failed to copy files to ", item.path), copied.error().code);
    UniqueFd fd(openat(at, place.name.c_str(), O_NOFOLLOW | O_CLOEXEC | O_PATH));
    if (!fd) return errno_error(cat("Failed to openat(", item.path, ")"));
    struct stat info {
    }, from{};
    if (fstat(fd.get(), &info) < 0) return errno_error(cat("Failed to fstat(", item.path, ")"));
    if (stat(source.c_str(), &from) < 0) return errno_error(cat("Failed to stat(", source, ")"));
    if (((info.st_mode ^ from.st_mode) & S_IFMT) != 0) return {};
    return set_permissions(item, {fd.get(), item.path, info, Creation::New});
}

mode_t kind_of(ItemType type) {
    if (creates_directory(type)) return S_IFDIR;
    switch (type) {
        case ItemType::CreateFifo: return S_IFIFO;
        case ItemType::CreateSymlink: return S_IFLNK;
        case ItemType::CreateCharDevice: return S_IFCHR;
        case ItemType::CreateBlockDevice: return S_IFBLK;
        case ItemType::CopyFiles: return 0; // whatever the source is
        default: return S_IFREG;
    }
}

bool is_device(ItemType type) {
    return type == ItemType::CreateCharDevice || type == ItemType::CreateBlockDevice;
}

} // namespace

Result<void> create_item(const Root& root, const Item& item) {
    if (is_device(item.type) && !may_make_devices()) return {};
    auto prepared = prepare_parents(root, item, kind_of(item.type));
    if (!prepared) return prepared;
    auto place = open_place(root, item, item.path);
    if (!place) return place.error();
    if (creates_directory(item.type)) return create_directory(*place, item);
    bool truncates = item.type == ItemType::TruncateFile || item.force;
    switch (item.type) {
        case ItemType::CreateFile:
        case ItemType::TruncateFile:
            return truncates ? truncate_file(*place, item) : create_file(*place, item);
        case ItemType::CopyFiles: return copy_files(*place, item);
        case ItemType::CreateSymlink:
            return create_symlink(place->directory.get(), place->name, item);
        default: return create_node(place->directory.get(), place->name, item, kind_of(item.type));
    }
}

Result<void> write_to_file(const Root& root, const Item& item, const std::string& path) {
    auto place = open_place(root, item, path);
    if (!place) return place.error();
    int flags = O_NONBLOCK | O_CLOEXEC | O_WRONLY | O_NOCTTY | (item.force ? O_APPEND : 0);
    UniqueFd fd(openat(place->directory.get(), place->name.c_str(), flags));
    if (!fd && (errno == ENOENT || item.allow_failure)) return {};
    if (!fd) return errno_error(cat("Failed to open file \"", path, "\""));
    auto written = write_argument(item, fd.get(), path);
    if (!written) return written;
    auto info = status_of(fd.get(), path);
    if (!info) return info.error();
    return set_permissions(item, {fd.get(), path, *info});
}

Result<void> adjust_directory(const Root& root, const Item& item, const std::string& path) {
    auto opened = open_safely(root, path, {.follow_last = true});
    if (!opened) {
        int error = opened.error().code;
        if (error == ENOENT) return {};
        if (error == ENOLINK) return opened.error();
        return errno_error(cat("Failed to open directory '", path, "'"), error);
    }
    if (!S_ISDIR(opened->info.st_mode)) {
        log_warning("'", path, "' already exists and is not a directory.");
        return {};
    }
    return set_permissions(item, {opened->fd.get(), path, opened->info});
}

} // namespace sctl
