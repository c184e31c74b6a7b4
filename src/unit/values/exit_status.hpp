// Exit statuses by name (systemd.exec(5), "Process Exit Codes"), and those with which a service's
// child leaves when a step before exec fails.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace sctl {

// A step of systemd.exec(5) that failed.
enum class ExitStatus : uint8_t {
    Chdir = 200,
    Nice,
    Fds,
    Exec,
    Memory,
    Limits,
    OomAdjust,
    SignalMask,
    Stdin,
    Stdout,
    Chroot,
    Ioprio,
    Timerslack,
    Securebits,
    Setscheduler,
    Cpuaffinity,
    Group,
    User,
    Capabilities,
    Cgroup,
    Setsid,
    Confirm,
    Stderr,
    Pam = 224,
    Network,
    Namespace,
    NoNewPrivileges,
    Seccomp,
    SelinuxContext,
    Personality,
    Apparmor,
    AddressFamilies,
    RuntimeDirectory,
    Chown = 235,
    SmackProcessLabel,
    Keyring,
    StateDirectory,
    CacheDirectory,
    LogsDirectory,
    ConfigurationDirectory,
    NumaPolicy,
    Credentials,
    Bpf,
    Exception = 255,
};

// Which conventions a name may come from.
enum class ExitStatusNames : uint8_t {
    SystemdAndLibc, // what `status` prints beside a code: "203/EXEC"
    All, // the LSB's and the BSDs' (sysexits.h) as well, as SuccessExitStatus= takes them
};

// "EXEC"; "" for a status without a name.
[[nodiscard]] std::string_view exit_status_name(
    uint8_t status, ExitStatusNames names = ExitStatusNames::SystemdAndLibc);
// A name of any convention, or 0 to 255.
[[nodiscard]] Result<uint8_t> parse_exit_status(std::string_view text);

} // namespace sctl
