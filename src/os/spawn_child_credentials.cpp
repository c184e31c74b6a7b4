// SetCredential= and LoadCredential= (systemd.exec(5), "Credentials"): files for the service alone,
// in memory that is never written to a disk where we may mount, else in a closed directory. Made
// by root in the child, as their sources may keep it waiting: a socket, a pipe, a network.
#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstring>

#include "base/hex.hpp"
#include "base/unique_fd.hpp"
#include "os/spawn_child.hpp"

namespace sctl {
namespace {

constexpr size_t most_credential_bytes = 1 << 20; // of all together
constexpr mode_t store_mode = 0500, credential_mode = 0400;
constexpr int deepest_credentials = 32;

// "\0RANDOM/unit/UNIT/ID": by its own address the server sees what is asked for, and by whom.
socklen_t credential_address(const CredentialsPlan& plan, const char* id,
                             sockaddr_un& address) noexcept {
    uint8_t random[8] = {};
    if (getrandom(random, sizeof random, GRND_NONBLOCK) < 0) return 0;
    address.sun_family = AF_UNIX;
    char* at = address.sun_path;
    *at++ = '\0';
    for (uint8_t byte : random) {
        *at++ = hex_digits[byte >> 4];
        *at++ = hex_digits[byte & 15];
    }
    for (const char* part : {"/unit/", plan.unit.c_str(), "/", id}) {
        size_t length = strlen(part);
        if (length > static_cast<size_t>(std::end(address.sun_path) - at)) return 0;
        memcpy(at, part, length);
        at += length;
    }
    return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + (at - address.sun_path));
}

// A descriptor, or the errno value, negated.
int connect_to_source(const CredentialsPlan& plan, const char* id, const char* path) noexcept {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
    UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) return -errno;
    sockaddr_un own{};
    socklen_t length = credential_address(plan, id, own);
    if (length > 0) (void)bind(fd.get(), reinterpret_cast<sockaddr*>(&own), length);
    strcpy(address.sun_path, path);
    if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) return -errno;
    return fd.release();
}

class CredentialStore {
  public:
    explicit CredentialStore(const CredentialsPlan& plan) noexcept : plan_(plan) {}

    int make(int& which) noexcept {
        const char* path = plan_.directory.c_str();
        struct stat info {};
        bool is_there = lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
        if (is_there && !plan_.anew && (info.st_mode & 07777) == store_mode) return 0;
        if (int code = begin(path)) return code;
        int code = fill(which);
        return code != 0 ? code : finish(path);
    }

