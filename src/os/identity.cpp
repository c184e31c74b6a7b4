#include "os/identity.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/hex.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "os/machine.hpp"
#include "os/random.hpp"

namespace sctl {
namespace {

constexpr mode_t public_file = 0644, read_only_file = 0444;

std::string new_machine_id(const Root& root) {
    if (auto id = read_machine_id(root.at("/var/lib/dbus/machine-id"))) return *id;
    const char* given = std::getenv("container_uuid");
    if (auto id = parse_machine_id(given ? given : "")) return *id;
    return to_hex(random_id());
}

// Not a new file in its place: it may be mounted there, or somebody may watch it.
Result<void> write_in_place(const std::string& path, std::string_view text) {
    constexpr int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    UniqueFd file(open(path.c_str(), flags, read_only_file));
    if (!file) return errno_error(path);
    if (ftruncate(file.get(), 0) < 0) return errno_error(path);
    if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return errno_error(path);
    return {};
}

void mount_transient_id(const std::string& id, const std::string& target) {
    constexpr const char* source = "/run/machine-id";
    if (mount(source, target.c_str(), nullptr, MS_BIND, nullptr) < 0) {
        log_warning("Cannot write /etc/machine-id; the machine id of this boot is ", id, ".");
        return;
    }
    constexpr unsigned long flags = MS_BIND | MS_REMOUNT | MS_RDONLY;
    [[maybe_unused]] int done = mount(source, target.c_str(), nullptr, flags, nullptr);
}

bool is_name_character(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
}

// As hostname(7) wants it: labels of letters, digits and hyphens with single dots between.
bool is_host_name(std::string_view name) {
    constexpr size_t longest = 64; // of the kernel
    if (name.empty() || name.size() > longest) return false;
    if (!std::ranges::all_of(name, is_name_character)) return false;
    for (auto label : split(name, ".")) {
        if (label.empty() || label.front() == '-' || label.back() == '-') return false;
    }
    return name.front() != '.' && name.back() != '.' && name.find("..") == name.npos;
}

// The number that Linux gives to the first namespace of host names, the machine's own.
bool shares_the_machines_name() {
    auto own = read_link("/proc/self/ns/uts");
    return !own || *own == "uts:[4026531838]";
}

} // namespace

void set_up_identity(const Root& root) {
    write_container_name(root);
    set_up_machine_id(root);
    set_up_host_name(root);
    import_credentials(root);
}

void write_container_name(const Root& root) {
    auto path = root.at("/run/systemd/container");
    const char* name = std::getenv("container");
    if (!name || !*name) {
        unlink(path.c_str());
        return;
    }
    auto written = write_file_atomically(path, cat(name, '\n'), public_file);
    if (!written) log_warning("Cannot tell the name of the container: ", written.error().text);
}

void set_up_machine_id(const Root& root) {
    auto path = root.at("/etc/machine-id"), first_boot = root.at("/run/systemd/first-boot");
    auto text = read_virtual_file(path, 4096);
    bool is_first = text ? trim(*text) == "uninitialized" : text.error().code == ENOENT;
    if (is_first)
        ignore_error(write_file_atomically(first_boot, "", public_file));
    else
        unlink(first_boot.c_str());
    // One that came with the image is another container's as well.
    unlink(root.at("/run/machine-id").c_str());
    if (read_machine_id(path)) return;
    auto id = new_machine_id(root);
    auto written = write_in_place(path, cat(id, '\n'));
    if (written) return;
    auto kept = write_file_atomically(root.at("/run/machine-id"), cat(id, '\n'), read_only_file);
    if (!kept)
        log_warning("There is no machine id: ", written.error().text);
    else if (root.is_machine())
        mount_transient_id(id, path);
}

std::optional<std::string> host_name_in(std::string_view text) {
    for (auto line : split(text, "\n")) {
        line = trim(line);
        if (line.empty() || line.front() == '#') continue;
        if (line.size() > 1 && line.back() == '.') line.remove_suffix(1);
        if (is_host_name(line)) return std::string(line);
        return std::nullopt;
    }
    return std::nullopt;
}

void set_up_host_name(const Root& root) {
    if (shares_the_machines_name()) return;
    auto text = read_file(root.at("/etc/hostname"), 4096);
    auto name = text ? host_name_in(*text) : std::nullopt;
    utsname now{};
    if (uname(&now) < 0) return;
    std::string_view present = now.nodename;
    if (!name && (present.empty() || present == "(none)")) name = "localhost";
    if (!name || *name == present) return;
    if (sethostname(name->c_str(), name->size()) == 0 || errno == EPERM) return;
    log_warning("Cannot set the host name to ", *name, ": ", errno_error("sethostname").text);
}

void import_credentials(const Root& root) {
    const char* given = std::getenv("CREDENTIALS_DIRECTORY");
    auto path = root.at("/run/credentials/@system");
    if (!given || *given != '/' || path == given) return;
    auto made = make_directories(root.at("/run/credentials"));
    unlink(path.c_str()); // of an earlier boot
    if (made && symlink(given, path.c_str()) == 0) return;
    log_warning("Cannot pass the credentials on: ", errno_error(path).text);
}

} // namespace sctl
