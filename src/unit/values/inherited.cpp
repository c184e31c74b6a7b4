#include "unit/values/inherited.hpp"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.hpp"
#include "base/text.hpp"

namespace sctl {

int inherited_nice() {
    errno = 0;
    int level = getpriority(PRIO_PROCESS, 0);
    return errno == 0 ? level : 0;
}

int inherited_oom_score_adjust() {
    auto text = read_virtual_file("/proc/self/oom_score_adj");
    auto score = text ? parse_number<int>(trim(*text)) : std::nullopt;
    return score.value_or(0);
}

uint64_t inherited_coredump_filter() {
    constexpr uint64_t usual = 0x33; // core(5)
    auto text = read_virtual_file("/proc/self/coredump_filter");
    auto filter = text ? parse_number<uint64_t>(trim(*text), 16) : std::nullopt;
    return filter.value_or(usual);
}

int inherited_cpu_scheduling_policy() {
    int policy = sched_getscheduler(0);
    return policy < 0 ? SCHED_OTHER : policy;
}

int inherited_cpu_scheduling_priority() {
    sched_param parameter{};
    return sched_getparam(0, &parameter) < 0 ? 0 : parameter.sched_priority;
}

int inherited_io_priority() {
    constexpr int who_process = 1;
    auto priority = static_cast<int>(syscall(SYS_ioprio_get, who_process, 0));
    return priority >> io_class_shift > 0 ? priority : default_io_priority;
}

uint64_t inherited_timer_slack() {
    constexpr uint64_t usual = 50'000;
    int slack = prctl(PR_GET_TIMERSLACK);
    return slack < 0 ? usual : static_cast<uint64_t>(slack);
}

} // namespace sctl
