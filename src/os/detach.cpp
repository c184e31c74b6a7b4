#include "os/detach.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/text.hpp"
#include "os/pid1.hpp"

namespace sctl {
namespace {

constexpr char ready_mark = '+'; // what a child says that is ready; all else is why it is not

// With the privilege to raise them all become PID 1's; else as far as the hard ones allow.
void take_limits_of_pid1() {
    for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
        rlimit wanted{}, own{};
        // These carry the tag by which an outer manager knows us.
        if (resource == RLIMIT_LOCKS || resource == RLIMIT_RSS) continue;
        if (prlimit(1, static_cast<__rlimit_resource>(resource), nullptr, &wanted) < 0) return;
        if (setrlimit(static_cast<__rlimit_resource>(resource), &wanted) == 0) continue;
        if (getrlimit(static_cast<__rlimit_resource>(resource), &own) < 0) continue;
        own.rlim_cur = std::min(wanted.rlim_cur, own.rlim_max);
        setrlimit(static_cast<__rlimit_resource>(resource), &own);
    }
}

void reset_scheduling() {
    constexpr int whole_process = 1, no_io_class = 0; // ioprio_set(2)
    sched_param none{};
    sched_setscheduler(0, SCHED_OTHER, &none);
    setpriority(PRIO_PROCESS, 0, 0);
    syscall(SYS_ioprio_set, whole_process, 0, no_io_class);
    prctl(PR_SET_TIMERSLACK, 50000ul); // the kernel's default
}

void take_scheduling_of_pid1(const Root& root) {
    errno = 0;
    int nice = getpriority(PRIO_PROCESS, 1);
    if (errno == 0) setpriority(PRIO_PROCESS, 0, nice);
    cpu_set_t processors;
    if (sched_getaffinity(1, sizeof processors, &processors) == 0)
        sched_setaffinity(0, sizeof processors, &processors);
    auto score = read_virtual_file(root.at("/proc/1/oom_score_adj"));
    UniqueFd own(open(root.at("/proc/self/oom_score_adj").c_str(), O_WRONLY | O_CLOEXEC));
    if (score && own) [[maybe_unused]]
        auto written = write(own.get(), score->data(), score->size());
}

void reset_user() {
    if (geteuid() != 0) return;
    [[maybe_unused]] int done = setgroups(0, nullptr);
    done = setresgid(0, 0, 0);
    done = setresuid(0, 0, 0);
}

void reset_environment(const Root& root) {
    auto variables = pid1_environment(root);
    clearenv();
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    for (auto& variable : variables) {
        auto equals = variable.find('=');
        setenv(variable.substr(0, equals).c_str(), variable.c_str() + equals + 1, 1);
    }
}

// The engine's log, where PID 1 writes into it. Not a terminal, which is somebody's screen.
UniqueFd open_engine_log(const Root& root) {
    if (!root.is_machine() || !pid1_is_trusted(root)) return {};
    struct stat info {};
    if (stat("/proc/1/fd/2", &info) < 0 || !S_ISFIFO(info.st_mode)) return {};
    // Without O_NONBLOCK opening a FIFO without a reader would wait.
    UniqueFd pipe(open("/proc/1/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (pipe && fcntl(pipe.get(), F_SETFL, 0) < 0) return {};
    return pipe;
}

void leave_caller(const Root& root) {
    setsid(); // a new child leads no process group
    UniqueFd null(open("/dev/null", O_RDWR | O_NOCTTY | O_CLOEXEC));
    UniqueFd log = open_engine_log(root);
    for (int fd = 0; fd <= STDERR_FILENO && null; ++fd)
        dup2(fd == STDERR_FILENO && log ? log.get() : null.get(), fd);
}

Result<void> wait_until_ready(int pipe, pid_t child) {
    std::string text;
    char buffer[4096];
    ssize_t got = 0;
    while ((got = read(pipe, buffer, sizeof buffer)) != 0) {
        if (got < 0 && errno != EINTR) return errno_error("read");
        if (got > 0) text.append(buffer, static_cast<size_t>(got));
    }
    if (text == std::string_view(&ready_mark, 1)) return {};
    waitpid(child, nullptr, 0); // it has closed the pipe, and is about to end
    return Error{ECHILD, text.empty() ? "it ended before it was ready" : text, {}};
}

} // namespace

void reset_inherited(const Root& root) {
    [[maybe_unused]] int changed = chdir("/");
    umask(0022);
    reset_environment(root);
    reset_user();
    reset_scheduling();
    if (!pid1_is_trusted(root)) return;
    take_limits_of_pid1();
    take_scheduling_of_pid1(root);
}

void Readiness::ready() noexcept {
    [[maybe_unused]] auto written = write(pipe_.get(), &ready_mark, 1);
    pipe_.reset();
}

void Readiness::failed(std::string_view why) noexcept {
    [[maybe_unused]] auto written = write(pipe_.get(), why.data(), why.size());
    pipe_.reset();
}

Result<std::optional<Readiness>> detach(const Root& root) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return errno_error("pipe2");
    UniqueFd read_end(ends[0]), write_end(ends[1]);
    pid_t child = fork();
    if (child < 0) return errno_error("fork");
    if (child == 0) {
        read_end.reset();
        leave_caller(root);
        return std::optional<Readiness>(Readiness(std::move(write_end)));
    }
    write_end.reset();
    auto outcome = wait_until_ready(read_end.get(), child);
    if (!outcome) return outcome.error();
    return std::optional<Readiness>();
}

} // namespace sctl
