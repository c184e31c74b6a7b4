#include "os/spawn_child.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

namespace sctl {
namespace {

#ifdef SYS_setgroups32 // 32-bit machines: the plain calls take 16-bit ids there
constexpr long setgroups_call = SYS_setgroups32, setresgid_call = SYS_setresgid32,
               setresuid_call = SYS_setresuid32;
#else
constexpr long setgroups_call = SYS_setgroups, setresgid_call = SYS_setresgid,
               setresuid_call = SYS_setresuid;
#endif

class Child {
  public:
    explicit Child(ChildMemory& memory) noexcept : memory_(memory), plan_(*memory.plan) {}

    [[noreturn]] void run() noexcept {
        prctl(PR_SET_NAME, memory_.name.data());
        umask(0); // the modes of files and directories made here are exact
        lead();
        reset_signals();
        be_tracked();
        if (plan_.doomed) fail(plan_.doomed->step, plan_.doomed->code);
        SpawnStep step{};
        if (int code = set_up_descriptors(memory_, step)) fail(step, code);
        set_up_scheduling();
        for (const auto& directory : plan_.directories) {
            if (int code = make_planned_directory(directory)) fail(directory.step, code);
        }
        umask(plan_.umask);
        for (const auto& limit : plan_.limits) set_limit(limit);
        become_user();
        change_directory();
        if (plan_.no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
            fail(SpawnStep::NoNewPrivileges, errno);
        write_pid_variables();
        execute();
    }

  private:
    void report(const SpawnRecord& record) noexcept {
        if (memory_.shared) {
            auto& shared = *memory_.shared;
            if (shared.count < shared.records.size()) shared.records[shared.count++] = record;
        } else {
            [[maybe_unused]] auto written = write(memory_.status_pipe, &record, sizeof record);
        }
    }
    void warn(SpawnStep step, int code) noexcept { report({step, code, true}); }
    [[noreturn]] void fail(SpawnStep step, int code) noexcept {
        report({step, code, false});
        _exit(static_cast<int>(step));
    }

    // While all signals are still blocked: a group in the background that takes the terminal would
    // be stopped by SIGTTOU.
    void lead() noexcept {
        if (plan_.leads == Leads::Session && setsid() < 0 && errno != EPERM)
            fail(SpawnStep::Setsid, errno);
        if (plan_.leads == Leads::Group && setpgid(0, 0) < 0) fail(SpawnStep::Setsid, errno);
        if (!plan_.take_terminal || plan_.leads == Leads::Nothing) return;
        pid_t group = getpid();
        int taken = plan_.leads == Leads::Session ? ioctl(STDIN_FILENO, TIOCSCTTY, 0)
                                                  : ioctl(STDIN_FILENO, TIOCSPGRP, &group);
        if (taken < 0) warn(SpawnStep::Stdin, errno);
    }

    void reset_signals() noexcept {
        struct sigaction action {};
        sigset_t mask;
        sigemptyset(&mask);
        for (int number = 1; number < NSIG; ++number) {
            uint64_t bit = uint64_t{1} << (number - 1);
            bool ignored = (plan_.signals.ignored & bit) != 0;
            if (number == SIGPIPE) ignored |= plan_.ignore_sigpipe;
            action.sa_handler = ignored ? SIG_IGN : SIG_DFL;
            sigaction(number, &action, nullptr);
            if (plan_.signals.blocked & bit) sigaddset(&mask, number);
        }
        if (sigprocmask(SIG_SETMASK, &mask, nullptr) < 0) fail(SpawnStep::SignalMask, errno);
    }

    void be_tracked() noexcept {
        if (plan_.tag) {
            rlimit locks{plan_.tag->locks, plan_.tag->locks};
            rlimit rss{plan_.tag->rss, plan_.tag->rss};
            if (setrlimit(RLIMIT_LOCKS, &locks) < 0 || setrlimit(RLIMIT_RSS, &rss) < 0)
                warn(SpawnStep::Limits, errno);
        }
        if (!memory_.join_cgroup) return;
        int fd = openat(plan_.cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
        if (fd < 0 || write(fd, "0", 1) < 0) fail(SpawnStep::Cgroup, errno);
        close(fd);
    }

    void set_up_scheduling() noexcept {
        if (plan_.oom_score_adjust) adjust_oom_score(*plan_.oom_score_adjust);
        if (plan_.nice) set_nice(*plan_.nice);
        if (plan_.scheduling) {
            sched_param parameter{};
            parameter.sched_priority = plan_.scheduling->priority;
            int policy = plan_.scheduling->policy;
            if (plan_.scheduling->reset_on_fork) policy |= SCHED_RESET_ON_FORK;
            if (sched_setscheduler(0, policy, &parameter) < 0) fail(SpawnStep::Setscheduler, errno);
        }
        if (!plan_.cpu_affinity.empty()) {
            cpu_set_t cpus;
            CPU_ZERO(&cpus);
            for (int cpu : plan_.cpu_affinity) CPU_SET(static_cast<size_t>(cpu), &cpus);
            if (sched_setaffinity(0, sizeof cpus, &cpus) < 0) fail(SpawnStep::CpuAffinity, errno);
        }
        constexpr int who_process = 1;
        if (plan_.io_priority && syscall(SYS_ioprio_set, who_process, 0, *plan_.io_priority) < 0)
            fail(SpawnStep::Ioprio, errno);
    }

    void adjust_oom_score(int score) noexcept {
        char digits[16];
        auto end = std::to_chars(digits, digits + sizeof digits, score).ptr;
        int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
        bool done = fd >= 0 && write(fd, digits, static_cast<size_t>(end - digits)) > 0;
        int code = errno;
        if (fd >= 0) close(fd);
        if (done) return;
        if (code == EPERM || code == EACCES || code == EROFS)
            warn(SpawnStep::OomAdjust, code);
        else
            fail(SpawnStep::OomAdjust, code);
    }

    // As near as RLIMIT_NICE allows.
    void set_nice(int nice) noexcept {
        if (setpriority(PRIO_PROCESS, 0, nice) == 0) return;
        if (errno != EACCES && errno != EPERM) fail(SpawnStep::Nice, errno);
        warn(SpawnStep::Nice, errno);
        rlimit limit{};
        if (getrlimit(RLIMIT_NICE, &limit) < 0) return;
        int lowest = 20 - static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 40));
        int current = getpriority(PRIO_PROCESS, 0);
        if (lowest < current) setpriority(PRIO_PROCESS, 0, std::max(lowest, nice));
    }

