#include "os/spawn_child.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <csignal>
#include <cstring>

#include "os/raw_call.hpp"

namespace sctl {
namespace {

#ifdef SYS_setgroups32 // 32-bit machines: the plain calls take 16-bit ids there
constexpr long setgroups_call = SYS_setgroups32, setresgid_call = SYS_setresgid32,
               setresuid_call = SYS_setresuid32;
#else
constexpr long setgroups_call = SYS_setgroups, setresgid_call = SYS_setresgid,
               setresuid_call = SYS_setresuid;
#endif

// As rt_sigaction(2) and rt_sigprocmask(2) take them.
constexpr unsigned long kernel_sa_restorer = 0x04000000;
struct KernelSigaction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(int);
    uint64_t mask;
};

// Before Linux 5.16 a process that dumps core ends all that share its memory, us as well. After the
// exec, which takes handlers off, these signals dump core again.
constexpr uint64_t core_signals = signal_bit(SIGQUIT) | signal_bit(SIGILL) | signal_bit(SIGTRAP) |
                                  signal_bit(SIGABRT) | signal_bit(SIGBUS) | signal_bit(SIGFPE) |
                                  signal_bit(SIGSEGV) | signal_bit(SIGXCPU) | signal_bit(SIGXFSZ) |
                                  signal_bit(SIGSYS);

void end_without_core(int) {
    raw_call(SYS_kill, raw_call(SYS_getpid), SIGKILL);
}

[[noreturn]] void leave(int status) noexcept {
    while (true) raw_call(SYS_exit_group, status);
}

class Child {
  public:
    explicit Child(ChildMemory& memory) noexcept : memory_(memory), plan_(*memory.plan) {}

    [[noreturn]] void run() noexcept {
        if (int code = leave_shared_descriptors(memory_)) fail(SpawnStep::Fds, code);
        raw_call(SYS_prctl, PR_SET_NAME, memory_.name.data());
        raw_call(SYS_umask, 0); // the modes of files and directories made here are exact
        lead();
        reset_signals();
        be_tracked();
        if (plan_.doomed) fail(plan_.doomed->step, plan_.doomed->code);
        SpawnStep step{};
        if (int code = set_up_descriptors(memory_, step)) fail(step, code);
        set_up_scheduling();
        make_directories();
        raw_call(SYS_umask, plan_.umask);
        for (const auto& limit : plan_.limits) set_limit(limit);
        become_user();
        change_directory();
        if (plan_.secure_bits != 0) {
            if (int code = set_secure_bits(plan_.secure_bits)) fail(SpawnStep::SecureBits, code);
        }
        if (plan_.no_new_privileges)
            require(raw_call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1), SpawnStep::NoNewPrivileges);
        write_pid_variables();
        execute();
    }

  private:
    void report(const SpawnRecord& record) noexcept {
        raw_call(SYS_write, memory_.status_pipe, &record, sizeof record);
    }
    void warn(SpawnStep step, int code, int which = -1) noexcept {
        report({step, code, true, which});
    }
    [[noreturn]] void fail(SpawnStep step, int code, int which = -1) noexcept {
        report({step, code, false, which});
        leave(static_cast<int>(step));
    }
    void require(long result, SpawnStep step) noexcept {
        if (result < 0) fail(step, static_cast<int>(-result));
    }

    // While all signals are still blocked: a group in the background that takes the terminal would
    // be stopped by SIGTTOU.
    void lead() noexcept {
        if (plan_.leads == Leads::Session) {
            long session = raw_call(SYS_setsid);
            if (session != -EPERM) require(session, SpawnStep::Setsid);
        }
        if (plan_.leads == Leads::Group) require(raw_call(SYS_setpgid, 0, 0), SpawnStep::Setsid);
        if (!plan_.take_terminal || plan_.leads == Leads::Nothing) return;
        auto group = static_cast<pid_t>(raw_call(SYS_getpid));
        long taken = plan_.leads == Leads::Session
                         ? raw_call(SYS_ioctl, STDIN_FILENO, TIOCSCTTY, 0)
                         : raw_call(SYS_ioctl, STDIN_FILENO, TIOCSPGRP, &group);
        if (taken < 0) warn(SpawnStep::Stdin, static_cast<int>(-taken));
    }

    void reset_signals() noexcept {
        uint64_t ignored = plan_.signals.ignored;
        if (plan_.ignore_sigpipe) ignored |= signal_bit(SIGPIPE);
        uint64_t caught = memory_.shares_memory ? core_signals & ~ignored : 0;
        uint64_t left = memory_.has_default_dispositions ? ignored | caught : UINT64_MAX;
        for (; left != 0; left &= left - 1) {
            int number = std::countr_zero(left) + 1;
            put_disposition(number, ignored & signal_bit(number)  ? SIG_IGN
                                    : caught & signal_bit(number) ? end_without_core
                                                                  : SIG_DFL);
        }
        uint64_t mask = plan_.signals.blocked;
        require(raw_call(SYS_rt_sigprocmask, SIG_SETMASK, &mask, nullptr, sizeof mask),
                SpawnStep::SignalMask);
    }

