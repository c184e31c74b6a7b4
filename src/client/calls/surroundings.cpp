#include "client/calls/surroundings.hpp"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include "base/files.hpp"
#include "base/text.hpp"
#include "os/run_dir.hpp"
#include "unit/parse_value.hpp"

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

bool has_utf8() {
    if (auto wanted = parse_boolean(variable("SYSTEMD_UTF8"))) return *wanted;
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        auto locale = variable(name);
        if (locale.empty()) continue;
        if (locale == "C" || locale == "POSIX") return false;
        auto dot = locale.find('.');
        if (dot == std::string_view::npos) return true;
        auto codeset = locale.substr(dot + 1);
        return equal_ignoring_case(codeset.substr(0, 5), "utf-8") ||
               equal_ignoring_case(codeset.substr(0, 4), "utf8");
    }
    return true; // no locale was chosen, and everything shows UTF-8 today
}

bool is_at_terminal() {
    return ::isatty(STDOUT_FILENO) && ::isatty(STDERR_FILENO);
}

bool wants_colors() {
    auto wish = variable("SYSTEMD_COLORS");
    if (!wish.empty()) {
        if (wish == "16" || wish == "256" || wish == "24bit" || wish == "auto-16" ||
            wish == "auto-256") {
            return true;
        }
        if (auto wanted = parse_boolean(wish)) return *wanted;
    }
    return !std::getenv("NO_COLOR") && variable("TERM") != "dumb" && is_at_terminal();
}

bool has_few_colors() {
    return variable("SYSTEMD_COLORS").ends_with("16");
}

size_t print_width() {
    if (!::isatty(STDOUT_FILENO)) return SIZE_MAX;
    if (auto columns = parse_number<uint16_t>(variable("COLUMNS")); columns && *columns > 0) {
        return *columns;
    }
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return SIZE_MAX;
}

} // namespace sctl
