#include "os/former_run.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("os");

namespace {

// A process that sleeps, as the main one of a unit.
struct Sleeper {
    Sleeper() {
        pid = fork();
        if (pid == 0) {
            for (;;) pause();
        }
        run.unit = "a.service";
        run.invocation[3] = 0xa7;
        run.is_up = true;
        run.main_pid = pid;
        run.start_ticks = read_process_stat(pid)->start_ticks;
    }
    ~Sleeper() {
        kill(pid, SIGKILL);
        waitpid(pid, nullptr, 0);
    }
    pid_t pid;
    FormerRun run;
};

} // namespace

TEST_CASE("a note tells of a run as long as its main process is there") {
    TemporaryDirectory directory;
    Root root = directory.root();
    CHECK_FALSE(has_former_runs(root));
    {
        Sleeper sleeper;
        REQUIRE(note_run(root, sleeper.run));
        CHECK(has_former_runs(root));
        CHECK(take_former_runs(root) == std::vector{sleeper.run});
        CHECK(processes_of(sleeper.run) == std::vector{sleeper.pid});
        sleeper.run.control_group = "/x/a.service";
        REQUIRE(note_run(root, sleeper.run));
        CHECK(take_former_runs(root) == std::vector{sleeper.run});
    }
    CHECK_FALSE(has_former_runs(root));
    CHECK(directory.read("/run/systemd/running/a.service") != "(unreadable)");
    CHECK(take_former_runs(root).empty());
    CHECK(directory.read("/run/systemd/running/a.service") == "(unreadable)");
}

TEST_CASE("a note of another boot, another process or without sense is none") {
    TemporaryDirectory directory;
    Root root = directory.root();
    Sleeper sleeper;
    REQUIRE(note_run(root, sleeper.run));
    auto path = "/run/systemd/running/a.service";
    auto text = directory.read(path);
    for (const auto& bad : {"x" + text, text.substr(0, text.size() / 2), std::string()}) {
        directory.write(path, bad);
        CHECK_FALSE(has_former_runs(root));
    }
    ++sleeper.run.start_ticks;
    REQUIRE(note_run(root, sleeper.run));
    CHECK_FALSE(has_former_runs(root));
    CHECK(kill(sleeper.pid, 0) == 0);
}

TEST_CASE("what cannot go on is killed, and nothing else") {
    Sleeper sleeper, other;
    auto run = other.run;
    run.main_pid = sleeper.pid;
    run.start_ticks = sleeper.run.start_ticks + 1;
    end_processes(run, true);
    CHECK(kill(sleeper.pid, 0) == 0);
    end_processes(sleeper.run, true);
    siginfo_t info{};
    REQUIRE(waitid(P_PID, static_cast<id_t>(sleeper.pid), &info, WEXITED | WNOWAIT) == 0);
    CHECK(info.si_status == SIGKILL);
    CHECK(read_process_stat(other.pid)->state != 'Z');
}

TEST_SUITE_END();
