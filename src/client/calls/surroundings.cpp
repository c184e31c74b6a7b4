#include "client/calls/surroundings.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/files.hpp"
#include "base/text.hpp"
#include "os/run_dir.hpp"
#include "unit/syntax/parse_value.hpp"

namespace sctl {

namespace {

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

// The number of the mount at `mount_point`, as /proc/PID/mountinfo (proc(5)) shows it below the
// root of that process; "" where its root, or what is asked for, is no mount.
std::string_view mount_at(std::string_view mountinfo, std::string_view mount_point) {
    std::string_view found;
    for (auto line : split(mountinfo, "\n")) {
        auto fields = split(line, " ");
        if (fields.size() > 4 && fields[4] == mount_point) found = fields[0];
    }
    return found;
}

bool has_mount(std::string_view mountinfo, std::string_view number) {
    return std::ranges::any_of(split(mountinfo, "\n"), [&](std::string_view line) {
        return line.substr(0, line.find(' ')) == number;
    });
}

// Where we may not look at the root of PID 1, what everybody sees of its mounts still tells: in a
// chroot "/" is no mount, or is one that PID 1 has elsewhere. Another mount namespace is no chroot.
bool is_in_chroot_by_mounts() {
    auto own = read_virtual_file("/proc/self/mountinfo");
    if (!own) return false;
    auto root = mount_at(*own, "/");
    if (root.empty()) return true;
    auto first = read_virtual_file("/proc/1/mountinfo");
    return first && has_mount(*first, root) && mount_at(*first, "/") != root;
}

} // namespace

bool is_in_chroot() {
    if (auto ignore = parse_boolean(variable("SYSTEMD_IGNORE_CHROOT")); ignore && *ignore)
        return false;
    struct stat init {
    }, own{};
    if (::stat("/proc/1/root", &init) < 0) {
        if (errno == EACCES || errno == EPERM) return is_in_chroot_by_mounts();
        // Without /proc there is no telling; a root file system that is being made has none.
        return errno == ENOENT && ::access("/proc/self", F_OK) < 0;
    }
    if (::stat("/", &own) < 0) return false;
    return init.st_dev != own.st_dev || init.st_ino != own.st_ino;
}

bool is_offline() {
    if (auto offline = parse_boolean(variable("SYSTEMD_OFFLINE"))) return *offline;
    return is_in_chroot();
}

bool is_local_and_not_booted(const ClientRequest& request) {
    if (request.user || request.remote || !request.instance.empty()) return false;
    auto places = other_run_places();
    places.emplace_back("/run/systemd");
    return std::ranges::none_of(places, [](const std::string& place) {
        return ::access(cat(place, "/system/").c_str(), F_OK) == 0;
    });
}

std::vector<std::string> other_run_places() {
    struct stat init {};
    auto places = run_places_of(::geteuid());
    if (::stat("/proc/1", &init) == 0 && init.st_uid != ::geteuid()) {
        auto others = run_places_of(init.st_uid);
        places.insert(places.begin(), others.begin(), others.end());
    }
    return places;
}

} // namespace sctl