    static void put_disposition(int number, void (*handler)(int)) noexcept {
        if constexpr (has_raw_calls) {
            // The handler does not return; but without a restorer the kernel calls none.
            KernelSigaction action{handler, kernel_sa_restorer, end_without_core, 0};
            raw_call(SYS_rt_sigaction, number, &action, nullptr, sizeof action.mask);
        } else {
            struct sigaction action {};
            action.sa_handler = handler;
            sigaction(number, &action, nullptr);
        }
    }

    static long set_limit_of(int resource, const rlimit& limit) noexcept {
        const uint64_t both[] = {limit.rlim_cur, limit.rlim_max}; // as prlimit(2) takes them
        return raw_call(SYS_prlimit64, 0, resource, both, nullptr);
    }
    static bool get_limit_of(int resource, rlimit& limit) noexcept {
        uint64_t both[2]{};
        if (raw_call(SYS_prlimit64, 0, resource, nullptr, both) < 0) return false;
        limit = {.rlim_cur = both[0], .rlim_max = both[1]};
        return true;
    }

    void be_tracked() noexcept {
        if (plan_.tag) {
            long set = set_limit_of(RLIMIT_LOCKS, {plan_.tag->locks, plan_.tag->locks});
            if (set == 0) set = set_limit_of(RLIMIT_RSS, {plan_.tag->rss, plan_.tag->rss});
            if (set < 0) warn(SpawnStep::Limits, static_cast<int>(-set));
        }
        if (!memory_.join_cgroup) return;
        long fd = raw_call(SYS_openat, plan_.cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
        require(fd, SpawnStep::Cgroup);
        require(raw_call(SYS_write, fd, "0", 1), SpawnStep::Cgroup);
        raw_call(SYS_close, fd);
    }

    void set_up_scheduling() noexcept {
        if (plan_.oom_score_adjust) adjust_oom_score(*plan_.oom_score_adjust);
        if (plan_.nice) set_nice(*plan_.nice);
        if (plan_.scheduling) {
            sched_param parameter{};
            parameter.sched_priority = plan_.scheduling->priority;
            int policy = plan_.scheduling->policy;
            if (plan_.scheduling->reset_on_fork) policy |= SCHED_RESET_ON_FORK;
            require(raw_call(SYS_sched_setscheduler, 0, policy, &parameter),
                    SpawnStep::Setscheduler);
        }
        if (!plan_.cpu_affinity.empty()) {
            constexpr size_t most_cpus = 8192, word = 64;
            uint64_t cpus[most_cpus / word] = {};
            for (uint16_t cpu : plan_.cpu_affinity) cpus[cpu / word] |= uint64_t{1} << cpu % word;
            require(raw_call(SYS_sched_setaffinity, 0, sizeof cpus, cpus), SpawnStep::CpuAffinity);
        }
        constexpr int who_process = 1;
        if (plan_.io_priority)
            require(raw_call(SYS_ioprio_set, who_process, 0, *plan_.io_priority),
                    SpawnStep::Ioprio);
    }

    void make_directories() noexcept {
        for (size_t i = 0; i < plan_.directories.size(); ++i) {
            const DirectoryPlan& directory = plan_.directories[i];
            int which = static_cast<int>(i);
            bool moved = false;
            int code = settle_private_directory(directory, moved);
            if (moved) report({directory.step, 0, true, which});
            if (code == 0) code = make_planned_directory(directory);
            if (code != 0) fail(directory.step, code, which);
        }
        if (plan_.credentials) {
            int which = -1;
            if (int code = set_up_credentials(*plan_.credentials, which))
                fail(SpawnStep::Credentials, code, which);
        }
        // From here on our mounts are the process's own.
        if (int code = open_private_directories(plan_)) fail(SpawnStep::Namespace, code);
    }

    void adjust_oom_score(int score) noexcept {
        char digits[16];
        auto end = std::to_chars(digits, digits + sizeof digits, score).ptr;
        long fd = raw_call(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
        long done = fd < 0 ? fd : raw_call(SYS_write, fd, digits, end - digits);
        if (fd >= 0) raw_call(SYS_close, fd);
        if (done > 0) return;
        int code = static_cast<int>(-done);
        if (code == EPERM || code == EACCES || code == EROFS)
            warn(SpawnStep::OomAdjust, code);
        else
            fail(SpawnStep::OomAdjust, code);
    }

    // As near as RLIMIT_NICE allows.
    void set_nice(int nice) noexcept {
        constexpr int who_process = 0, least = 20; // the kernel counts nice levels from 1 to 40
        long set = raw_call(SYS_setpriority, who_process, 0, nice);
        if (set == 0) return;
        if (set != -EACCES && set != -EPERM) fail(SpawnStep::Nice, static_cast<int>(-set));
        warn(SpawnStep::Nice, static_cast<int>(-set));
        rlimit limit{};
        if (!get_limit_of(RLIMIT_NICE, limit)) return;
        int lowest = least - static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 40));
        int current = least - static_cast<int>(raw_call(SYS_getpriority, who_process, 0));
        if (lowest < current) raw_call(SYS_setpriority, who_process, 0, std::max(lowest, nice));
    }

