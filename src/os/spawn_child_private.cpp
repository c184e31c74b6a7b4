// DynamicUser='s directories (systemd.exec(5)): numbers of users are given to others later, so
// these lie below /var/lib/private and its like, which is root's alone, and a link leads there from
// the usual place. The process gets a view of its own, in which `private` is open and holds
// nothing but what is its own; where we may not mount, others can pass through, but not list it.
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <optional>

#include "os/spawn_child.hpp"
#include "os/trusted_path.hpp"

namespace sctl {
namespace {

constexpr mode_t closed_mode = 0700, passable_mode = 0711;
constexpr size_t most_private_directories = 64;

// "/var/lib/private" of a directory below it.
bool private_root_of(const DirectoryPlan& directory, char (&root)[PATH_MAX]) noexcept {
    constexpr char part[] = "/private/";
    const char* path = directory.private_path.c_str();
    const char* found = strstr(path, part);
    if (!found) return false;
    auto length = static_cast<size_t>(found - path) + sizeof part - 2;
    if (length >= sizeof root) return false;
    memcpy(root, path, length);
    root[length] = '\0';
    return true;
}

// One that is there must be root's own.
int make_private_root(const char* root) noexcept {
    auto [parent, name] = open_trusted_parent(root, true);
    if (parent < 0) return -parent;
    int code = mkdirat(parent, name, closed_mode) < 0 ? errno : 0;
    struct stat info {};
    if (code == EEXIST) {
        code = fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) < 0 ? errno : 0;
        if (code == 0 && !S_ISDIR(info.st_mode)) code = ENOTDIR;
        if (code == 0 && info.st_uid != geteuid()) code = EEXIST;
    }
    close(parent);
    return code;
}

// "../private/a/b" for "/var/lib/a/b".
bool link_target_of(const DirectoryPlan& directory, const char* root,
                    char (&target)[PATH_MAX]) noexcept {
    const char* base_end = strrchr(root, '/');
    auto base = static_cast<size_t>(base_end - root);
    const char* item = directory.path.c_str() + base + 1;
    char* at = target;
    char* end = target + sizeof target;
    for (const char* slash = strchr(item, '/'); slash; slash = strchr(slash + 1, '/')) {
        if (end - at < 4) return false;
        at = std::copy_n("../", 3, at);
    }
    const char* below = directory.private_path.c_str() + base + 1;
    size_t length = strlen(below) + 1;
    if (static_cast<size_t>(end - at) < length) return false;
    memcpy(at, below, length);
    return true;
}

// The usual and the private place of a directory, each by what is above it.
struct Places {
    TrustedParent usual, hidden;
    explicit Places(const DirectoryPlan& directory, bool make_missing) noexcept
        : usual(open_trusted_parent(directory.path.c_str(), make_missing)),
          hidden(open_trusted_parent(directory.private_path.c_str(), make_missing)) {}
    Places(const Places&) = delete;
    Places& operator=(const Places&) = delete;
    ~Places() {
        for (int fd : {usual.directory, hidden.directory}) {
            if (fd >= 0) close(fd);
        }
    }
    // 0, or an errno value.
    [[nodiscard]] int error() const noexcept {
        return usual.directory < 0    ? -usual.directory
               : hidden.directory < 0 ? -hidden.directory
                                      : 0;
    }
};

bool look_at(const TrustedParent& place, struct stat& info) noexcept {
    return fstatat(place.directory, place.name, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

int rename_directory(const TrustedParent& from, const TrustedParent& to) noexcept {
    return renameat(from.directory, from.name, to.directory, to.name) < 0 ? errno : 0;
}

int move_into_private(const DirectoryPlan& directory, bool& moved) noexcept {
    char root[PATH_MAX], target[PATH_MAX];
    if (!private_root_of(directory, root) || !link_target_of(directory, root, target))
        return ENAMETOOLONG;
    if (int code = make_private_root(root)) return code;
    Places places(directory, true);
    if (int code = places.error()) return code;
    struct stat info {};
    bool has_usual = look_at(places.usual, info) && S_ISDIR(info.st_mode);
    if (has_usual && !look_at(places.hidden, info)) {
        if (int code = rename_directory(places.usual, places.hidden)) return code;
        moved = true;
    }
    return make_relative_link(directory.path.c_str(), target);
}

// Back from there, where the link at the usual place leads to it.
int move_out_of_private(const DirectoryPlan& directory, bool& moved) noexcept {
    Places places(directory, false);
    if (places.error() != 0) return 0;
    struct stat link {
    }, there{}, led_to{};
    bool is_ours = look_at(places.usual, link) && S_ISLNK(link.st_mode) &&
                   look_at(places.hidden, there) && S_ISDIR(there.st_mode) &&
                   fstatat(places.usual.directory, places.usual.name, &led_to, 0) == 0 &&
                   led_to.st_dev == there.st_dev && led_to.st_ino == there.st_ino;
    if (!is_ours) return 0;
    if (unlinkat(places.usual.directory, places.usual.name, 0) < 0) return errno;
    if (int code = rename_directory(places.hidden, places.usual)) return code;
    moved = true;
    return 0;
}

// The mount namespace of the process alone: nothing comes of what it does there to ours.
int leave_shared_mounts() noexcept {
    if (unshare(CLONE_NEWNS) < 0) return errno;
    return mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) < 0 ? errno : 0;
}

bool is_below(const DirectoryPlan& directory, const char* root) noexcept {
    size_t length = strlen(root);
    return directory.is_private && directory.private_path.size() > length &&
           memcmp(directory.private_path.c_str(), root, length) == 0 &&
           directory.private_path[length] == '/';
}

// A mount of the directory alone, which is nowhere yet; or the errno value, negated.
int take_tree(const char* path) noexcept {
    int found = open_trusted_directory(path, std::nullopt);
    if (found < 0) return found;
    long tree =
        syscall(SYS_open_tree, found, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
    int code = errno;
    close(found);
    return tree < 0 ? -code : static_cast<int>(tree);
}

// No program with the bit of another user counts there, as under systemd.
int put_tree(int tree, const char* path) noexcept {
    int place = open_trusted_directory(path, 0755);
    if (place < 0) return -place;
    long moved = syscall(SYS_move_mount, tree, "", place, "",
                         MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
    int code = moved < 0 ? errno : 0;
    close(place);
    if (code != 0) return code;
    char name[32] = "/proc/self/fd/";
    std::to_chars(name + strlen(name), name + sizeof name - 1, tree);
    constexpr unsigned long flags = MS_BIND | MS_REMOUNT | MS_NOSUID | MS_NODEV;
    bool done = mount(nullptr, name, nullptr, flags, nullptr) == 0 || errno == EPERM;
    return done ? 0 : errno;
}

// Puts an empty file system over `root`, and in it the directories of the plan that were there.
int narrow_view(const ExecPlan& plan, const char* root) noexcept {
    int trees[most_private_directories];
    size_t count = 0;
    int code = 0;
    for (const auto& directory : plan.directories) {
        if (code != 0 || !is_below(directory, root)) continue;
        int tree =
            count < most_private_directories ? take_tree(directory.private_path.c_str()) : -E2BIG;
        if (tree < 0)
            code = -tree;
        else
            trees[count++] = tree;
    }
    constexpr unsigned long flags = MS_NOSUID | MS_NODEV | MS_STRICTATIME;
    if (code == 0 && mount("tmpfs", root, "tmpfs", flags, "mode=0755,size=4m") < 0) code = errno;
    bool covered = code == 0;
    size_t next = 0;
    for (const auto& directory : plan.directories) {
        if (code == 0 && is_below(directory, root))
            code = put_tree(trees[next++], directory.private_path.c_str());
    }
    for (size_t i = 0; i < count; ++i) close(trees[i]);
    if (code == 0 && mount(nullptr, root, nullptr, MS_REMOUNT | MS_RDONLY | flags, nullptr) < 0)
        code = errno;
    if (code != 0 && covered) umount2(root, MNT_DETACH);
    return code;
}

template <class Use>
int for_each_private_root(const ExecPlan& plan, const Use& use) noexcept {
    char last[PATH_MAX] = "", root[PATH_MAX];
    for (const auto& directory : plan.directories) {
        if (!directory.is_private || !private_root_of(directory, root)) continue;
        if (strcmp(root, last) == 0) continue; // directories of a type come together
        strcpy(last, root);
        if (int code = use(root)) return code;
    }
    return 0;
}

bool lacks_privilege(int code) noexcept {
    return code == EPERM || code == EACCES || code == ENOSYS;
}

} // namespace

int settle_private_directory(const DirectoryPlan& directory, bool& moved) noexcept {
    if (directory.private_path.empty()) return 0;
    return directory.is_private ? move_into_private(directory, moved)
                                : move_out_of_private(directory, moved);
}

int open_private_directories(const ExecPlan& plan) noexcept {
    auto is_private = [](const DirectoryPlan& directory) { return directory.is_private; };
    if (std::ranges::none_of(plan.directories, is_private)) return 0;
    int code = leave_shared_mounts();
    if (code == 0)
        code = for_each_private_root(plan, [&](const char* root) {
            if (chmod(root, closed_mode) < 0) return errno;
            return narrow_view(plan, root);
        });
    if (!lacks_privilege(code)) return code;
    return for_each_private_root(
        plan, [](const char* root) { return chmod(root, passable_mode) < 0 ? errno : 0; });
}

} // namespace sctl
