#include "bus/server.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

#include <deque>

#include "bus_world.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("bus");

namespace {

Message ping() {
    return object_call("/", "org.freedesktop.DBus.Peer", "Ping");
}

bool answers(TestPeer& peer) {
    return error_text(peer.call(ping())) == "";
}

void write_bytes(TestPeer& peer, std::string_view bytes) {
    CHECK(send(peer.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(bytes.size()));
}

UniqueFd connect_to(const std::string& path) {
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    return socket;
}

// How many turns the loop makes in this time when nothing happens: few, unless it spins.
int turns_in(EventLoop& loop, Span time) {
    int turns = 0;
    for (Span end = monotonic_now() + time; monotonic_now() < end; ++turns)
        loop.run_once(end - monotonic_now());
    return turns;
}

} // namespace

TEST_CASE("garbage ends the connection it came on and no other") {
    BusWorld world;
    auto good = world.peer();
    REQUIRE(answers(good));
    for (std::string_view garbage :
         {"GET / HTTP/1.1\r\n\r\n",
          "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\nnonsense that is no message at all"}) {
        auto bad = world.peer();
        write_bytes(bad, garbage);
        for (int i = 0; i < 10; ++i) bad.turn();
        CHECK(world.bus.server().peer_count() <= 2);
        CHECK(answers(good));
    }
}

TEST_CASE("half a message waits while others are served") {
    BusWorld world;
    auto slow = world.peer();
    REQUIRE(answers(slow));
    auto call = ping();
    call.serial = 77;
    auto bytes = encode(call);
    REQUIRE(bytes);
    write_bytes(slow, std::string_view(*bytes).substr(0, bytes->size() / 2));
    auto other = world.peer(other_peer);
    CHECK(answers(other));
    CHECK(turns_in(world.loop, 20ms) < 5);
    write_bytes(slow, std::string_view(*bytes).substr(bytes->size() / 2));
    for (int i = 0; i < 10; ++i) slow.turn();
    CHECK(slow.received.back().reply_serial == 77);
}

TEST_CASE("who does not authenticate in time is closed") {
    BusLimits limits;
    limits.authentication = 20ms;
    BusWorld world(limits);
    auto done = world.peer();
    REQUIRE(answers(done));
    auto silent = world.peer();
    CHECK(world.bus.server().peer_count() == 2);
    turns_in(world.loop, 40ms);
    CHECK(world.bus.server().peer_count() == 1);
    CHECK(answers(done));
}

TEST_CASE("one user cannot take all places, and root's are kept") {
    BusLimits limits;
    limits.peers = 8;
    limits.peers_of_others = 6;
    limits.peers_per_user = 4;
    BusWorld world(limits);
    std::deque<TestPeer> peers;
    auto come = [&](uid_t uid) {
        return peers
            .emplace_back(world.loop, world.bus.server(), ucred{.pid = 4711, .uid = uid, .gid = 0})
            .accepted;
    };
    for (int i = 0; i < 4; ++i) CHECK(come(1000));
    CHECK(!come(1000));
    CHECK(come(1001));
    CHECK(come(1001));
    CHECK(!come(1001));
    CHECK(!come(1002));
    CHECK(come(0));
    CHECK(come(0));
    CHECK(!come(0));
    peers.pop_front();
    turns_in(world.loop, 5ms);
    CHECK(come(1000));
}

TEST_CASE("the places are at most half of the descriptors there are") {
    CHECK(BusLimits::for_descriptors(RLIM_INFINITY).peers == 512);
    CHECK(BusLimits::for_descriptors(1024).peers == 512);
    auto few = BusLimits::for_descriptors(100);
    CHECK(few.peers == 50);
    CHECK(few.peers_of_others < few.peers);
    CHECK(few.peers_per_user < few.peers_of_others);
}

TEST_CASE("a peer that asks and does not read is served only so far") {
    BusWorld world;
    auto greedy = world.peer(other_peer);
    REQUIRE(answers(greedy));
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(greedy.connection.send(object_call(
            "/org/freedesktop/systemd1", "org.freedesktop.DBus.Introspectable", "Introspect")));
    }
    for (int i = 0; i < 200; ++i) {
        (void)!greedy.connection.on_writable(greedy.socket.get()).has_value();
        world.loop.run_once(Span{});
    }
    CHECK(turns_in(world.loop, 20ms) < 5);
    auto other = world.peer();
    CHECK(answers(other));
    // It gets all once it reads.
    for (int i = 0; i < 5000 && greedy.received.size() < 1001; ++i) greedy.turn();
    CHECK(greedy.received.size() == 1001);
}

