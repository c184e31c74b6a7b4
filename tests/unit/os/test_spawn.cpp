#include "os/spawn.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/text.hpp"
#include "os/machine.hpp"
#include "os/process.hpp"
#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("os");

namespace {

// A plan whose output can be read back, run by the shell.
struct ShellPlan : ExecPlan {
    explicit ShellPlan(std::string script) {
        executables = {"/bin/sh"};
        arguments = {"sh", "-c", std::move(script)};
        environment = {"PATH=/usr/bin:/bin"};
        int ends[2];
        REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
        reader.reset(ends[0]);
        writer.reset(ends[1]);
        standard_output = {StdioPlan::Kind::Descriptor, writer.get(), {}, false};
        standard_error = {StdioPlan::Kind::Stdout, -1, {}, false};
    }
    UniqueFd reader, writer;
};

struct Outcome {
    SpawnReport report;
    int status = 0;
    std::string output;
};

SpawnReport finish_report(Spawned& spawned) {
    while (!spawned.report.finished) {
        pollfd wait{spawned.status.get(), POLLIN, 0};
        poll(&wait, 1, -1);
        read_spawn_report(spawned.status.get(), spawned.report);
    }
    return spawned.report;
}

Outcome run(const ExecPlan& plan) {
    auto spawned = spawn(plan);
    REQUIRE(spawned);
    Outcome outcome;
    outcome.report = finish_report(*spawned);
    int status = 0;
    REQUIRE(waitpid(spawned->pid, &status, 0) == spawned->pid);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    return outcome;
}

Outcome run(ShellPlan& plan) {
    auto outcome = run(static_cast<const ExecPlan&>(plan));
    plan.writer.reset();
    char buffer[4096];
    ssize_t got;
    while ((got = read(plan.reader.get(), buffer, sizeof buffer)) > 0)
        outcome.output.append(buffer, static_cast<size_t>(got));
    return outcome;
}

ExecPlan plan_of(std::string path) {
    ExecPlan plan;
    plan.arguments = {path};
    plan.executables = {std::move(path)};
    return plan;
}

// As the manager's are, all the time.
struct BlockedSignals {
    BlockedSignals() {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, &before);
    }
    ~BlockedSignals() { sigprocmask(SIG_SETMASK, &before, nullptr); }
    sigset_t before;
};

bool may_become_others() {
    return geteuid() == 0 && !in_user_namespace(Root());
}

} // namespace

