#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/files.hpp"
#include "base/glob.hpp"
#include "base/text.hpp"
#include "journal/capture_client.hpp"
#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("journal");

namespace {

// A client with a capture process of its own, whose console is a pipe in the place of our
// descriptor 2.
class World {
  public:
    explicit World(std::string program = "/proc/self/exe")
        : client(loop, directory.root(), std::move(program)) {
        int ends[2];
        REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
        console_reader_.reset(ends[0]);
        UniqueFd writer(ends[1]);
        fcntl(console_reader_.get(), F_SETFL, O_NONBLOCK);
        saved_stderr_.reset(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10));
        dup2(writer.get(), STDERR_FILENO);
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, &saved_mask_);
        REQUIRE(client.start());
    }
    ~World() {
        client.finish();
        dup2(saved_stderr_.get(), STDERR_FILENO);
        sigprocmask(SIG_SETMASK, &saved_mask_, nullptr);
    }

    ServiceOutput::Stream open(std::string_view unit, pid_t pid,
                               std::string_view identifier = "prog") {
        auto stream = client.open_stream(unit, identifier, {});
        REQUIRE(stream);
        client.set_stream_pid(stream->id, pid);
        return std::move(*stream);
    }
    static void write(const ServiceOutput::Stream& stream, std::string_view text) {
        REQUIRE(::write(stream.write_end.get(), text.data(), text.size()) ==
                static_cast<ssize_t>(text.size()));
    }
    std::string file(std::string_view unit) {
        return directory.read(cat("/var/log/sctl/", unit, ".log"));
    }
    const std::string& console() {
        char buffer[65536];
        for (ssize_t got; (got = read(console_reader_.get(), buffer, sizeof buffer)) > 0;)
            console_.append(buffer, static_cast<size_t>(got));
        return console_;
    }
    // Turns the loop, reaping as a manager does, until `condition` holds; false after a time.
    bool until(const std::function<bool()>& condition) {
        for (Span end = monotonic_now() + 10s; monotonic_now() < end;) {
            if (condition()) return true;
            loop.run_once(1ms);
            pid_t pid = client.process();
            if (pid > 0 && waitpid(pid, nullptr, WNOHANG) == pid) client.process_exited(pid);
        }
        return false;
    }
    bool console_has(std::string_view text) {
        return until([&] { return console().find(text) != std::string::npos; });
    }

    EventLoop loop;
    TemporaryDirectory directory;
    CaptureClient client;

  private:
    UniqueFd console_reader_, saved_stderr_;
    sigset_t saved_mask_{};
    std::string console_;
};

// That a service has written and nobody has taken.
int bytes_left(const ServiceOutput::Stream& stream) {
    int count = -1;
    REQUIRE(ioctl(stream.write_end.get(), FIONREAD, &count) == 0);
    return count;
}

// How many descriptors of a process are ends of `pipe`.
int count_descriptors(const std::string& process, const std::string& pipe) {
    int count = 0;
    for (const auto& path : matching_paths(cat("/proc/", process, "/fd/*"))) {
        auto target = read_link(path);
        if (target && *target == pipe) ++count;
    }
    return count;
}

} // namespace

TEST_CASE("a line of a service goes to the console and to the unit's file") {
    World world;
    auto stream = world.open("web.service", 42);
    world.write(stream, "hello\n\n<3>oh\r\n");
    CHECK(world.console_has("web.service[42]: hello\nweb.service[42]: oh\n"));
    auto text = world.file("web.service");
    CHECK(text.find("Z 6 prog[42]: hello\n") != std::string::npos);
    CHECK(text.find("Z 3 prog[42]: oh\n") != std::string::npos);
}

TEST_CASE("a line of the manager goes to the console and to the file of the unit it is about") {
    World world;
    world.client.manager_line(LogLevel::Warning, "web.service", "Started web.");
    world.client.manager_line(LogLevel::Info, {}, "Startup finished.");
    CHECK(world.console_has("sctl: Started web.\nsctl: Startup finished.\n"));
    // Each file is written in a turn of its own.
    auto line = cat("Z 4 systemd[", getpid(), "]: Started web.\n");
    CHECK(world.until([&] { return world.file("web.service").ends_with(line); }));
    CHECK(world.until([&] { return world.file("init.scope").ends_with("Startup finished.\n"); }));
}

