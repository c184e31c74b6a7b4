#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "base/text.hpp"
#include "journal/console.hpp"
#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("journal");

namespace {

struct TestPipe {
    TestPipe() {
        int ends[2];
        REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
        reader.reset(ends[0]);
        writer.reset(ends[1]);
        fcntl(reader.get(), F_SETFL, O_NONBLOCK);
    }
    std::string read_all() const {
        std::string text;
        char buffer[4096];
        for (ssize_t got; (got = read(reader.get(), buffer, sizeof buffer)) > 0;)
            text.append(buffer, static_cast<size_t>(got));
        return text;
    }
    UniqueFd reader, writer;
};

std::string numbered(int from, int to) {
    std::string lines;
    for (int i = from; i < to; ++i) lines += cat("line ", i, "\n");
    return lines;
}

} // namespace

TEST_CASE("lines are written at once while there is room") {
    EventLoop loop;
    TestPipe pipe;
    Console console(loop, pipe.writer.get());
    console.append("one\ntwo\n", 2);
    CHECK(pipe.read_all() == "one\ntwo\n");
    CHECK(console.queued() == 0);
}

TEST_CASE("a slow reader gets every line") {
    EventLoop loop;
    TestPipe pipe;
    Console console(loop, pipe.writer.get());
    auto lines = numbered(0, 20'000);
    console.append(lines, 20'000);
    CHECK(console.queued() > 0);
    std::string got;
    while (console.queued() > 0) {
        got += pipe.read_all();
        loop.run_once(1s);
    }
    CHECK(got + pipe.read_all() == lines);
}

TEST_CASE("a stuck reader costs lines, which are counted, and never blocks") {
    EventLoop loop;
    TestPipe pipe;
    Console console(loop, pipe.writer.get(), {.queue = 1000, .patience = 1ms});
    std::string filler(70'000, 'x');
    filler += '\n';
    console.append(filler, 1);
    console.append("lost\nlost\n", 2);
    console.append("lost too\n", 1);
    CHECK(pipe.read_all().size() == 65'536);
    loop.run_once(0s);
    console.append("found\n", 1);
    auto rest = pipe.read_all();
    CHECK(rest.find("lost") == std::string::npos);
    CHECK(rest.ends_with("x\nsctl: ... 3 lines dropped\nfound\n"));
}

TEST_CASE("the flags of the descriptor, which others share, are left alone") {
    EventLoop loop;
    TestPipe pipe;
    int before = fcntl(pipe.writer.get(), F_GETFL);
    Console console(loop, pipe.writer.get());
    console.append("one\n", 1);
    CHECK(fcntl(pipe.writer.get(), F_GETFL) == before);
}

TEST_CASE("a regular file, a socket and the null device take lines too") {
    EventLoop loop;
    TemporaryDirectory directory;
    auto path = directory.write("/log", "before\n");
    UniqueFd file(open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    Console(loop, file.get()).append("one\n", 1);
    CHECK(directory.read("/log") == "before\none\n");

    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    UniqueFd near(ends[0]), far(ends[1]);
    Console(loop, near.get()).append("one\n", 1);
    char buffer[16];
    CHECK(read(far.get(), buffer, sizeof buffer) == 4);

    UniqueFd null(open("/dev/null", O_WRONLY | O_CLOEXEC));
    Console sink(loop, null.get());
    sink.append("one\n", 1);
    CHECK(sink.queued() == 0);
}

TEST_CASE("lines for a reader that has gone are forgotten") {
    EventLoop loop;
    UniqueFd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
    Console console(loop, full.get());
    console.append("one\n", 1);
    CHECK(console.queued() == 0);
}

TEST_CASE("at the end what is left is written, but not waited for too long") {
    EventLoop loop;
    TestPipe pipe;
    Console console(loop, pipe.writer.get());
    console.append(std::string(100'000, 'x'), 1);
    console.flush(monotonic_now() + 10ms);
    CHECK(console.queued() > 0);
    CHECK(pipe.read_all().size() == 65'536);
    console.flush(monotonic_now() + 1s);
    CHECK(console.queued() == 0);
}