    // Whoever may not raise the hard limit gets the one there is.
    void set_limit(const LimitPlan& plan) noexcept {
        if (plan.resource == RLIMIT_LOCKS) return;
        bool keeps_tag =
            plan.resource == RLIMIT_RSS && plan_.tag && plan.limit.rlim_max >= plan_.tag->rss;
        if (keeps_tag) return;
        auto resource = static_cast<__rlimit_resource>(plan.resource);
        if (setrlimit(resource, &plan.limit) == 0) return;
        rlimit had{};
        if (errno != EPERM || getrlimit(resource, &had) < 0) fail(SpawnStep::Limits, errno);
        if (!plan.as_far_as_allowed) warn(SpawnStep::Limits, EPERM);
        rlimit nearest{std::min(plan.limit.rlim_cur, had.rlim_max),
                       std::min(plan.limit.rlim_max, had.rlim_max)};
        setrlimit(resource, &nearest);
    }

    void become_user() noexcept {
        if (plan_.groups) {
            if (syscall(setgroups_call, plan_.groups->size(), plan_.groups->data()) < 0)
                fail(SpawnStep::Group, errno);
        }
        if (plan_.gid && syscall(setresgid_call, *plan_.gid, *plan_.gid, *plan_.gid) < 0)
            fail(SpawnStep::Group, errno);
        if (plan_.uid && syscall(setresuid_call, *plan_.uid, *plan_.uid, *plan_.uid) < 0)
            fail(SpawnStep::User, errno);
    }

    // As the user: root may not look into its home on a network file system.
    void change_directory() noexcept {
        if (plan_.directory >= 0 && fchdir(plan_.directory) < 0) fail(SpawnStep::Chdir, errno);
        if (plan_.working_directory.empty()) return;
        if (chdir(plan_.working_directory.c_str()) == 0 || plan_.ignore_missing_directory) return;
        fail(SpawnStep::Chdir, errno);
    }

    void write_pid_variables() noexcept {
        for (auto& variable : memory_.pid_variables) {
            char* at = variable.data() + strlen(variable.data());
            std::to_chars(at, variable.data() + variable.size() - 1, getpid());
        }
    }

    [[noreturn]] void execute() noexcept {
        int code = ENOENT;
        for (const auto& path : plan_.executables) {
            execve(path.c_str(), memory_.arguments.data(), memory_.environment.data());
            if (errno == ENOEXEC && plan_.fall_back_to_shell) {
                memory_.shell_arguments[1] = const_cast<char*>(path.c_str());
                execve("/bin/sh", memory_.shell_arguments.data(), memory_.environment.data());
                fail(SpawnStep::Exec, errno);
            }
            if (errno == EACCES)
                code = EACCES;
            else if (errno != ENOENT && errno != ENOTDIR)
                fail(SpawnStep::Exec, errno);
        }
        if (!plan_.ignore_missing_executable) fail(SpawnStep::Exec, code);
        report({SpawnStep::Exec, code, true});
        _exit(0);
    }

    ChildMemory& memory_;
    const ExecPlan& plan_;
};

} // namespace

void run_child(ChildMemory& memory) noexcept {
    Child(memory).run();
}

} // namespace sctl
