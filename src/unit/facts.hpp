// What the unit room must know of the machine and of the manager's user, as a value: whoever runs
// on a machine fills it in once (and again when the host name changes), tests write it down.
// Nothing here looks anything up. What is costly to find out is a function, called when needed.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sctl {

// os-release(5) as its assignments; `get` gives "" for a field that is not there.
struct OsRelease {
    std::vector<std::pair<std::string, std::string>> fields;

    [[nodiscard]] std::string_view get(std::string_view name) const {
        for (const auto& [key, value] : fields) {
            if (key == name) return value;
        }
        return {};
    }
};

// The user that the manager runs as, not the one of a service's User=.
struct ManagerUser {
    std::string name = "root";
    uid_t uid = 0;
    std::string group = "root";
    gid_t gid = 0;
    std::string home = "/root";
    std::string shell = "/bin/sh";
    std::vector<std::pair<std::string, gid_t>> groups = {}; // supplementary ones, name and number
};

// The directories below which units keep their files; those of the system manager at first.
struct ManagerDirectories {
    std::string runtime = "/run";
    std::string state = "/var/lib";
    std::string cache = "/var/cache";
    std::string logs = "/var/log";
    std::string configuration = "/etc";
    std::string temporary = "/tmp";
    std::string large_temporary = "/var/tmp";
};

// What is mounted at a place.
struct SeenMount {
    std::string type, options;
    bool is_early = false; // it was there before the manager
};

struct Facts {
    std::string hostname;
    std::string pretty_hostname;           // of machine-info(5); empty: the short host name
    std::string kernel_release;            // uname -r
    std::string architecture;              // in systemd's words: x86-64, arm64, ...
    std::optional<std::string> machine_id; // 32 hexadecimal digits; none while not set up
    std::optional<std::string> boot_id;    // likewise, without dashes
    std::optional<OsRelease> os_release;   // none where there is no such file
    // As systemd-detect-virt(1) names it: "none", "docker", "podman", "kvm", ... A container counts
    // before the virtual machine that it runs in.
    std::string virtualization = "none";
    bool private_users = false;           // in a user namespace of its own
    std::vector<std::string> environment; // the manager's own
    ManagerUser user;
    bool user_manager = false; // --user
    ManagerDirectories directories;
    // Null where nothing is known of that.
    std::function<std::optional<SeenMount>(std::string_view path)> mount_at;
};

// Whether `virtualization` is a kind of container rather than of machine.
[[nodiscard]] bool is_container(std::string_view virtualization);

} // namespace sctl
