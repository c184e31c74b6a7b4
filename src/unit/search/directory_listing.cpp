#include "unit/search/directory_listing.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "base/files.hpp"
#include "base/unique_fd.hpp"

namespace sctl {
namespace {

DirectoryItem::Kind kind_of_entry(int directory, const dirent& entry) {
    using enum DirectoryItem::Kind;
    unsigned char type = entry.d_type;
    if (type == DT_UNKNOWN) { // some file systems do not say
        struct stat info {};
        if (fstatat(directory, entry.d_name, &info, AT_SYMLINK_NOFOLLOW) < 0) return Other;
        type = static_cast<unsigned char>(IFTODT(info.st_mode));
    }
    return type == DT_REG ? File : type == DT_LNK ? Link : type == DT_DIR ? Directory : Other;
}

constexpr std::array<std::string_view, 3> not_configuration = {"lost+found", "aquota.user",
                                                               "aquota.group"};
constexpr std::array<std::string_view, 17> backup_suffixes = {
    ".rpmnew",    ".rpmsave",  ".rpmorig",     ".dpkg-old",    ".dpkg-new", ".dpkg-tmp",
    ".dpkg-dist", ".dpkg-bak", ".dpkg-backup", ".dpkg-remove", ".ucf-new",  ".ucf-old",
    ".ucf-dist",  ".swp",      ".bak",         ".old",         ".new"};

Result<std::vector<DirectoryItem>> list_directory_once(const std::string& path) {
    UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return errno_error(path);
    DirectoryStream directory(fdopendir(fd.get()));
    if (!directory) return errno_error(path);
    (void)fd.release(); // the DIR closes it
    std::vector<DirectoryItem> items;
    while (true) {
        errno = 0;
        const dirent* entry = readdir(directory.get());
        if (!entry) break;
        std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        items.push_back({kind_of_entry(dirfd(directory.get()), *entry), std::string(name)});
    }
    if (errno != 0) return errno_error(path);
    std::ranges::sort(items, {}, &DirectoryItem::name);
    return items;
}

} // namespace

Result<std::vector<DirectoryItem>> list_directory(const std::string& path) {
    return try_twice([&] { return list_directory_once(path); });
}

bool is_hidden_or_backup(std::string_view name) {
    if (name.starts_with('.') || name.ends_with('~')) return true;
    return std::ranges::find(not_configuration, name) != not_configuration.end() ||
           std::ranges::any_of(backup_suffixes,
                               [&](std::string_view suffix) { return name.ends_with(suffix); });
}

} // namespace sctl
