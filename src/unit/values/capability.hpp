// The names of capabilities(7), without their "cap_".
#pragma once

#include <linux/capability.h>

#include <optional>
#include <string_view>

namespace sctl {

// By number. One that the kernel has and this list lacks goes by its number alone.
inline constexpr std::string_view capability_names[] = {
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
};
static_assert(capability_names[CAP_CHECKPOINT_RESTORE] == "checkpoint_restore");

// Of "CAP_KILL", "kill" or "5".
[[nodiscard]] std::optional<unsigned> capability_number(std::string_view text);

} // namespace sctl
