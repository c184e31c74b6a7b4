#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "journal/log_receiver.hpp"
#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("journal");

namespace {

// The sockets in a directory of their own, and a manager that answers when it is told to.
class ReceiverWorld {
  public:
    explicit ReceiverWorld(LogReceiverLimits limits = {})
        : receiver(loop,
                   {[this](const ReceivedLogLine& line) {
                        lines.push_back(cat(line.unit, "/", line.identifier, "/", line.priority,
                                            "/", line.text));
                        last_pid = line.pid;
                    },
                    [this](const LogSender& sender) { questions.push_back(sender); }, [] {}},
                   limits) {
        REQUIRE(sockets.open(directory.root()));
        for (auto kind : {LogSocketKind::Syslog, LogSocketKind::Native, LogSocketKind::Stream})
            receiver.add(kind, UniqueFd(fcntl(sockets.descriptor(kind), F_DUPFD_CLOEXEC, 10)));
    }
    UniqueFd connected(std::string_view name, int type) const {
        UniqueFd fd(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        auto path = directory.root().at(cat("/run/systemd/journal/", name));
        REQUIRE(path.size() < sizeof address.sun_path);
        path.copy(address.sun_path, path.size());
        REQUIRE(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        return fd;
    }
    void say(std::string_view name, std::string_view text) const {
        auto fd = connected(name, SOCK_DGRAM);
        REQUIRE(::send(fd.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    }
    void turn(int times = 3) {
        for (int i = 0; i < times; ++i) loop.run_once(1ms);
    }
    void answer_all(std::string_view unit) {
        while (!questions.empty()) {
            auto question = questions.front();
            questions.pop_front();
            receiver.answer(question.pid, question.start_ticks, unit);
        }
    }

    EventLoop loop;
    TemporaryDirectory directory;
    LogSockets sockets;
    std::vector<std::string> lines;
    std::deque<LogSender> questions;
    pid_t last_pid = 0;
    LogReceiver receiver;
};

using Sent = std::vector<std::string>;

} // namespace

TEST_CASE("lines of a process wait until the manager has said whose it is") {
    ReceiverWorld world;
    world.say("dev-log", "<30>Nov 22 15:27:57 cron[12]: one");
    world.say("socket", "MESSAGE=two\nPRIORITY=3\nSYSLOG_IDENTIFIER=app\n");
    world.turn();
    CHECK(world.lines.empty());
    CHECK(world.receiver.waiting_lines() == 2);
    REQUIRE(world.questions.size() == 1);
    CHECK(world.questions[0].pid == getpid());
    CHECK(world.questions[0].start_ticks > 0);
    world.answer_all("web.service");
    CHECK(world.lines == Sent{"web.service/cron/6/one", "web.service/app/3/two"});
    CHECK(world.last_pid == getpid());
    world.say("dev-log", "<30>cron: three");
    world.turn();
    CHECK(world.questions.empty());
    CHECK(world.lines.back() == "web.service/cron/6/three");
    CHECK(world.receiver.waiting_lines() == 0);
}

TEST_CASE("who does not say a name has his program's") {
    ReceiverWorld world;
    world.say("socket", "MESSAGE=x\n");
    world.turn();
    world.answer_all("");
    REQUIRE(world.lines.size() == 1);
    CHECK(world.lines[0].starts_with("/unit-tests/"));
}

TEST_CASE("a stream says what its lines are, root also whose") {
    ReceiverWorld world;
    auto stream = world.connected("stdout", SOCK_STREAM);
    std::string_view text = "ident\nother.service\n5\n1\n0\n0\n0\nplain\n<3>worse\n\nlast";
    REQUIRE(::send(stream.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    world.turn();
    stream.reset();
    world.turn();
    world.answer_all("own.service");
    std::string unit = geteuid() == 0 ? "other.service" : "own.service";
    CHECK(world.lines ==
          Sent{unit + "/ident/5/plain", unit + "/ident/3/worse", unit + "/ident/5/last"});
}

TEST_CASE("a text that does not fit into a datagram comes as memory") {
    ReceiverWorld world;
    UniqueFd memory(memfd_create("message", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    std::string_view text = "MESSAGE=from memory\n";
    REQUIRE(write(memory.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    auto send_descriptor = [&](int fd) {
        auto socket = world.connected("socket", SOCK_DGRAM);
        union {
            cmsghdr header;
            char space[CMSG_SPACE(sizeof(int))];
        } control{};
        msghdr message{};
        message.msg_control = control.space;
        message.msg_controllen = sizeof control.space;
        auto* rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(rights), &fd, sizeof fd);
        REQUIRE(sendmsg(socket.get(), &message, 0) == 0);
    };
    send_descriptor(memory.get());
    // Nothing is read of what may block: a FIFO, a file on a disk.
    world.directory.write("/file", "MESSAGE=from a disk\n");
    UniqueFd file(open(world.directory.root().at("/file").c_str(), O_RDONLY | O_CLOEXEC));
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    UniqueFd reader(ends[0]), writer(ends[1]);
    send_descriptor(reader.get());
    world.turn();
    world.answer_all("a.service");
    REQUIRE(world.lines.size() == 1);
    CHECK(world.lines[0].ends_with("/from memory"));
}

TEST_CASE("while much waits for an answer nothing is read, and all is read later") {
    ReceiverWorld world({.waiting_bytes = 1000});
    int sent = 0;
    auto socket = world.connected("dev-log", SOCK_DGRAM);
    std::string text = "<30>x: " + std::string(200, 'y');
    auto send_some = [&] {
        while (::send(socket.get(), text.data(), text.size(), 0) > 0) ++sent;
    };
    for (int i = 0; i < 20; ++i) {
        send_some();
        world.turn(1);
    }
    CHECK(world.receiver.waiting_lines() < 10);
    CHECK(world.lines.empty());
    world.answer_all("x.service");
    for (int i = 0; i < 20; ++i) world.turn(1);
    CHECK(world.lines.size() == static_cast<size_t>(sent));
}

TEST_CASE("where no answer comes the lines are nobody's") {
    ReceiverWorld world({.patience = 20ms});
    world.say("dev-log", "<30>x: y");
    for (Span end = monotonic_now() + 5s; world.lines.empty() && monotonic_now() < end;)
        world.turn(1);
    CHECK(world.lines == Sent{"/x/6/y"});
    world.answer_all("late.service");
    world.say("dev-log", "<30>x: z");
    world.turn();
    CHECK(world.lines.size() == 2);
}

TEST_CASE("at the end nothing that was sent is lost") {
    ReceiverWorld world;
    world.say("dev-log", "<30>x: waits");
    world.turn();
    world.say("dev-log", "<30>x: not read");
    auto stream = world.connected("stdout", SOCK_STREAM);
    std::string_view text = "s\n\n6\n0\n0\n0\n0\nunfinished";
    world.turn(1); // accepted
    REQUIRE(::send(stream.get(), text.data(), text.size(), 0) > 0);
    world.receiver.finish(monotonic_now() + 1s);
    auto all = join(world.lines, " ");
    CHECK(all.find("/x/6/waits") != std::string::npos);
    CHECK(all.find("/x/6/not read") != std::string::npos);
    CHECK(all.find("/s/6/unfinished") != std::string::npos);
}

TEST_CASE("a stream that no descriptor is left for waits, and keeps nobody busy") {
    ReceiverWorld world;
    auto client = world.connected("stdout", SOCK_STREAM);
    int next = open("/dev/null", O_RDONLY | O_CLOEXEC); // the lowest number that is free
    close(next);
    rlimit old{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &old) == 0);
    rlimit none{static_cast<rlim_t>(next), old.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    bool over = false;
    int turns = 0;
    auto timer = world.loop.arm(monotonic_now() + 30ms, [&] { over = true; });
    for (; !over && turns < 1000; ++turns) world.loop.run_once(100ms);
    setrlimit(RLIMIT_NOFILE, &old);
    CHECK(turns < 10);
    std::string header = "app\n\n6\n0\n0\n0\n0\nlate\n";
    REQUIRE(::send(client.get(), header.data(), header.size(), 0) > 0);
    for (int i = 0; i < 500 && world.questions.empty(); ++i) world.loop.run_once(10ms);
    world.answer_all("web.service");
    CHECK(world.lines == Sent{"web.service/app/6/late"});
}

TEST_CASE("a socket that somebody listens at is not replaced, a dead one is") {
    ReceiverWorld world;
    LogSockets second;
    auto opened = second.open(world.directory.root());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == EADDRINUSE);
    CHECK(second.descriptor(LogSocketKind::Syslog) < 0);
    world.say("dev-log", "<30>x: still here");
    TemporaryDirectory other;
    {
        LogSockets first;
        REQUIRE(first.open(other.root()));
        first.remove_names();
        CHECK(access(other.root().at("/run/systemd/journal/dev-log").c_str(), F_OK) < 0);
    }
    UniqueFd dead(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    auto path = other.root().at("/run/systemd/journal/dev-log");
    path.copy(address.sun_path, path.size());
    REQUIRE(bind(dead.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    dead.reset();
    LogSockets third;
    CHECK(third.open(other.root()));
    CHECK(third.descriptor(LogSocketKind::Syslog) >= 0);
}

TEST_SUITE_END();
