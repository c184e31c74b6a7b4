#include "unit/values/exit_status.hpp"

#include "unit/syntax/parse_value.hpp"

namespace sctl {
namespace {

struct Row {
    uint8_t status;
    std::string_view name;
    bool common; // of systemd or the C library
};

constexpr Row rows[] = {
    {0, "SUCCESS", true},
    {1, "FAILURE", true},
    // LSB, init scripts' actions
    {2, "INVALIDARGUMENT", false},
    {3, "NOTIMPLEMENTED", false},
    {4, "NOPERMISSION", false},
    {5, "NOTINSTALLED", false},
    {6, "NOTCONFIGURED", false},
    {7, "NOTRUNNING", false},
    // sysexits.h
    {64, "USAGE", false},
    {65, "DATAERR", false},
    {66, "NOINPUT", false},
    {67, "NOUSER", false},
    {68, "NOHOST", false},
    {69, "UNAVAILABLE", false},
    {70, "SOFTWARE", false},
    {71, "OSERR", false},
    {72, "OSFILE", false},
    {73, "CANTCREAT", false},
    {74, "IOERR", false},
    {75, "TEMPFAIL", false},
    {76, "PROTOCOL", false},
    {77, "NOPERM", false},
    {78, "CONFIG", false},
    // systemd.exec(5)
    {200, "CHDIR", true},
    {201, "NICE", true},
    {202, "FDS", true},
    {203, "EXEC", true},
    {204, "MEMORY", true},
    {205, "LIMITS", true},
    {206, "OOM_ADJUST", true},
    {207, "SIGNAL_MASK", true},
    {208, "STDIN", true},
    {209, "STDOUT", true},
    {210, "CHROOT", true},
    {211, "IOPRIO", true},
    {212, "TIMERSLACK", true},
    {213, "SECUREBITS", true},
    {214, "SETSCHEDULER", true},
    {215, "CPUAFFINITY", true},
    {216, "GROUP", true},
    {217, "USER", true},
    {218, "CAPABILITIES", true},
    {219, "CGROUP", true},
    {220, "SETSID", true},
    {221, "CONFIRM", true},
    {222, "STDERR", true},
    {224, "PAM", true},
    {225, "NETWORK", true},
    {226, "NAMESPACE", true},
    {227, "NO_NEW_PRIVILEGES", true},
    {228, "SECCOMP", true},
    {229, "SELINUX_CONTEXT", true},
    {230, "PERSONALITY", true},
    {231, "APPARMOR", true},
    {232, "ADDRESS_FAMILIES", true},
    {233, "RUNTIME_DIRECTORY", true},
    {235, "CHOWN", true},
    {236, "SMACK_PROCESS_LABEL", true},
    {237, "KEYRING", true},
    {238, "STATE_DIRECTORY", true},
    {239, "CACHE_DIRECTORY", true},
    {240, "LOGS_DIRECTORY", true},
    {241, "CONFIGURATION_DIRECTORY", true},
    {242, "NUMA_POLICY", true},
    {243, "CREDENTIALS", true},
    {244, "BPF", true},
    {255, "EXCEPTION", true},
};

} // namespace

std::string_view exit_status_name(uint8_t status, ExitStatusNames names) {
    for (const auto& row : rows) {
        if (row.status == status && (row.common || names == ExitStatusNames::All)) return row.name;
    }
    return {};
}

Result<uint8_t> parse_exit_status(std::string_view text) {
    for (const auto& row : rows) {
        if (row.name == text) return row.status;
    }
    return parse_integer<uint8_t>(text);
}

} // namespace sctl
