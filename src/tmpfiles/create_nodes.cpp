#include "tmpfiles/create_nodes.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <functional>

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "os/remove_tree.hpp"
#include "tmpfiles/adjust.hpp"

namespace sctl {
namespace {

// Makes something under the name that it is given; 0, or -1 and errno.
using Make = std::function<int(const char* name)>;

// Makes it under another name and renames it over what is there; a directory has to be removed
// first.
Result<void> make_in_place(int directory, const std::string& name, const Make& make) {
    for (unsigned attempt = 0;; ++attempt) {
        auto temporary = cat(".#", name.substr(0, NAME_MAX - 32), ".", getpid(), "-", attempt);
        if (make(temporary.c_str()) < 0) {
            if (errno == EEXIST && attempt < 100) continue;
            return errno_error(name);
        }
        if (renameat(directory, temporary.c_str(), directory, name.c_str()) == 0) return {};
        int error = errno;
        unlinkat(directory, temporary.c_str(), 0);
        if (error != EISDIR && error != EEXIST && error != ENOTEMPTY)
            return errno_error(name, error);
        auto removed = remove_tree_at(directory, name);
        if (!removed) return removed;
        return make(name.c_str()) == 0 ? Result<void>{} : errno_error(name);
    }
}

struct Found {
    UniqueFd fd; // O_PATH
    struct stat info {};
};

Result<Found> look_at(int directory, const std::string& name) {
    Found found;
    found.fd.reset(openat(directory, name.c_str(), O_NOFOLLOW | O_CLOEXEC | O_PATH));
    if (!found.fd || fstat(found.fd.get(), &found.info) < 0) return errno_error(name);
    return found;
}

bool leads_to(const Found& link, const std::string& target) {
    char text[PATH_MAX];
    ssize_t length = readlinkat(link.fd.get(), "", text, sizeof text);
    return length >= 0 && std::string_view(text, static_cast<size_t>(length)) == target;
}

// How systemd calls it in its messages, and makes no fuss of a right that a container lacks.
struct NodeWords {
    const char* create; // "Failed to create FIFO /x"
    const char* what;   // "/x" already exists and is not a FIFO.
    bool is_device;
};
NodeWords words_for(mode_t kind) {
    if (kind == S_IFIFO) return {"FIFO ", "FIFO", false};
    return {"device node ", "device node", true};
}

Error failed_to_create(const NodeWords& words, const Item& item, int error) {
    auto path = words.is_device ? cat("'", item.path, "'") : item.path;
    return errno_error(cat("Failed to create ", words.create, path), error);
}

bool lacks_privilege(int error) {
    return error == EPERM || error == EACCES;
}

} // namespace

bool may_make_devices() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2] = {};
    if (syscall(SYS_capget, &header, data) < 0) return false;
    return (data[0].effective & 1u << CAP_MKNOD) != 0;
}

Result<void> create_symlink(int directory, const std::string& name, const Item& item) {
    const auto& target = *item.argument;
    Make make = [&](const char* as) { return symlinkat(target.c_str(), directory, as); };
    bool is_new = make(name.c_str()) == 0;
    int error = errno;
    auto found = look_at(directory, name);
    if (!found && !is_new)
        return errno_error(cat("Failed to create symlink '", item.path, "'"), error);
    if (found && !leads_to(*found, target)) {
        if (!item.force) return {};
        auto made = make_in_place(directory, name, make);
        if (!made) {
            return errno_error(cat("Failed to create symlink '", item.path, "'"),
                               made.error().code);
        }
        is_new = true;
        found = look_at(directory, name);
        if (found && !S_ISLNK(found->info.st_mode))
            return Error{EBADF, "Symlink we just created is not a symlink, refusing.", {}};
    }
    if (!found) {
        return errno_error(cat("Failed to open symlink we just created '", item.path, "'"),
                           found.error().code);
    }
    return set_permissions(item, {found->fd.get(), item.path, found->info,
                                  is_new ? Creation::New : Creation::Existing});
}

Result<void> create_node(int directory, const std::string& name, const Item& item, mode_t kind) {
    auto words = words_for(kind);
    Make make = [&](const char* as) {
        return mknodat(directory, as, item.mode_for_new() | kind, item.device);
    };
    bool is_new = make(name.c_str()) == 0;
    int error = errno;
    auto found = look_at(directory, name);
    if (!found && !is_new) {
        if (words.is_device && lacks_privilege(error)) return {};
        return failed_to_create(words, item, error);
    }
    if (found && (found->info.st_mode & S_IFMT) != kind) {
        if (!item.force) {
            log_warning("\"", item.path, "\" already exists and is not a ", words.what, ".");
            return {};
        }
        auto made = make_in_place(directory, name, make);
        if (!made && words.is_device && lacks_privilege(made.error().code)) return {};
        if (!made) return failed_to_create(words, item, made.error().code);
        is_new = true;
        found = look_at(directory, name);
    }
    if (!found) {
        return errno_error(cat("Failed to open ", words.what, " we just created '", item.path, "'"),
                           found.error().code);
    }
    if ((found->info.st_mode & S_IFMT) != kind) {
        return Error{EBADF,
                     cat(words.is_device ? "Device node" : "FIFO inode",
                         " we just created is not a ", words.what, ", refusing."),
                     {}};
    }
    return set_permissions(item, {found->fd.get(), item.path, found->info,
                                  is_new ? Creation::New : Creation::Existing});
}

} // namespace sctl
