// Sockets on the whole manager: what is listened to is real, the processes are not.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "manager/unit_hold.hpp"
#include "process_world.hpp"
#include "run/socket/socket_run.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("manager");

namespace {

constexpr std::string_view long_lived = "[Service]\nExecStart=/bin/main\n";

class SocketWorld : public ProcessWorld {
  public:
    // Connects to a node below the world's root; -1, with errno, where nobody listens.
    UniqueFd connect_to(const std::string& path, int type = SOCK_STREAM) {
        UniqueFd fd(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        auto whole = files.path() + path;
        REQUIRE(whole.size() < sizeof address.sun_path);
        memcpy(address.sun_path, whole.c_str(), whole.size() + 1);
        if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0)
            fd.reset();
        return fd;
    }
    bool becomes(std::string_view name, std::string_view wanted) {
        return run_until([&] { return sub_state(name) == wanted; });
    }
    std::string result_of(std::string_view name) {
        return std::string(to_string(socket_status(unit(name)).result));
    }
    void listen(std::string_view settings, std::string_view service = long_lived) {
        write("a.socket", std::string("[Socket]\n").append(settings));
        write("a.service", service);
        REQUIRE(start("a.socket"));
        hold = std::make_unique<UnitHold>(manager(), unit("a.service").id);
        REQUIRE(sub_state("a.socket") == "listening");
    }

    std::unique_ptr<UnitHold> hold;
};

} // namespace

TEST_CASE("the first connection starts the service, and the socket listens again after its end") {
    SocketWorld world;
    world.listen("ListenStream=/run/a.sock\n");
    CHECK(world.processes.spawned.empty());
    auto client = world.connect_to("/run/a.sock");
    REQUIRE(client);
    REQUIRE(world.becomes("a.service", "running"));
    CHECK(world.sub_state("a.socket") == "running");
    world.processes.exits(world.main_pid("a.service"), 0);
    // Nobody has accepted the client: the service comes again.
    REQUIRE(world.run_until([&] { return world.processes.spawned.size() == 2; }));
    REQUIRE(world.becomes("a.service", "running"));
    client.reset();
    REQUIRE(world.stop("a.socket"));
    CHECK(world.sub_state("a.service") == "running");
    CHECK(!world.connect_to("/run/a.sock"));
    CHECK(errno == ECONNREFUSED);
}

TEST_CASE("a socket outlives a restart of its service and a daemon-reload") {
    SocketWorld world;
    world.listen("ListenStream=/run/a.sock\n");
    world.reload();
    REQUIRE(world.connect_to("/run/a.sock"));
    REQUIRE(world.becomes("a.service", "running"));
    REQUIRE(world.ask(JobType::Restart, "a.service") == "");
    REQUIRE(world.settle());
    CHECK(world.sub_state("a.socket") == "running");
    CHECK(world.connect_to("/run/a.sock"));
}

TEST_CASE("what the files do not name any more is closed by a reload") {
    SocketWorld world;
    world.listen("ListenStream=/run/a.sock\nListenStream=/run/b.sock\n");
    world.write("a.socket", "[Socket]\nListenStream=/run/b.sock\n");
    world.reload();
    CHECK(!world.connect_to("/run/a.sock"));
    CHECK(world.sub_state("a.socket") == "listening");
    world.write("a.socket", "[Socket]\nListenStream=/run/c.sock\n");
    world.reload();
    CHECK(world.output.said("no open socket file descriptor left"));
    CHECK(world.sub_state("a.socket") == "listening");
    REQUIRE(world.ask(JobType::Restart, "a.socket") == "");
    REQUIRE(world.settle());
    REQUIRE(world.connect_to("/run/c.sock"));
    CHECK(world.becomes("a.service", "running"));
}

TEST_CASE("a service that fails at once takes its socket with it, and reset-failed heals both") {
    SocketWorld world;
    world.listen("ListenStream=/run/a.sock\n");
    auto client = world.connect_to("/run/a.sock");
    REQUIRE(world.run_until([&] {
        if (world.main_pid("a.service") > 0) world.processes.exits(world.main_pid("a.service"), 1);
        return world.sub_state("a.socket") == "failed";
    }));
    CHECK(world.result_of("a.socket") == "service-start-limit-hit");
    CHECK(world.manager().reset_failed(world.unit("a.service").id));
    CHECK(world.manager().reset_failed(world.unit("a.socket").id));
    REQUIRE(world.start("a.socket"));
    REQUIRE(world.connect_to("/run/a.sock"));
    CHECK(world.becomes("a.service", "running"));
}

TEST_CASE("a service whose condition never holds brings its socket to the trigger limit") {
    SocketWorld world;
    world.listen("ListenStream=/run/a.sock\n",
                 "[Unit]\nConditionPathExists=/no\n[Service]\nExecStart=/bin/main\n");
    auto client = world.connect_to("/run/a.sock");
    REQUIRE(world.becomes("a.socket", "failed"));
    CHECK(world.result_of("a.socket") == "trigger-limit-hit");
    CHECK(world.processes.spawned.empty());
}

TEST_CASE("a socket does not start beside a service that runs without it") {
    SocketWorld world;
    world.write("a.socket", "[Socket]\nListenStream=/run/a.sock\n");
    world.write("a.service", long_lived);
    REQUIRE(world.start("a.service"));
    REQUIRE(world.start("a.socket"));
    CHECK(world.sub_state("a.socket") == "dead");
    CHECK(world.output.said("Socket service a.service already active, refusing."));
    world.write("b.socket", "[Socket]\nListenStream=/run/b.sock\n");
    REQUIRE(world.start("b.socket"));
    CHECK(world.output.said("Socket service b.service not loaded, refusing."));
}