TEST_CASE("a peer that never reads what it is told is cut off") {
    BusLimits limits;
    limits.others.outgoing_queue = 10000;
    BusWorld world(limits);
    auto deaf = world.peer(other_peer);
    REQUIRE(answers(deaf));
    auto signal = signal_message("/a", "a.b", "C");
    signal.signature = "s";
    Writer writer;
    writer.string(std::string(1000, 'x'));
    REQUIRE(writer.finish(signal));
    for (int i = 0; i < 1000 && world.bus.server().peer_count() > 0; ++i) {
        world.bus.server().broadcast(signal, Audience::Everyone);
        world.loop.run_once(Span{});
    }
    CHECK(world.bus.server().peer_count() == 0);
}

TEST_CASE("what is kept for one user is bounded over all his peers, and others are served") {
    BusLimits limits;
    limits.kept_for_user = 300'000;
    limits.patience = 50ms;
    BusWorld world(limits);
    std::deque<TestPeer> greedy;
    for (int i = 0; i < 8; ++i) {
        auto& peer = greedy.emplace_back(world.loop, world.bus.server(), other_peer);
        for (int k = 0; k < 30; ++k) {
            REQUIRE(peer.connection.send(object_call(
                "/org/freedesktop/systemd1", "org.freedesktop.DBus.Introspectable", "Introspect")));
        }
        (void)!peer.connection.on_writable(peer.socket.get()).has_value();
        world.loop.run_once(Span{});
    }
    // Nobody of them reads. Neither root nor another user waits for that.
    auto root = world.peer();
    CHECK(answers(root));
    auto another = world.peer({.pid = 4713, .uid = 1001, .gid = 1001});
    CHECK(answers(another));
    CHECK(turns_in(world.loop, 20ms) < 50);
    auto count = [&] { return world.bus.server().peer_count(); };
    for (Span end = monotonic_now() + 5s; count() > 8 && monotonic_now() < end;)
        world.loop.run_once(10ms);
    CHECK(count() < 10);
    CHECK(answers(root));
    auto again = world.peer(other_peer);
    CHECK(answers(again));
}

TEST_CASE("calls of root are answered before those of others that came first") {
    BusWorld world;
    auto other = world.peer(other_peer);
    auto root = world.peer();
    REQUIRE(answers(other));
    REQUIRE(answers(root));
    other.received.clear();
    for (int k = 0; k < 50; ++k) {
        REQUIRE(other.connection.send(object_call(
            "/org/freedesktop/systemd1", "org.freedesktop.DBus.Introspectable", "Introspect")));
    }
    (void)!other.connection.on_writable(other.socket.get()).has_value();
    auto serial = root.connection.send(ping());
    REQUIRE(serial);
    root.turn(Span{});
    REQUIRE(!root.received.empty());
    CHECK(root.received.back().reply_serial == *serial);
    for (int i = 0; i < 1000 && other.received.size() < 50; ++i) other.turn();
    CHECK(other.received.size() == 50);
}

TEST_CASE("five hundred clients at once are all answered") {
    BusWorld world;
    rlimit old{};
    getrlimit(RLIMIT_NOFILE, &old);
    rlimit wide{std::min<rlim_t>(4096, old.rlim_max), old.rlim_max};
    setrlimit(RLIMIT_NOFILE, &wide);
    std::deque<TestPeer> peers;
    for (int i = 0; i < 500; ++i) {
        peers.emplace_back(world.loop, world.bus.server(), root_peer);
        REQUIRE(peers.back().accepted);
        REQUIRE(peers.back().connection.send(ping()));
    }
    for (auto& peer : peers) (void)!peer.connection.on_writable(peer.socket.get()).has_value();
    int answered = 0;
    for (int i = 0; i < 200 && answered < 500; ++i) {
        world.loop.run_once(Span{});
        answered = 0;
        for (auto& peer : peers) {
            if (peer.received.empty()) peer.turn(Span{});
            answered += !peer.received.empty();
        }
    }
    CHECK(answered == 500);
    peers.clear();
    setrlimit(RLIMIT_NOFILE, &old);
}

TEST_CASE("without a descriptor left clients wait, root gets the last one, and nothing spins") {
    BusWorld world;
    REQUIRE(world.bus.open());
    std::string path = world.files.path() + "/run/systemd/private";
    std::vector<UniqueFd> clients;
    for (int i = 0; i < 3; ++i) clients.push_back(connect_to(path));
    UniqueFd lowest(dup(0));
    rlimit old{};
    getrlimit(RLIMIT_NOFILE, &old);
    rlimit none{static_cast<rlim_t>(lowest.get()), old.rlim_max};
    lowest.reset();
    setrlimit(RLIMIT_NOFILE, &none);
    world.loop.run_once(Span{});
    size_t at_shortage = world.bus.server().peer_count();
    int turns = turns_in(world.loop, 30ms);
    setrlimit(RLIMIT_NOFILE, &old);
    CHECK(at_shortage == 1); // the reserve's
    CHECK(turns < 5);
    turns_in(world.loop, 150ms);
    CHECK(world.bus.server().peer_count() == 3);
}

TEST_SUITE_END();