TEST_CASE("a pid that becomes known later stands before the lines after it") {
    World world;
    auto stream = world.open("web.service", 1);
    world.write(stream, "first\n");
    CHECK(world.console_has("web.service[1]: first\n"));
    world.client.set_stream_pid(stream.id, 2);
    world.client.manager_line(LogLevel::Info, {}, "marker");
    CHECK(world.console_has("marker"));
    world.write(stream, "second\n");
    CHECK(world.console_has("web.service[2]: second\n"));
}

TEST_CASE("the pipe of a service is open to daemons without rights, and blocks") {
    World world;
    auto stream = world.open("web.service", 1);
    struct stat found {};
    REQUIRE(fstat(stream.write_end.get(), &found) == 0);
    CHECK((found.st_mode & 07777) == 0622);
    CHECK((fcntl(stream.write_end.get(), F_GETFL) & O_NONBLOCK) == 0);
    CHECK((fcntl(stream.write_end.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("when the service has closed its pipe both readers do") {
    World world;
    auto stream = world.open("web.service", 1);
    auto pipe = *read_link(cat("/proc/self/fd/", stream.write_end.get()));
    world.write(stream, "no newline");
    CHECK(count_descriptors("self", pipe) == 2);
    stream.write_end.reset();
    CHECK(world.console_has("web.service[1]: no newline\n"));
    CHECK(world.until([&] { return count_descriptors("self", pipe) == 0; }));
    CHECK(count_descriptors(cat(world.client.process()), pipe) == 0);
}

TEST_CASE("a restart of the capture process loses nothing") {
    World world;
    auto stream = world.open("web.service", 7);
    world.write(stream, "before\n");
    CHECK(world.console_has("before\n"));
    pid_t first = world.client.process();
    kill(first, SIGSTOP);
    world.write(stream, "while it was away\n");
    world.client.manager_line(LogLevel::Info, "web.service", "The manager's own.");
    auto late = world.open("late.service", 8);
    world.write(late, "late\n");
    kill(first, SIGKILL);
    CHECK(
        world.until([&] { return world.client.process() > 0 && world.client.process() != first; }));
    CHECK(world.console_has("web.service[7]: while it was away\n"));
    CHECK(world.console_has("sctl: The manager's own.\n"));
    CHECK(world.console_has("late.service[8]: late\n"));
    CHECK(world.console_has("has ended; restarting it."));
}

TEST_CASE("a capture process that keeps dying is not restarted in a loop") {
    World world;
    int deaths = 0;
    for (Span end = monotonic_now() + 250ms; monotonic_now() < end;) {
        if (world.client.process() > 0) {
            kill(world.client.process(), SIGKILL);
            ++deaths;
        }
        pid_t before = world.client.process();
        world.until([&] { return world.client.process() != before || monotonic_now() >= end; });
    }
    CHECK(deaths <= 3);
}

TEST_CASE("where no capture process can be started services are read all the same") {
    World world("/bin/false");
    auto stream = world.open("web.service", 1);
    fcntl(stream.write_end.get(), F_SETFL, O_NONBLOCK);
    std::string block(4000, 'x');
    block += '\n';
    size_t total = 0;
    CHECK(world.until([&] {
        ssize_t put = ::write(stream.write_end.get(), block.data(), block.size());
        if (put > 0) total += static_cast<size_t>(put);
        (void)world.console();
        return total > (1u << 20);
    }));
    CHECK(world.console_has("xxxx\n"));
    CHECK(world.console_has("logs are not written"));
}

TEST_CASE("lines that a reader has not taken outlive the capture process") {
    World world;
    auto stream = world.open("web.service", 7);
    std::string lines;
    for (int i = 0; i < 9000; ++i) lines += cat("line ", i, " of many that wait\n");
    fcntl(stream.write_end.get(), F_SETFL, O_NONBLOCK);
    // More than the console's pipe holds, which nobody reads now.
    for (std::string_view left = lines; !left.empty();) {
        ssize_t put = ::write(stream.write_end.get(), left.data(), left.size());
        if (put > 0) left.remove_prefix(static_cast<size_t>(put));
        world.loop.run_once(1ms);
    }
    CHECK(world.until(
        [&] { return world.file("web.service").find("line 8999 of") != std::string::npos; }));
    // The file has it first. What is taken from the pipe has been passed on to both: until then a
    // line whose beginning was taken before may still be in hand, and that is not what waits here.
    CHECK(world.until([&] { return bytes_left(stream) == 0; }));
    pid_t first = world.client.process();
    kill(first, SIGKILL);
    CHECK(
        world.until([&] { return world.client.process() > 0 && world.client.process() != first; }));
    CHECK(world.console_has("line 8999 of many"));
    size_t count = 0;
    for (int i = 0; i < 9000; ++i)
        count += world.console().find(cat(": line ", i, " of")) != std::string::npos;
    CHECK(count == 9000);
}

TEST_CASE("no last line is lost at the end") {
    World world;
    auto stream = world.open("web.service", 1);
    std::string lines;
    for (int i = 0; i < 1000; ++i) lines += "a line\n";
    world.write(stream, lines);
    world.write(stream, "the last words");
    world.client.manager_line(LogLevel::Info, {}, "Bye.");
    world.client.finish(20s);
    auto text = world.console();
    CHECK(text.find("web.service[1]: the last words\n") != std::string::npos);
    CHECK(text.find("sctl: Bye.\n") != std::string::npos);
    CHECK(world.client.process() == 0);
    world.client.manager_line(LogLevel::Info, {}, "After the end.");
    CHECK(world.console().ends_with("sctl: After the end.\n"));
}

TEST_CASE("a stuck console stops neither the files nor the manager") {
    World world;
    auto stream = world.open("flood.service", 1);
    auto other = world.open("quiet.service", 2);
    fcntl(stream.write_end.get(), F_SETFL, O_NONBLOCK);
    std::string block;
    for (int i = 0; i < 500; ++i) block += "filling up the console with a line\n";
    size_t total = 0;
    CHECK(world.until([&] {
        ssize_t put = ::write(stream.write_end.get(), block.data(), block.size());
        if (put > 0) total += static_cast<size_t>(put);
        return total > (3u << 19);
    }));
    world.write(other, "still heard\n");
    CHECK(world.until([&] { return world.file("quiet.service").ends_with("still heard\n"); }));
    CHECK(world.console_has("lines dropped\n"));
    world.client.finish(10ms);
}

TEST_CASE("near the limit of descriptors services share one pipe") {
    World world;
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit low{100, before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &low) == 0);
    std::vector<ServiceOutput::Stream> streams;
    for (int i = 0; i < 60; ++i) {
        auto stream = world.client.open_stream(cat("u", i, ".service"), "prog", {});
        CHECK(stream);
        if (!stream) break;
        bool is_shared = stream->id == 0;
        if (is_shared)
            world.write(*stream, cat("from ", i, "\n"));
        else
            streams.push_back(std::move(*stream)); // the write end of a child that lives
    }
    setrlimit(RLIMIT_NOFILE, &before);
    CHECK(streams.size() < 60);
    CHECK(world.console_has("services: from 59\n"));
    CHECK(world.file("init.scope").find(" services: from 59\n") != std::string::npos);
}

TEST_CASE("where no descriptor is left that start fails, nothing else") {
    World world;
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit none{3, before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    auto stream = world.client.open_stream("a.service", "a", {});
    setrlimit(RLIMIT_NOFILE, &before);
    REQUIRE_FALSE(stream);
    CHECK(stream.error().code == EMFILE);
    auto next = world.open("b.service", 1);
    world.write(next, "fine\n");
    CHECK(world.console_has("b.service[1]: fine\n"));
}
