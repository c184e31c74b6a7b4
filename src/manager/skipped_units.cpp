#include "manager/skipped_units.hpp"

#include <algorithm>
#include <cerrno>

#include "base/log.hpp"
#include "base/text.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {
namespace {

// By what they need and a container lacks or its engine does for it.
constexpr std::string_view built_in[] = {
    // consoles and logins
    "getty@*.service",
    "serial-getty@*.service",
    "container-getty@*.service",
    "autovt@*.service",
    "console-getty.service",
    "getty-static.service",
    "debug-shell.service",
    "emergency.service",
    "rescue.service",
    "systemd-ask-password-*",
    "systemd-logind.service",
    "systemd-user-sessions.service",
    "systemd-update-utmp*.service",
    "user@*.service",
    "user-runtime-dir@*.service",
    "plymouth*",
    // devices, modules, kernel settings
    "systemd-udev*",
    "systemd-hwdb-update.service",
    "systemd-modules-load.service",
    "modprobe@*.service",
    "kmod-static-nodes.service",
    "systemd-sysctl.service",
    "systemd-binfmt.service",
    "systemd-backlight@*.service",
    "systemd-rfkill*",
    "systemd-vconsole-setup.service",
    "systemd-pstore.service",
    "systemd-boot-*",
    "systemd-pcr*",
    "systemd-random-seed.service",
    "systemd-network-generator.service",
    "systemd-networkd*",
    "systemd-resolved.service",
    "systemd-timesyncd.service",
    "systemd-time-wait-sync.service",
    "systemd-oomd*",
    "udev.service",
    "procps.service",
    "kmod.service",
    "keyboard-setup.service",
    "console-setup.service",
    "hwclock.service",
    "lm-sensors.service",
    "apparmor.service",
    // file systems
    "dev-hugepages.mount",
    "dev-mqueue.mount",
    "sys-fs-fuse-connections.mount",
    "sys-kernel-*.mount",
    "proc-sys-fs-binfmt_misc.*mount",
    "systemd-remount-fs.service",
    "systemd-fsck*",
    "systemd-quotacheck.service",
    "quotaon.service",
    "systemd-growfs@*",
    "systemd-makefs@*",
    "systemd-mkswap@*",
    "systemd-repart.service",
    "systemd-volatile-root.service",
    "systemd-machine-id-commit.service",
    "systemd-homed*",
    "e2scrub_reap.service",
    "lvm2-*",
    "mdadm*",
    "fstrim.service",
    "blk-availability.service",
    // the journal and what systemd itself is made of
    "systemd-journald*",
    "systemd-journal-*",
    // Only journald would write there; a daemon that is handed it does not look at /dev/log.
    "syslog.socket",
    "systemd-initctl*",
    "systemd-firstboot.service",
    "systemd-update-done.service",
    "systemd-coredump*",
    "systemd-bsod.service",
    "systemd-hostnamed.service",
    "systemd-localed.service",
    "systemd-timedated.service",
    "systemd-portabled.service",
    "systemd-machined.service",
    "systemd-sysext.service",
    "ldconfig.service",
    "dbus-org.freedesktop.*",
    // sleep
    "systemd-soft-reboot.service",
    "systemd-suspend*",
    "systemd-hibernate*",
    "systemd-hybrid-sleep.service",
};

// They know nothing of an instance's directory.
constexpr std::string_view for_the_machine[] = {"systemd-sysusers.service",
                                                "systemd-tmpfiles-*.service"};

// What units of other packages may require of systemd's own, beside the lists above.
constexpr std::string_view shipped_with_systemd[] = {
    "syslog.socket",
    "systemd-*",
    "initrd-*",
    "init.scope",
    "proc-sys-fs-binfmt_misc.automount",
    "user@*.service",
    "user-runtime-dir@*.service",
};

constexpr std::string_view built_in_generators[] = {
    "systemd-getty-generator",
    "systemd-gpt-auto-generator",
    "systemd-cryptsetup-generator",
    "systemd-veritysetup-generator",
    "systemd-integritysetup-generator",
    "systemd-hibernate-resume-generator",
    "systemd-bless-boot-generator",
    "systemd-debug-generator",
    "systemd-run-generator",
    "systemd-system-update-generator",
    "lvm2-activation-generator",
    "zram-generator",
};

bool written_by_the_administrator(const LoadedUnit& unit) {
    return unit.fragment_path.starts_with("/etc/");
}

} // namespace

bool SkippedUnits::may_be_missing(const UnitName& unit) const {
    if (kind_of(unit.type()).may_be_missing) return true;
    auto matches = [&](std::string_view pattern) { return matches_glob(pattern, unit.str()); };
    for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
        if (matches(rule->pattern)) return rule->skip;
    }
    return std::ranges::any_of(shipped_with_systemd, matches) ||
           std::ranges::any_of(built_in, matches);
}

bool SkippedUnits::leaves_out_generator(std::string_view name) const {
    for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
        if (matches_glob(rule->pattern, name)) return rule->skip;
    }
    return std::ranges::find(built_in_generators, name) != std::end(built_in_generators);
}

SkippedUnits SkippedUnits::read(const Root& root, bool boots) {
    SkippedUnits list;
    list.is_machine_ = root.is_machine();
    list.boots_ = boots;
    auto text = read_file(root.at("/etc/sctl/skipped-units"));
    if (!text) {
        if (text.error().code != ENOENT) log_warning(text.error().text);
        return list;
    }
    for (auto line : split(*text, "\n")) {
        line = trim(line);
        if (line.empty() || line.front() == '#') continue;
        bool keep = line.front() == '!';
        list.rules_.push_back({std::string(line.substr(keep ? 1 : 0)), !keep});
    }
    return list;
}

std::optional<std::string_view> SkippedUnits::reason(const LoadedUnit& unit) const {
    const std::string& name = unit.id.str();
    if (unit.perpetual) return std::nullopt;
    if (!kind_of(unit).is_run) return "units of this type are not run yet";
    for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
        if (!matches_glob(rule->pattern, name)) continue;
        if (rule->skip) return "/etc/sctl/skipped-units leaves it out";
        return std::nullopt;
    }
    auto is_name = [&](std::string_view pattern) { return matches_glob(pattern, name); };
    if (!is_machine_ && std::ranges::any_of(for_the_machine, is_name))
        return "it would change the machine's files, not those of this instance";
    if (written_by_the_administrator(unit)) return std::nullopt;
    // systemd's own empties /tmp. The embedded one, which has no file, removes nothing then.
    if (!boots_ && name == "systemd-tmpfiles-setup.service" && !unit.fragment_path.empty())
        return "it would remove files that are in use";
    if (std::ranges::any_of(built_in, is_name)) return "it makes no sense in a container";
    return std::nullopt;
}

} // namespace sctl