TEST_CASE(
    "a process begins in the directory of a descriptor, where its creator shares memory too") {
    TemporaryDirectory directory;
    UniqueFd there(open(directory.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    ShellPlan plan("pwd -P; ls /proc/self/fd | wc -l");
    plan.directory = there.get();
    auto outcome = run(plan);
    CHECK(may_share_memory(plan) == can_share_memory());
    CHECK(outcome.output == directory.path() + "\n4\n");
    plan.directory = 1000;
    CHECK(run(plan).report.failure == SpawnProblem{SpawnStep::Chdir, EBADF});
}

TEST_CASE(
    "the usual program runs from a child that shares our memory, with its output and status") {
    ShellPlan plan("echo out; echo err >&2; exit 3");
    auto outcome = run(plan);
    CHECK(may_share_memory(plan) == can_share_memory());
    CHECK(outcome.report.finished);
    CHECK(!outcome.report.failure);
    CHECK(outcome.output == "out\nerr\n");
    CHECK(outcome.status == 3);
}

TEST_CASE("a program is run through a descriptor, however high its number") {
    UniqueFd program(open("/bin/true", O_PATH | O_CLOEXEC));
    UniqueFd high(fcntl(program.get(), F_DUPFD_CLOEXEC, 100));
    REQUIRE(high);
    auto plan = plan_of(cat("/proc/self/fd/", high.get()));
    CHECK(may_share_memory(plan) == can_share_memory());
    auto outcome = run(plan);
    CHECK(!outcome.report.failure);
    CHECK(outcome.status == 0);
}

TEST_CASE("our own descriptors stay open whatever the child closes") {
    UniqueFd high(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 200));
    REQUIRE(high);
    ShellPlan plan("ls /proc/self/fd | wc -l");
    auto outcome = run(plan);
    CHECK(may_share_memory(plan) == can_share_memory());
    CHECK(outcome.output == "4\n"); // 0 to 2, and the directory
    CHECK(fcntl(high.get(), F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(plan.reader.get(), F_GETFD) == FD_CLOEXEC);
}

TEST_CASE("a child that makes directories or becomes somebody gets a fork") {
    auto opens = plan_of("/bin/true");
    opens.standard_output = {StdioPlan::Kind::Append, -1, "/dev/null", false};
    CHECK(may_share_memory(opens) == can_share_memory());
    auto makes = plan_of("/bin/true");
    makes.directories = {{.path = "/"}};
    CHECK(!may_share_memory(makes));
    auto becomes = plan_of("/bin/true");
    becomes.gid = 0;
    CHECK(!may_share_memory(becomes));
}

TEST_CASE("a missing program fails at step EXEC in either kind of child") {
    TemporaryDirectory parent;
    auto plan = plan_of("/nonexistent/program");
    for (bool forks : {false, true}) {
        if (forks)
            plan.directories = {
                {.path = cat(parent.path(), "/new"), .uid = getuid(), .gid = getgid()}};
        CHECK(may_share_memory(plan) == (!forks && can_share_memory()));
        auto outcome = run(plan);
        CHECK(outcome.report.failure == SpawnProblem{SpawnStep::Exec, ENOENT});
        CHECK(outcome.status == 203);
    }
    plan.ignore_missing_executable = true;
    auto outcome = run(plan);
    CHECK(!outcome.report.failure);
    CHECK(outcome.report.warnings == std::vector{SpawnProblem{SpawnStep::Exec, ENOENT}});
    CHECK(outcome.status == 0);
}

TEST_CASE("a child whose exec takes its time holds nobody up, nor do others after it") {
    TemporaryDirectory directory;
    auto fifo = cat(directory.path(), "/fifo");
    REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
    auto plan = plan_of("/bin/cat");
    plan.standard_input = {StdioPlan::Kind::File, -1, fifo, false};
    REQUIRE(may_share_memory(plan) == can_share_memory());
    auto waiting = spawn(plan);
    REQUIRE(waiting);
    plan = {}; // what the child needs of it is kept
    for (int i = 0; i < 20; ++i) CHECK(run(plan_of("/bin/true")).status == 0);
    await_spawn_report(*waiting, 1ms);
    CHECK(!waiting->report.finished);
    CHECK(UniqueFd(open(fifo.c_str(), O_WRONLY | O_CLOEXEC)));
    await_spawn_report(*waiting, 20s);
    CHECK(waiting->report.finished);
    CHECK(!waiting->status);
    int status = 0;
    CHECK(waitpid(waiting->pid, &status, 0) == waiting->pid);
    CHECK(status == 0);
}

TEST_CASE("a signal that dumps core ends a child that shares our memory, and nobody else") {
    TemporaryDirectory directory;
    auto fifo = cat(directory.path(), "/fifo");
    REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
    auto plan = plan_of("/bin/cat");
    plan.standard_input = {StdioPlan::Kind::File, -1, fifo, false};
    auto waiting = spawn(plan);
    REQUIRE(waiting);
    kill(waiting->pid, SIGQUIT);
    int status = 0;
    CHECK(waitpid(waiting->pid, &status, 0) == waiting->pid);
    CHECK(WIFSIGNALED(status));
    // After the exec it is as ever.
    ShellPlan dumps("kill -QUIT $$");
    CHECK(run(dumps).status == 1000 + SIGQUIT);
}

TEST_CASE("of several paths the first that can be executed is taken") {
    TemporaryDirectory dir;
    auto plan = plan_of(dir.write("/not-executable", "#!/bin/sh\n"));
    CHECK(run(plan).report.failure == SpawnProblem{SpawnStep::Exec, EACCES});
    plan.executables = {"/nonexistent/true", "/dev/null/true", plan.executables[0], "/bin/true"};
    CHECK(run(plan).status == 0);
}

TEST_CASE("a child inherits descriptors 0, 1 and 2 alone") {
    UniqueFd leak(open("/dev/null", O_RDONLY)); // not close-on-exec
    ShellPlan plan("ls /proc/self/fd; readlink /proc/self/fd/0");
    CHECK(run(plan).output == "0\n1\n2\n3\n/dev/null\n"); // 3 is ls's own, for the directory
}

TEST_CASE("extra descriptors become 3 and up, whatever their numbers were") {
    TemporaryDirectory dir;
    UniqueFd a(open(dir.write("/a", "A").c_str(), O_RDONLY | O_CLOEXEC));
    UniqueFd b(open(dir.write("/b", "B").c_str(), O_RDONLY | O_CLOEXEC));
    ShellPlan plan("cat <&3; cat <&4; cat <&5; ls /proc/$$/fd | tail -n1");
    UniqueFd c(open(dir.write("/c", "C").c_str(), O_RDONLY | O_CLOEXEC));
    plan.extra_descriptors = {c.get(), b.get(), a.get()};
    CHECK(run(plan).output.substr(0, 3) == "CBA");
}

TEST_CASE("signals are at their defaults and unblocked, but for SIGPIPE") {
    BlockedSignals blocked;
    signal(SIGUSR1, SIG_IGN);
    ShellPlan plan("grep -E 'Sig(Blk|Ign)' /proc/self/status");
    auto ignoring = run(plan);
    ShellPlan another("grep -E 'SigIgn' /proc/self/status");
    another.ignore_sigpipe = false;
    auto not_ignoring = run(another);
    signal(SIGUSR1, SIG_DFL);
    CHECK(ignoring.output == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000001000\n");
    CHECK(not_ignoring.output == "SigIgn:\t0000000000000000\n");
}

TEST_CASE("a child gets the mask and the ignored signals that its plan asks for") {
    BlockedSignals blocked;
    ShellPlan plan("");
    plan.executables = {"/bin/grep"}; // a shell would clear its mask
    plan.arguments = {"grep", "-E", "SigBlk|SigIgn", "/proc/self/status"};
    plan.ignore_sigpipe = false;
    plan.signals = {.blocked = 1 << (SIGUSR1 - 1), .ignored = 1 << (SIGUSR2 - 1)};
    CHECK(run(plan).output == "SigBlk:\t0000000000000200\nSigIgn:\t0000000000000800\n");
}

TEST_CASE("a child leads its own session and knows its pid") {
    ShellPlan plan("echo $SYSTEMD_EXEC_PID = $$; cut -d' ' -f6 /proc/$$/stat");
    plan.pid_variables = {"SYSTEMD_EXEC_PID"};
    auto output = run(plan).output;
    auto words = split(output);
    REQUIRE(words.size() == 4);
    CHECK(words[0] == words[2]);
    CHECK(words[3] == words[2]);
}

TEST_CASE("the tag is the limit that all descendants carry") {
    ShellPlan plan(
        "(ulimit -Hx; ulimit -Sx) 2>/dev/null || grep locks /proc/self/limits; sleep 0 & wait");
    constexpr ProcessTag tag{uint64_t{7} << 32, uint64_t{1} << 61};
    plan.tag = tag;
    auto spawned = spawn(plan);
    REQUIRE(spawned);
    siginfo_t info{};
    REQUIRE(waitid(P_PID, static_cast<id_t>(spawned->pid), &info, WEXITED | WNOWAIT) == 0);
    CHECK(read_process_tag(spawned->pid) == tag); // of a zombie, too
    waitpid(spawned->pid, nullptr, 0);
    CHECK(read_process_tag(getpid()) != tag);
}

TEST_CASE("streams go to files as asked") {
    TemporaryDirectory dir;
    using Kind = StdioPlan::Kind;
    auto in = dir.write("/in", "input");
    auto out = dir.write("/out", "0123456789");
    auto run_to = [&](Kind kind) {
        ShellPlan plan("umask; cat; echo e >&2");
        plan.umask = 0027;
        plan.standard_input = {Kind::File, -1, in, false};
        plan.standard_output = {kind, -1, out, false};
        plan.standard_error = {Kind::Append, -1, dir.path() + "/new", false};
        return run(plan).status;
    };
    CHECK(run_to(Kind::File) == 0);
    CHECK(dir.read("/out") == "0027\ninput"); // ten bytes over the ten
    CHECK(run_to(Kind::Append) == 0);
    CHECK(dir.read("/out") == "0027\ninput0027\ninput");
    CHECK(run_to(Kind::Truncate) == 0);
    CHECK(dir.read("/out") == "0027\ninput");
    CHECK(dir.read("/new") == "e\ne\ne\n");
    struct stat info {};
    stat((dir.path() + "/new").c_str(), &info);
    CHECK((info.st_mode & 0777) == 0640);
}

TEST_CASE("each stream that cannot be opened has its own step") {
    using Kind = StdioPlan::Kind;
    StdioPlan missing{Kind::File, -1, "/nonexistent/dir/file", false};
    auto plan = plan_of("/bin/true");
    plan.standard_input = missing;
    CHECK(run(plan).status == 208);
    plan.standard_input = {};
    plan.standard_output = missing;
    CHECK(run(plan).status == 209);
    plan.standard_output = {};
    plan.standard_error = missing;
    CHECK(run(plan).report.failure == SpawnProblem{SpawnStep::Stderr, ENOENT});
}

TEST_CASE("a missing working directory fails at CHDIR unless it may be missing") {
    ShellPlan plan("pwd");
    plan.working_directory = "/nonexistent";
    plan.ignore_missing_directory = true;
    CHECK(run(plan).status == 0);
    auto strict = plan_of("/bin/true");
    strict.working_directory = "/nonexistent";
    auto outcome = run(strict);
    CHECK(outcome.status == 200);
    CHECK(outcome.report.failure == SpawnProblem{SpawnStep::Chdir, ENOENT});
}

TEST_CASE("directories are made and given to the user before the rights are dropped") {
    if (!may_become_others()) return;
    TemporaryDirectory dir;
    chmod(dir.path().c_str(), 0755);
    dir.write("/state/old/file", "x");
    ShellPlan plan(cat("id -u; id -g; id -G; touch ", dir.path(), "/run/a/b/f; stat -c %a:%u:%g ",
                       dir.path(), "/run/a ", dir.path(), "/run/a/b ", dir.path(),
                       "/state/old/file"));
    plan.uid = 1234;
    plan.gid = 2345;
    plan.groups = {{3456}};
    plan.directories = {
        {SpawnStep::RuntimeDirectory, dir.path() + "/run/a/b", 0700, 1234, 2345, false},
        {SpawnStep::StateDirectory, dir.path() + "/state", 0750, 1234, 2345, false}};
    auto outcome = run(plan);
    CHECK(outcome.output == "1234\n2345\n2345 3456\n755:0:0\n700:1234:2345\n644:1234:2345\n");
    dir.write("/file", "");
    auto wrong = plan_of("/bin/true");
    wrong.directories = {{SpawnStep::CacheDirectory, dir.path() + "/file", 0755, 0, 0, false}};
    CHECK(run(wrong).report.failure == SpawnProblem{SpawnStep::CacheDirectory, ENOTDIR, 0});
}

TEST_CASE("a limit that may not be raised is a warning, and what can be had is given") {
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    ShellPlan plan("ulimit -Sn; ulimit -Hn; ulimit -Hc; nice");
    plan.limits = {{RLIMIT_NOFILE, {256, RLIM_INFINITY}}, {RLIMIT_CORE, {0, 0}}};
    plan.nice = 5;
    auto outcome = run(plan);
    CHECK(outcome.report.warnings == std::vector{SpawnProblem{SpawnStep::Limits, EPERM}});
    CHECK(outcome.output == cat("256\n", before.rlim_max, "\n0\n5\n"));
}

TEST_CASE("a lower OOM score without privilege is a warning") {
    ShellPlan plan("cat /proc/self/oom_score_adj");
    plan.oom_score_adjust = 300;
    CHECK(run(plan).output == "300\n");
}

TEST_CASE("a child that is stuck in its own steps holds nobody, and dies by SIGTERM") {
    TemporaryDirectory dir;
    auto fifo = dir.path() + "/fifo";
    REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
    auto plan = plan_of("/bin/true");
    plan.standard_input = {StdioPlan::Kind::File, -1, fifo, false};
    BlockedSignals blocked;
    auto spawned = spawn(plan);
    REQUIRE(spawned);
    CHECK(!read_spawn_report(spawned->status.get(), spawned->report));
    kill(spawned->pid, SIGTERM);
    int status = 0;
    waitpid(spawned->pid, &status, 0);
    CHECK(WTERMSIG(status) == SIGTERM);
}

TEST_SUITE_END();