  private:
    // An empty directory that is root's alone, on a file system of its own where that can be.
    int begin(const char* path) noexcept {
        char above[PATH_MAX];
        const char* slash = strrchr(path, '/');
        auto length = static_cast<size_t>(slash - path);
        if (length >= sizeof above) return ENAMETOOLONG;
        memcpy(above, path, length);
        above[length] = '\0';
        if (mkdir(above, 0755) < 0 && errno != EEXIST) return errno;
        while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
        }
        if (mkdir(path, 0700) < 0 && errno != EEXIST) return errno;
        constexpr unsigned long flags = MS_NODEV | MS_NOEXEC | MS_NOSUID;
        mounted_ = mount("ramfs", path, "ramfs", flags, "mode=0700") == 0 ||
                   mount("tmpfs", path, "tmpfs", flags, "mode=0700,nr_inodes=1024,size=1m") == 0;
        store_.reset(open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!store_) return errno;
        if (fchmod(store_.get(), 0700) < 0 || fchown(store_.get(), geteuid(), getegid()) < 0)
            return errno;
        return for_each_name(store_.get(), [this](const char* name) {
            return unlinkat(store_.get(), name, 0) < 0 ? errno : 0;
        });
    }

    int fill(int& which) noexcept {
        which = 0;
        for (const auto& load : plan_.loads) {
            if (int code = load_one(load)) return code;
            ++which;
        }
        for (const auto& set : plan_.sets) {
            if (!has(set.id.c_str())) {
                int file = create(set.id.c_str());
                if (file < 0) return -file;
                UniqueFd owned(file);
                int code = put(file, set.value.data(), set.value.size());
                if (code == 0) code = give(file);
                if (code != 0) return code;
            }
            ++which;
        }
        return 0;
    }

    int finish(const char* path) noexcept {
        if (fchmod(store_.get(), store_mode) < 0) return errno;
        if (plan_.uid != geteuid() && fchown(store_.get(), plan_.uid, static_cast<gid_t>(-1)) < 0)
            return errno;
        if (!mounted_) return 0;
        constexpr unsigned long flags =
            MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NODEV | MS_NOEXEC | MS_NOSUID;
        return mount(nullptr, path, nullptr, flags, nullptr) < 0 ? errno : 0;
    }

    // The first source that is there. Where none is, the unit may have said what to take instead,
    // and one that the manager itself might have been given is no loss.
    int load_one(const CredentialsPlan::Load& load) noexcept {
        for (const auto& source : load.sources) {
            int code = load_from(load.id.c_str(), source.c_str());
            if (code != ENOENT) return code;
        }
        return load.may_be_missing ? 0 : ENOENT;
    }

    int load_from(const char* id, const char* path) noexcept {
        UniqueFd source(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
        if (!source && errno == ENXIO) {
            int connected = connect_to_source(plan_, id, path);
            if (connected < 0) return -connected;
            source.reset(connected);
        }
        if (!source) return errno;
        struct stat info {};
        if (fstat(source.get(), &info) < 0) return errno;
        if (S_ISDIR(info.st_mode)) return load_directory(source.get(), id, 0);
        return copy(source.get(), id);
    }

    // Each file below as "ID_NAME"; links are passed over.
    int load_directory(int directory, const char* id, int depth) noexcept {
        if (depth > deepest_credentials) return ELOOP;
        return for_each_name(directory, [&](const char* name) {
            char full[NAME_MAX + 1];
            size_t front = strlen(id), back = strlen(name);
            if (front + 1 + back > NAME_MAX) return ENAMETOOLONG;
            memcpy(full, id, front);
            full[front] = '_';
            memcpy(full + front + 1, name, back + 1);
            UniqueFd entry(openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
            if (!entry) return errno == ELOOP || errno == ENOENT || errno == ENXIO ? 0 : errno;
            struct stat info {};
            if (fstat(entry.get(), &info) < 0) return errno;
            if (S_ISDIR(info.st_mode)) return load_directory(entry.get(), full, depth + 1);
            return S_ISREG(info.st_mode) ? copy(entry.get(), full) : 0;
        });
    }

    int copy(int source, const char* id) noexcept {
        if (has(id)) return 0; // what is written first counts
        int file = create(id);
        if (file < 0) return -file;
        UniqueFd owned(file);
        char buffer[4096];
        while (true) {
            ssize_t got = read(source, buffer, sizeof buffer);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return errno;
            if (got == 0) return give(file);
            if (int code = put(file, buffer, static_cast<size_t>(got))) return code;
        }
    }

    [[nodiscard]] bool has(const char* id) const noexcept {
        return faccessat(store_.get(), id, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    }
    [[nodiscard]] int create(const char* id) const noexcept {
        int file = openat(store_.get(), id, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        return file < 0 ? -errno : file;
    }
    int put(int file, const char* data, size_t size) noexcept {
        bytes_ += size;
        if (bytes_ > most_credential_bytes) return E2BIG;
        while (size > 0) {
            ssize_t done = write(file, data, size);
            if (done < 0) return errno;
            data += done;
            size -= static_cast<size_t>(done);
        }
        return 0;
    }
    [[nodiscard]] int give(int file) const noexcept {
        if (fchmod(file, credential_mode) < 0) return errno;
        if (plan_.uid == geteuid()) return 0;
        return fchown(file, plan_.uid, static_cast<gid_t>(-1)) < 0 ? errno : 0;
    }

    // Names of a directory, which may change meanwhile; readdir would allocate.
    template <class Use>
    static int for_each_name(int directory, const Use& use) noexcept {
        struct Entry {
            ino64_t inode;
            off64_t offset;
            unsigned short length;
            unsigned char type;
            char name[NAME_MAX + 1];
        };
        alignas(Entry) char buffer[2048];
        while (true) {
            long got = syscall(SYS_getdents64, directory, buffer, sizeof buffer);
            if (got <= 0) return got < 0 ? errno : 0;
            for (long at = 0; at < got;) {
                auto* entry = reinterpret_cast<const Entry*>(buffer + at);
                at += entry->length;
                if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0) continue;
                if (int code = use(entry->name)) return code;
            }
        }
    }

    const CredentialsPlan& plan_;
    UniqueFd store_;
    size_t bytes_ = 0;
    bool mounted_ = false;
};

} // namespace

int set_up_credentials(const CredentialsPlan& plan, int& which) noexcept {
    return CredentialStore(plan).make(which);
}

} // namespace sctl
