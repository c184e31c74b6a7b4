#include "os/command_lines.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <csignal>

#include "base/clock.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("os");

namespace {

class Asking {
  public:
    ~Asking() {
        for (pid_t pid : children) waitpid(pid, nullptr, 0);
    }
    CommandLines::Lines ask(const std::vector<pid_t>& pids) {
        Span deadline = monotonic_now() + std::chrono::seconds(20);
        bool told = false;
        CommandLines::Lines answer;
        lines.ask(pids, [&](const CommandLines::Lines& got) {
            answer = got;
            told = true;
        });
        while (!told && monotonic_now() < deadline) loop.run_once(std::chrono::milliseconds(100));
        REQUIRE(told);
        return answer;
    }

    std::vector<pid_t> children;
    EventLoop loop;
    CommandLines lines{loop, [this](pid_t pid) { children.push_back(pid); }};
};

} // namespace

TEST_CASE("arguments are joined by blanks, and who has none is not known") {
    Asking asking;
    pid_t ended = fork();
    if (ended == 0) _exit(0);
    siginfo_t info{};
    REQUIRE(waitid(P_PID, static_cast<id_t>(ended), &info, WEXITED | WNOWAIT) == 0);
    pid_t sleeping = fork();
    if (sleeping == 0) {
        execl("/bin/sleep", "a sleeper", "1000", "0", nullptr);
        _exit(1);
    }
    // Until the exec its line is ours.
    Span deadline = monotonic_now() + std::chrono::seconds(20);
    CommandLines::Lines lines;
    do {
        lines = asking.ask({ended, sleeping, INT_MAX});
    } while (lines[sleeping] != "a sleeper 1000 0" && monotonic_now() < deadline);
    CHECK(lines[sleeping] == "a sleeper 1000 0");
    CHECK_FALSE(lines.contains(ended));
    CHECK_FALSE(lines.contains(INT_MAX));
    kill(sleeping, SIGKILL);
    waitpid(sleeping, nullptr, 0);
    waitpid(ended, nullptr, 0);
}

TEST_CASE("of many processes one child after the other reads some") {
    Asking asking;
    auto ours = asking.ask({getpid()})[getpid()];
    REQUIRE_FALSE(ours.empty());
    std::vector<pid_t> pids(150, getpid());
    pids.push_back(getppid());
    auto lines = asking.ask(pids);
    CHECK(lines[getpid()] == ours);
    CHECK_FALSE(lines[getppid()].empty());
    CHECK(asking.children.size() == 1 + 3);
}

TEST_CASE("who asks while others are read for waits for its turn") {
    Asking asking;
    int known = 0, told = 0;
    constexpr int asked = 40;
    for (int i = 0; i < asked; ++i) {
        asking.lines.ask({getpid()}, [&](const CommandLines::Lines& lines) {
            ++told;
            known += lines.contains(getpid());
        });
    }
    Span deadline = monotonic_now() + std::chrono::seconds(20);
    while (told < asked && monotonic_now() < deadline)
        asking.loop.run_once(std::chrono::milliseconds(100));
    CHECK(known == asked);
}

TEST_CASE("a child that is gone before it has said anything leaves its processes unknown") {
    Asking asking;
    bool killed = false;
    CommandLines lines(asking.loop, [&](pid_t pid) {
        kill(pid, SIGKILL);
        asking.children.push_back(pid);
        killed = true;
    });
    bool told = false;
    lines.ask({getpid()}, [&](const CommandLines::Lines&) { told = true; });
    Span deadline = monotonic_now() + std::chrono::seconds(20);
    while (!told && monotonic_now() < deadline)
        asking.loop.run_once(std::chrono::milliseconds(100));
    CHECK(killed);
    CHECK(told);
}

TEST_SUITE_END();
