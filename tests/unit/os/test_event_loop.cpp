#include "os/event_loop.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <stdexcept>
#include <string>

#include "base/log.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("os");

namespace {

struct Pipe {
    Pipe() {
        int ends[2];
        REQUIRE(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
        reader.reset(ends[0]);
        writer.reset(ends[1]);
    }
    void fill() const { REQUIRE(write(writer.get(), "x", 1) == 1); }
    UniqueFd reader, writer;
};

std::string last_message;
void keep_message(LogLevel, std::string_view text) {
    last_message = text;
}

} // namespace

TEST_CASE("a watch is called while its descriptor is ready") {
    EventLoop loop;
    Pipe pipe;
    uint32_t seen = 0;
    auto watch = loop.watch(pipe.reader.get(), EPOLLIN, [&](uint32_t events) { seen = events; });
    REQUIRE(watch);
    loop.run_once(0us);
    CHECK(seen == 0);
    pipe.fill();
    loop.run_once();
    CHECK(seen == EPOLLIN);
    seen = 0;
    REQUIRE(watch->modify(0));
    loop.run_once(0us);
    CHECK(seen == 0);
    REQUIRE(watch->modify(EPOLLIN));
    loop.run_once();
    CHECK(seen == EPOLLIN);
    watch->stop();
    seen = 0;
    loop.run_once(0us);
    CHECK(seen == 0);
}

TEST_CASE("a lower priority number goes first within a turn, and may remove the others") {
    EventLoop loop;
    Pipe one, two;
    std::string order;
    Watch second;
    second = *loop.watch(two.reader.get(), EPOLLIN, [&](uint32_t) { order += 'b'; });
    auto first = loop.watch(
        one.reader.get(), EPOLLIN, [&](uint32_t) { order += 'a'; }, -1);
    REQUIRE(first);
    two.fill();
    one.fill();
    loop.run_once();
    CHECK(order == "ab");
    auto killer = loop.watch(
        one.writer.get(), EPOLLOUT, [&](uint32_t) { second.stop(); }, -2);
    REQUIRE(killer);
    loop.run_once();
    CHECK(order == "aba");
}

TEST_CASE("a regular file cannot be watched") {
    EventLoop loop;
    UniqueFd file(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    CHECK(loop.watch(file.get(), EPOLLIN, [](uint32_t) {}).error().code == EPERM);
    CHECK(loop.watch(-1, EPOLLIN, [](uint32_t) {}).error().code == EBADF);
}

TEST_CASE("timers fire in the order of their deadlines, and not when cancelled") {
    EventLoop loop;
    std::string order;
    Span now = monotonic_now();
    auto last = loop.arm(now + 50ms, [&] { order += 'c'; });
    OwnedTimer nested;
    auto first = loop.arm(now, [&] {
        order += 'a';
        nested = loop.arm(now, [&] { order += 'n'; });
    });
    auto cancelled = loop.arm(now, [&] { order += 'x'; });
    auto second = loop.arm(now, [&] { order += 'b'; });
    auto never = loop.arm(infinity, [&] { order += 'y'; });
    cancelled.cancel();
    CHECK(!never.armed());
    loop.run_once();
    CHECK(order == "ab");
    loop.run_once();
    CHECK(order == "abn");
    loop.run_once();
    CHECK(order == "abnc");
    CHECK(monotonic_now() - now >= 50ms);
}

TEST_CASE("a timer or a watch that is gone calls nobody back, also one that ends itself") {
    EventLoop loop;
    Pipe pipe;
    pipe.fill();
    std::string order;
    {
        auto timer = loop.arm(Span{}, [&] { order += 'x'; });
        auto watch = loop.watch(pipe.reader.get(), EPOLLIN, [&](uint32_t) { order += 'y'; });
    }
    OwnedTimer timer;
    timer = loop.arm(Span{}, [&, kept = std::string(100, 'k')] {
        timer = {};
        order += kept.front();
    });
    Watch watch;
    watch = *loop.watch(pipe.reader.get(), EPOLLIN, [&, kept = std::string(100, 'w')](uint32_t) {
        watch = {};
        order += kept.front();
    });
    OwnedTimer moved = loop.arm(Span{}, [&] { order += 'm'; });
    OwnedTimer to = std::move(moved);
    loop.run_once(0us);
    CHECK(order == "wkm");
    loop.run_once(0us);
    CHECK(order == "wkm");
}

TEST_CASE("a timer is armed as often as is wanted, and keeps the last deadline alone") {
    EventLoop loop;
    int fired = 0;
    OwnedTimer timer(loop, [&] { ++fired; });
    CHECK(!timer.armed());
    timer.arm(monotonic_now() + 1h);
    timer.arm(Span{});
    CHECK(timer.armed());
    loop.run_once(0us);
    CHECK(fired == 1);
    CHECK(!timer.armed());
    timer.arm(Span{});
    loop.run_once(0us);
    loop.run_once(0us);
    CHECK(fired == 2);
}

TEST_CASE("what runs out of memory is called again a moment later, what fails otherwise is not") {
    auto before = set_log_sink(keep_message);
    EventLoop loop;
    int timer_runs = 0, deferred_runs = 0, failures = 0;
    auto timer = loop.arm(Span{}, [&] {
        if (++timer_runs == 1) throw std::bad_alloc();
    });
    auto failing = loop.arm(Span{}, [&] {
        ++failures;
        throw std::runtime_error("a bug");
    });
    loop.defer([&] {
        if (++deferred_runs == 1) throw std::bad_alloc();
    });
    Span begin = monotonic_now();
    while (deferred_runs < 2 || timer_runs < 2) loop.run_once(1s);
    CHECK(monotonic_now() - begin >= 50ms);
    loop.run_once(150ms);
    set_log_sink(before);
    CHECK(timer_runs == 2);
    CHECK(deferred_runs == 2);
    CHECK(failures == 1);
}

TEST_CASE("deferred work runs once, in order, at the end of the turn") {
    EventLoop loop;
    std::string order;
    loop.defer([&] {
        order += 'a';
        loop.defer([&] { order += 'c'; });
    });
    loop.defer([&] { order += 'b'; });
    loop.run_once();
    CHECK(order == "ab");
    loop.run_once();
    CHECK(order == "abc");
}

TEST_CASE("a callback that throws is logged and the loop goes on") {
    auto before = set_log_sink(keep_message);
    EventLoop loop;
    bool reached = false;
    loop.defer([] { throw std::bad_alloc(); });
    loop.defer([&] {
        reached = true;
        loop.quit();
    });
    loop.run();
    set_log_sink(before);
    CHECK(reached);
    CHECK(last_message == "Out of memory in deferred work; going on");
}

TEST_SUITE_END();