    // Without the right to raise the hard limit, the one that there is holds.
    void set_limit(const LimitPlan& plan) noexcept {
        if (plan.resource == RLIMIT_LOCKS) return;
        bool keeps_tag =
            plan.resource == RLIMIT_RSS && plan_.tag && plan.limit.rlim_max >= plan_.tag->rss;
        if (keeps_tag) return;
        long set = set_limit_of(plan.resource, plan.limit);
        if (set == 0) return;
        rlimit had{};
        if (set != -EPERM || !get_limit_of(plan.resource, had))
            fail(SpawnStep::Limits, static_cast<int>(-set));
        if (!plan.as_far_as_allowed) warn(SpawnStep::Limits, EPERM);
        set_limit_of(plan.resource, {std::min(plan.limit.rlim_cur, had.rlim_max),
                                     std::min(plan.limit.rlim_max, had.rlim_max)});
    }

    void become_user() noexcept {
        if (plan_.groups)
            require(raw_call(setgroups_call, plan_.groups->size(), plan_.groups->data()),
                    SpawnStep::Group);
        if (plan_.gid)
            require(raw_call(setresgid_call, *plan_.gid, *plan_.gid, *plan_.gid), SpawnStep::Group);
        uint64_t ambient = plan_.ambient_set & plan_.bounding_set;
        int which = -1;
        if (plan_.bounding_set != UINT64_MAX) {
            int code = drop_bounding_set(plan_.bounding_set);
            if (code == EPERM)
                warn(SpawnStep::Capabilities, code);
            else if (code != 0)
                fail(SpawnStep::Capabilities, code);
        }
        if (ambient != 0) {
            if (int code = prepare_ambient_set(ambient, which)) fail(SpawnStep::Capabilities, code);
            if (which >= 0) warn(SpawnStep::Capabilities, EPERM, which);
        }
        if (!plan_.root_directory.empty()) {
            require(raw_call(SYS_chroot, plan_.root_directory.c_str()), SpawnStep::Chroot);
            require(raw_call(SYS_chdir, "/"), SpawnStep::Chroot);
        }
        if (plan_.uid) {
            bool keeps = ambient != 0 || plan_.secure_bits != 0;
            if (keeps) require(raw_call(SYS_prctl, PR_SET_KEEPCAPS, 1), SpawnStep::Capabilities);
            require(raw_call(setresuid_call, *plan_.uid, *plan_.uid, *plan_.uid), SpawnStep::User);
        }
        if (ambient != 0) {
            if (int code = raise_ambient_set(ambient, which))
                fail(SpawnStep::Capabilities, code, which);
        }
    }

    // As the user: root may not look into its home on a network file system.
    void change_directory() noexcept {
        if (plan_.directory >= 0)
            return require(raw_call(SYS_fchdir, plan_.directory), SpawnStep::Chdir);
        if (plan_.working_directory.empty()) return;
        long changed = raw_call(SYS_chdir, plan_.working_directory.c_str());
        if (changed == 0) return;
        if (!plan_.ignore_missing_directory) require(changed, SpawnStep::Chdir);
        raw_call(SYS_chdir, "/");
    }

    void write_pid_variables() noexcept {
        for (auto& variable : memory_.pid_variables) {
            char* at = variable.data() + strlen(variable.data());
            std::to_chars(at, variable.data() + variable.size() - 1, raw_call(SYS_getpid));
        }
    }

    long execute_file(const char* path, char* const* arguments) noexcept {
        return raw_call(SYS_execve, path, arguments, memory_.environment.data());
    }

    [[noreturn]] void execute() noexcept {
        int code = ENOENT;
        for (const auto& path : plan_.executables) {
            long failed = execute_file(path.c_str(), memory_.arguments.data());
            if (failed == -ENOEXEC && plan_.fall_back_to_shell) {
                memory_.shell_arguments[1] = const_cast<char*>(path.c_str());
                require(execute_file("/bin/sh", memory_.shell_arguments.data()), SpawnStep::Exec);
            }
            if (failed == -EACCES)
                code = EACCES;
            else if (failed != -ENOENT && failed != -ENOTDIR)
                require(failed, SpawnStep::Exec);
        }
        if (!plan_.ignore_missing_executable) fail(SpawnStep::Exec, code);
        report({SpawnStep::Exec, code, true});
        leave(0);
    }

    ChildMemory& memory_;
    const ExecPlan& plan_;
};

} // namespace

void run_child(ChildMemory& memory) noexcept {
    Child(memory).run();
}

} // namespace sctl
