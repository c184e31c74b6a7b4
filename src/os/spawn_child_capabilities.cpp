// CapabilityBoundingSet=, AmbientCapabilities= and SecureBits= (systemd.exec(5), capabilities(7)).
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "os/spawn_child.hpp"

namespace sctl {
namespace {

constexpr int most_capabilities = 64;

constexpr uint64_t capability_bit(int number) {
    return uint64_t{1} << number;
}

// The sets of this process, as the kernel lays them out, in two halves.
struct CapabilitySets {
    __user_cap_data_struct halves[_LINUX_CAPABILITY_U32S_3]{};

    int read() noexcept {
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        return syscall(SYS_capget, &header, halves) < 0 ? errno : 0;
    }
    int write() noexcept {
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        return syscall(SYS_capset, &header, halves) < 0 ? errno : 0;
    }
    [[nodiscard]] uint64_t permitted() const noexcept {
        return halves[0].permitted | uint64_t{halves[1].permitted} << 32;
    }
    [[nodiscard]] uint64_t inheritable() const noexcept {
        return halves[0].inheritable | uint64_t{halves[1].inheritable} << 32;
    }
    void set_inheritable(uint64_t set) noexcept {
        halves[0].inheritable = static_cast<uint32_t>(set);
        halves[1].inheritable = static_cast<uint32_t>(set >> 32);
    }
    void restrict_all(uint64_t keep) noexcept {
        for (int half = 0; half < _LINUX_CAPABILITY_U32S_3; ++half) {
            auto mask = static_cast<uint32_t>(keep >> 32 * half);
            halves[half].effective &= mask;
            halves[half].permitted &= mask;
            halves[half].inheritable &= mask;
        }
    }
};

bool is_bounding(int number) noexcept {
    return prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1;
}

int last_capability() noexcept {
    int number = 0;
    while (number < most_capabilities && prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0) ++number;
    return number - 1;
}

} // namespace

int drop_bounding_set(uint64_t keep) noexcept {
    CapabilitySets sets;
    if (int code = sets.read()) return code;
    int failed = 0;
    uint64_t dropped = 0;
    for (int number = last_capability(); number >= 0; --number) {
        if ((keep & capability_bit(number)) != 0) continue;
        dropped |= capability_bit(number);
        if (!is_bounding(number) || prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0) continue;
        // One that we have not got ourselves cannot be passed on anyway.
        if ((sets.permitted() & capability_bit(number)) != 0) failed = errno;
    }
    sets.set_inheritable(sets.inheritable() & ~dropped);
    int code = sets.write();
    return failed != 0 ? failed : code;
}

int drop_own_capabilities(uint64_t keep) noexcept {
    if (int code = drop_bounding_set(keep)) return code;
    CapabilitySets sets;
    if (int code = sets.read()) return code;
    sets.restrict_all(keep);
    return sets.write();
}

int prepare_ambient_set(uint64_t& set, int& which) noexcept {
    CapabilitySets sets;
    if (int code = sets.read()) return code;
    for (int number = last_capability(); number >= 0; --number) {
        if ((set & ~sets.permitted() & capability_bit(number)) != 0) which = number;
    }
    set &= sets.permitted();
    sets.set_inheritable(sets.inheritable() | set);
    return sets.write();
}

int raise_ambient_set(uint64_t set, int& which) noexcept {
    for (int number = last_capability(); number >= 0; --number) {
        if ((set & capability_bit(number)) == 0) continue;
        which = number;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) < 0) return errno;
    }
    return 0;
}

int set_secure_bits(int bits) noexcept {
    if (prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == bits) return 0;
    // The change to another user has taken it out of the effective set.
    CapabilitySets sets;
    if (int code = sets.read()) return code;
    sets.halves[CAP_TO_INDEX(CAP_SETPCAP)].effective |=
        sets.halves[CAP_TO_INDEX(CAP_SETPCAP)].permitted & CAP_TO_MASK(CAP_SETPCAP);
    (void)sets.write();
    return prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0 ? errno : 0;
}

} // namespace sctl