TEST_CASE("nodes get their modes, links and parents, and go with RemoveOnStop=") {
    SocketWorld world;
    world.listen(
        "ListenFIFO=/run/deep/er/f\nSocketMode=0620\nDirectoryMode=0710\nSymlinks=/run/link\n"
        "RemoveOnStop=yes\n");
    struct stat found {};
    REQUIRE(stat((world.files.path() + "/run/deep/er/f").c_str(), &found) == 0);
    CHECK((found.st_mode & 07777) == 0620);
    REQUIRE(stat((world.files.path() + "/run/deep").c_str(), &found) == 0);
    CHECK((found.st_mode & 07777) == 0710);
    CHECK(read_link(world.files.path() + "/run/link").value() == "/run/deep/er/f");
    UniqueFd writer(open((world.files.path() + "/run/deep/er/f").c_str(), O_WRONLY | O_NONBLOCK));
    REQUIRE(write(writer.get(), "x", 1) == 1);
    REQUIRE(world.becomes("a.service", "running"));
    REQUIRE(world.stop("a.socket"));
    CHECK(lstat((world.files.path() + "/run/deep/er/f").c_str(), &found) < 0);
    CHECK(lstat((world.files.path() + "/run/link").c_str(), &found) < 0);
}

TEST_CASE("what lies where a socket is to be is replaced, unless it is a directory") {
    SocketWorld world;
    world.write("a.socket", "[Socket]\nListenStream=/run/a.sock\n");
    world.write("a.service", long_lived);
    auto node = world.files.path() + "/run/a.sock";
    world.manager();
    REQUIRE(mkdir(node.c_str(), 0755) == 0);
    REQUIRE(world.start("a.socket"));
    CHECK(world.sub_state("a.socket") == "failed");
    CHECK(
        world.output.said("Failed to create listening socket (/run/a.sock): Address already in "
                          "use"));
    REQUIRE(rmdir(node.c_str()) == 0);
    world.files.write("/run/a.sock", "");
    REQUIRE(world.start("a.socket"));
    CHECK(world.sub_state("a.socket") == "listening");
}

TEST_CASE("FlushPending= forgets what nobody has read when the service is over") {
    SocketWorld world;
    world.listen("ListenDatagram=/run/a.sock\nFlushPending=yes\n");
    auto client = world.connect_to("/run/a.sock", SOCK_DGRAM);
    REQUIRE(send(client.get(), "x", 1, 0) == 1);
    REQUIRE(world.becomes("a.service", "running"));
    world.processes.exits(world.main_pid("a.service"), 0);
    REQUIRE(world.becomes("a.socket", "listening"));
    world.advance(5s);
    CHECK(world.processes.spawned.size() == 1);
}

TEST_CASE("each connection gets an instance that is forgotten when it is over") {
    SocketWorld world;
    world.write("a.socket", "[Socket]\nListenStream=/run/a.sock\nAccept=yes\nMaxConnections=1\n");
    world.write("a@.service", "[Unit]\nDescription=For one\n[Service]\nExecStart=/bin/one\n");
    REQUIRE(world.start("a.socket"));
    auto client = world.connect_to("/run/a.sock");
    REQUIRE(client);
    auto name = "a@0-" + std::to_string(getpid()) + "-" + std::to_string(getuid()) + ".service";
    REQUIRE(world.run_until([&] { return world.processes.count("/bin/one") == 1; }));
    REQUIRE(world.knows(name));
    CHECK(world.unit(name).description().starts_with("For one (PID "));
    CHECK(world.sub_state("a.socket") == "listening");
    CHECK(socket_run(world.unit("a.socket"))->connections() == 1);

    auto second = world.connect_to("/run/a.sock");
    REQUIRE(world.run_until([&] { return socket_status(world.unit("a.socket")).n_refused == 1; }));
    char byte;
    CHECK(recv(second.get(), &byte, 1, 0) == 0);

    world.processes.exits(world.main_pid(name), 0);
    REQUIRE(world.run_until([&] { return !world.knows(name); }));
    CHECK(socket_run(world.unit("a.socket"))->connections() == 0);
    CHECK(recv(client.get(), &byte, 1, 0) == 0);
    CHECK(socket_status(world.unit("a.socket")).n_accepted == 1);
}

TEST_CASE("a connection without a template for it fails the socket") {
    SocketWorld world;
    world.write("a.socket", "[Socket]\nListenStream=/run/a.sock\nAccept=yes\n");
    REQUIRE(world.start("a.socket"));
    auto client = world.connect_to("/run/a.sock");
    REQUIRE(world.becomes("a.socket", "failed"));
    CHECK(
        world.output.said("Failed to queue service startup job (Maybe the service file is missing "
                          "or not a template unit?): Invalid argument"));
}

TEST_CASE("a socket is watched without turning the loop") {
    SocketWorld world;
    world.listen("ListenStream=/run/a.sock\n");
    auto client = world.connect_to("/run/a.sock");
    REQUIRE(world.becomes("a.service", "running"));
    auto lines = world.output.lines.size();
    for (int i = 0; i < 100; ++i) world.turn();
    CHECK(world.output.lines.size() == lines);
    CHECK(world.processes.spawned.size() == 1);
}

TEST_SUITE_END();
