#include "os/own_process.hpp"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "os/spawn_child.hpp"

namespace sctl {

Result<void> use_cpus(const std::vector<uint16_t>& numbers) {
    constexpr size_t most_cpus = 8192;
    unsigned long mask[most_cpus / (8 * sizeof(unsigned long))] = {};
    constexpr size_t bits = 8 * sizeof mask[0];
    for (uint16_t number : numbers) {
        if (number < most_cpus) mask[number / bits] |= 1ul << number % bits;
    }
    if (syscall(SYS_sched_setaffinity, 0, sizeof mask, mask) < 0)
        return errno_error("Failed to set CPU affinity");
    return {};
}

Result<void> give_up_capabilities(uint64_t keep) {
    if (int code = drop_own_capabilities(keep); code != 0)
        return errno_error("Failed to drop capability bounding set", code);
    return {};
}

Result<void> give_up_new_privileges() {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return errno_error("Failed to disable new privileges");
    return {};
}

Result<void> use_timer_slack(uint64_t nanoseconds) {
    if (prctl(PR_SET_TIMERSLACK, nanoseconds) < 0)
        return errno_error("Failed to adjust timer slack");
    return {};
}

} // namespace sctl
