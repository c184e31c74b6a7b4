#include "os/reaper.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <map>
#include <stdexcept>
#include <vector>

#include "base/log.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("os");

namespace {

pid_t fork_exiting(int status) {
    pid_t pid = fork();
    if (pid == 0) _exit(status);
    return pid;
}

void wait_until_zombie(pid_t pid) {
    siginfo_t info{};
    REQUIRE(waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);
}

} // namespace

TEST_CASE("every exit is seen as a zombie and then reaped, whatever its handler does") {
    std::map<pid_t, int> expected;
    for (int i = 0; i < 20; ++i) expected.emplace(fork_exiting(i), i);
    for (auto [pid, status] : expected) wait_until_zombie(pid);
    auto before = set_log_sink([](LogLevel, std::string_view) {});
    size_t zombies = 0;
    auto handle = [&](const ProcessExit& exited) {
        CHECK(exited.code == CLD_EXITED);
        CHECK(expected.at(exited.pid) == exited.status);
        zombies += read_process_stat(exited.pid)->dead() ? 1u : 0u;
        expected.erase(exited.pid);
        throw std::runtime_error("a bug");
    };
    CHECK(reap_exited(handle, 5) == Reaping::More);
    CHECK(expected.size() == 15);
    CHECK(reap_exited(handle) == Reaping::Done);
    set_log_sink(before);
    CHECK(expected.empty());
    CHECK(zombies == 20);
    CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
    CHECK(errno == ECHILD);
}

TEST_CASE("who is known is seen as a zombie, and orphans are reaped beside") {
    pid_t known = fork_exiting(3), orphan = fork_exiting(4);
    wait_until_zombie(known);
    wait_until_zombie(orphan);
    pid_t living = fork();
    if (living == 0) {
        pause();
        _exit(0);
    }
    std::map<pid_t, int> told;
    bool known_was_there = false;
    auto handle = [&](const ProcessExit& exited) {
        told[exited.pid] = exited.status;
        if (exited.pid == known) known_was_there = read_process_stat(known).has_value();
    };
    auto first = reap_orphans(std::array{known}, handle, 1);
    CHECK(first.more);
    CHECK(known_was_there);
    auto second = reap_orphans({}, handle);
    CHECK(!second.more);
    CHECK(second.children_left);
    CHECK(told == std::map<pid_t, int>{{known, 3}, {orphan, 4}});
    kill(living, SIGKILL);
    wait_until_zombie(living);
    auto third = reap_orphans({}, handle);
    CHECK(!third.more);
    CHECK(!third.children_left);
}

TEST_CASE("a death by signal is told as such") {
    pid_t pid = fork();
    if (pid == 0) {
        pause();
        _exit(0);
    }
    kill(pid, SIGKILL);
    wait_until_zombie(pid);
    ProcessExit seen;
    reap_exited([&](const ProcessExit& exited) { seen = exited; });
    CHECK(seen.pid == pid);
    CHECK(seen.code == CLD_KILLED);
    CHECK(seen.status == SIGKILL);
}

TEST_CASE("a blocked signal is kept until it is read, with its sender") {
    pid_t pid = fork(); // the mask is this child's alone
    if (pid == 0) {
        block_all_signals();
        kill(getpid(), SIGTERM);
        kill(getpid(), SIGRTMIN + 3);
        auto fd = open_signal_fd();
        std::vector<ReceivedSignal> got;
        auto note = [&](const ReceivedSignal& signal) { got.push_back(signal); };
        read_signals(fd->get(), note);
        read_signals(fd->get(), note);
        bool right = got.size() == 2 && got[0].number == SIGTERM && got[0].sender == getpid() &&
                     got[1].number == SIGRTMIN + 3;
        _exit(right ? 0 : 1);
    }
    int status = 0;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_SUITE_END();
