#include "os/event_loop.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <new>
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
    auto id = loop.watch(pipe.reader.get(), EPOLLIN, [&](uint32_t events) { seen = events; });
    REQUIRE(id);
    loop.run_once(0us);
    CHECK(seen == 0);
    pipe.fill();
    loop.run_once();
    CHECK(seen == EPOLLIN);
    seen = 0;
    REQUIRE(loop.modify(*id, 0));
    loop.run_once(0us);
    CHECK(seen == 0);
    REQUIRE(loop.modify(*id, EPOLLIN));
    loop.run_once();
    CHECK(seen == EPOLLIN);
    loop.remove(*id);
    seen = 0;
    loop.run_once(0us);
    CHECK(seen == 0);
}

TEST_CASE("a lower priority number goes first within a turn, and may remove the others") {
    EventLoop loop;
    Pipe one, two;
    std::string order;
    WatchId second{};
    second = *loop.watch(two.reader.get(), EPOLLIN, [&](uint32_t) { order += 'b'; });
    auto first = loop.watch(
        one.reader.get(), EPOLLIN, [&](uint32_t) { order += 'a'; }, -1);
    REQUIRE(first);
    two.fill();
    one.fill();
    loop.run_once();
    CHECK(order == "ab");
    auto killer = loop.watch(
        one.writer.get(), EPOLLOUT, [&](uint32_t) { loop.remove(second); }, -2);
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
    (void)loop.arm(now + 2ms, [&] { order += 'c'; });
    (void)loop.arm(now, [&] {
        order += 'a';
        (void)loop.arm(now, [&] { order += 'n'; });
    });
    auto cancelled = loop.arm(now, [&] { order += 'x'; });
    (void)loop.arm(now, [&] { order += 'b'; });
    (void)loop.arm(infinity, [&] { order += 'y'; });
    loop.cancel(cancelled);
    loop.run_once();
    CHECK(order == "ab");
    loop.run_once();
    CHECK(order == "abn");
    loop.run_once();
    CHECK(order == "abnc");
    CHECK(monotonic_now() - now >= 2ms);
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
