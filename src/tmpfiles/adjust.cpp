#include "tmpfiles/adjust.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "os/safe_path.hpp"

namespace sctl {
namespace {

constexpr uid_t unchanged = UINT32_MAX;

bool is_unsupported(int error) {
    return error == EOPNOTSUPP || error == ENOTTY || error == ENOSYS || error == EAFNOSUPPORT ||
           error == EPFNOSUPPORT || error == EPROTONOSUPPORT || error == ESOCKTNOSUPPORT;
}

bool hardlinks_are_protected() {
    static const bool is_on = [] {
        auto text = read_virtual_file("/proc/sys/fs/protected_hardlinks");
        return text && trim(*text) != "0";
    }();
    return is_on;
}

bool may_be_anyones(const struct stat& info) {
    return !S_ISDIR(info.st_mode) && info.st_nlink > 1 && !hardlinks_are_protected();
}

Error refused(std::string_view what, const std::string& path) {
    return Error{EPERM,
                 cat("Refusing to set ", what, " on hardlinked file ", path,
                     " while the fs.protected_hardlinks sysctl is turned off."),
                 {}};
}

// chmod(2), since fchmod takes no O_PATH.
Result<void> change_mode(const Inode& inode, mode_t mode) {
    if (S_ISLNK(inode.info.st_mode)) return {};
    if (chmod(path_of_fd(inode.fd).c_str(), mode) == 0) return {};
    return errno_error(cat("fchmod() of ", inode.path, " failed"));
}

template <class T>
T wanted_or(const Wanted<T>& wanted, T current, Creation creation) {
    bool counts = creation == Creation::New || !wanted.only_new;
    return counts ? wanted.value.value_or(current) : current;
}

Result<Acl> acl_of(const Inode& inode, const char* name) {
    char value[65536];
    ssize_t length = getxattr(path_of_fd(inode.fd).c_str(), name, value, sizeof value);
    if (length < 0 && errno == ENODATA) return Acl{};
    if (length < 0) return errno_error(cat("ACL operation on \"", inode.path, "\" failed"));
    return decode_acl({value, static_cast<size_t>(length)});
}

Result<void> set_acl(const Item& item, const Inode& inode, const char* name, const Acl& wanted) {
    Acl acl = wanted;
    // Read anew: a list that has been set shows in the mode.
    struct stat now {};
    if (fstat(inode.fd, &now) < 0)
        return errno_error(cat("ACL operation on \"", inode.path, "\" failed"));
    bool is_access = name == std::string_view("system.posix_acl_access");
    if (item.force) {
        auto current = acl_of(inode, name);
        if (!current) return current.error();
        // Without a list of its own, the mode stands for one.
        if (current->empty() && is_access) add_base_entries(*current, now.st_mode);
        acl = std::move(*current);
        merge_acl(acl, wanted);
        add_mask_if_needed(acl);
    }
    add_base_entries(acl, now.st_mode);
    auto value = encode_acl(acl);
    if (setxattr(path_of_fd(inode.fd).c_str(), name, value.data(), value.size(), 0) == 0) return {};
    return errno_error(cat("Setting ", is_access ? "access" : "default", " ACL \"", to_text(acl),
                           "\" on ", inode.path, " failed"));
}

// Some file systems take no combination of flags, but each alone: as many as possible are set.
Result<void> change_flags(int fd, unsigned value, unsigned mask, unsigned& before,
                          unsigned& after) {
    if (ioctl(fd, FS_IOC_GETFLAGS, &before) < 0) return errno_error("FS_IOC_GETFLAGS");
    unsigned wanted = (before & ~mask) | (value & mask);
    after = before;
    if (wanted == before) return {};
    if (ioctl(fd, FS_IOC_SETFLAGS, &wanted) == 0) {
        if (ioctl(fd, FS_IOC_GETFLAGS, &after) < 0) return errno_error("FS_IOC_GETFLAGS");
        if (after == wanted) return {};
    } else if (errno != EINVAL) {
        return errno_error("FS_IOC_SETFLAGS");
    }
    for (unsigned bit = 1; bit != 0; bit <<= 1) {
        unsigned next = (after & ~(bit & mask)) | (value & bit & mask);
        if (next == after) continue;
        if (ioctl(fd, FS_IOC_SETFLAGS, &next) < 0) {
            if (errno != EINVAL) return errno_error("FS_IOC_SETFLAGS");
            continue;
        }
        if (ioctl(fd, FS_IOC_GETFLAGS, &after) < 0) return errno_error("FS_IOC_GETFLAGS");
    }
    return after == wanted ? Result<void>{} : errno_error("FS_IOC_SETFLAGS", ENOANO);
}

std::string hex(unsigned number) {
    char text[16];
    snprintf(text, sizeof text, "0x%08x", number);
    return text;
}

} // namespace

mode_t masked_mode(mode_t wanted, mode_t current) {
    for (mode_t bits : {0111, 0222, 0444}) {
        if ((current & bits) == 0) wanted &= ~bits;
    }
    return S_ISDIR(current) ? wanted : wanted & 0777;
}

Result<void> set_permissions(const Item& item, const Inode& inode) {
    const auto& info = inode.info;
    if (!item.uid.value && !item.gid.value && !item.mode.value) return {};
    if (may_be_anyones(info)) return refused("permissions", inode.path);
    uid_t uid = wanted_or(item.uid, info.st_uid, inode.creation);
    gid_t gid = wanted_or(item.gid, info.st_gid, inode.creation);
    mode_t current = info.st_mode & 07777;
    mode_t mode = wanted_or(item.mode, current, inode.creation);
    bool mode_counts = item.mode.value && (inode.creation == Creation::New || !item.mode.only_new);
    if (item.mask_mode && mode_counts) mode = masked_mode(mode, info.st_mode);
    bool chown_needed = uid != info.st_uid || gid != info.st_gid;
    bool chmod_needed = mode != current;
    // At no time may the old owner have the rights meant for the new one, nor the new the old's.
    mode_t common = mode & current;
    if (chown_needed && chmod_needed && common != current) {
        auto changed = change_mode(inode, common);
        if (!changed) return changed;
    }
    if (chown_needed && fchownat(inode.fd, "", uid == info.st_uid ? unchanged : uid,
                                 gid == info.st_gid ? unchanged : gid, AT_EMPTY_PATH) < 0)
        return errno_error(cat("fchownat() of ", inode.path, " failed"));
    // A change of owner may take the setuid bits away.
    return chown_needed || chmod_needed ? change_mode(inode, mode) : Result<void>{};
}

Result<void> set_xattrs(const Item& item, const Inode& inode) {
    auto where = path_of_fd(inode.fd);
    for (const auto& [name, value] : item.xattrs) {
        if (setxattr(where.c_str(), name.c_str(), value.data(), value.size(), 0) == 0) continue;
        return errno_error(
            cat("Setting extended attribute ", name, "=", value, " on ", inode.path, " failed"));
    }
    return {};
}

Result<void> set_acls(const Item& item, const Inode& inode) {
    if (may_be_anyones(inode.info)) return refused("ACLs", inode.path);
    if (S_ISLNK(inode.info.st_mode)) return {};
    Result<void> done;
    if (!item.acl_access.empty())
        done = set_acl(item, inode, "system.posix_acl_access", item.acl_access);
    if (done && !item.acl_default.empty() && S_ISDIR(inode.info.st_mode))
        done = set_acl(item, inode, "system.posix_acl_default", item.acl_default);
    return !done && is_unsupported(done.error().code) ? Result<void>{} : done;
}

Result<void> set_attributes(const Item& item, const Inode& inode) {
    if (!item.attributes || item.attributes->mask == 0) return {};
    // A device's driver would get the ioctl, not the file system.
    if (!S_ISREG(inode.info.st_mode) && !S_ISDIR(inode.info.st_mode)) {
        return Error{EINVAL,
                     cat("Setting file flags is only supported on regular files and directories, "
                         "cannot set on '",
                         inode.path, "'."),
                     {}};
    }
    unsigned mask = item.attributes->mask, value = item.attributes->value & mask;
    if (!S_ISDIR(inode.info.st_mode)) value &= ~unsigned{FS_DIRSYNC_FL};
    UniqueFd fd(open(path_of_fd(inode.fd).c_str(), O_RDONLY | O_CLOEXEC | O_NOATIME));
    if (!fd) return errno_error(cat("Failed to re-open '", inode.path, "'"));
    unsigned before = 0, after = 0;
    auto changed = change_flags(fd.get(), value, mask, before, after);
    if (changed || is_unsupported(changed.error().code)) return {};
    if (changed.error().code == ENOANO) {
        log_warning(
            "Cannot set file attributes for '", inode.path,
            "', maybe due to incompatibility in specified attributes, previous=", hex(before),
            ", current=", hex(after), ", expected=", hex((before & ~mask) | value), ", ignoring.");
        return {};
    }
    log_warning(errno_error(cat("Cannot set file attributes for '", inode.path, "', value=",
                                hex(item.attributes->value), ", mask=", hex(mask), ", ignoring"),
                            changed.error().code)
                    .text);
    return {};
}

} // namespace sctl
