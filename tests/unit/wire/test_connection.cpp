#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "base/text.hpp"
#include "temporary_directory.hpp"
#include "wire/client_connection.hpp"

using namespace sctl;

namespace {

const std::string guid = "0123456789abcdef0123456789abcdef";

struct Pair {
    UniqueFd here, there;
};

Pair socket_pair() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

void put(const UniqueFd& socket, std::string_view bytes) {
    REQUIRE(::write(socket.get(), bytes.data(), bytes.size()) ==
            static_cast<ssize_t>(bytes.size()));
}

Message ping() {
    return method_call("/", "org.freedesktop.DBus.Peer", "Ping");
}

std::string bytes_of(Message message, uint32_t serial) {
    message.serial = serial;
    return encode(message).value();
}

Message reply_to(uint32_t serial) {
    Message call;
    call.serial = serial;
    return method_return(call);
}

std::string server_greeting() {
    return cat("DATA\r\nOK ", guid, "\r\n");
}

// A server connection whose client is authenticated.
Connection open_server(const ConnectionLimits& limits = {}) {
    auto server = Connection::server(0, guid, limits);
    REQUIRE(server.feed(SaslClient::request()));
    REQUIRE(server.authenticated());
    return server;
}

} // namespace

TEST_SUITE_BEGIN("wire");

TEST_CASE("a call and its reply travel over a socket pair") {
    auto [here, there] = socket_pair();
    auto client = Connection::client();
    auto server = Connection::server(getuid(), guid);
    CHECK(client.wants_write());
    REQUIRE(client.send(ping()).value_or(0) == 1);
    REQUIRE(client.send(ping()).value_or(0) == 2);
    REQUIRE(client.on_writable(here.get()));
    CHECK_FALSE(client.wants_write());

    CHECK_FALSE(server.authenticated());
    REQUIRE(server.on_readable(there.get()));
    CHECK(server.authenticated());
    for (uint32_t serial : {1u, 2u}) {
        auto call = server.next();
        REQUIRE(call);
        REQUIRE(*call);
        CHECK((*call)->serial == serial);
        CHECK((*call)->is_call("org.freedesktop.DBus.Peer", "Ping"));
        REQUIRE(server.send(method_return(**call)));
    }
    auto none = server.next();
    REQUIRE(none);
    CHECK_FALSE(*none);
    CHECK(server.wants_write());
    REQUIRE(server.on_writable(there.get()));

    REQUIRE(client.on_readable(here.get()));
    CHECK(client.next().value()->reply_serial == 1);
    CHECK(client.next().value()->reply_serial == 2);
}

TEST_CASE("messages may come in pieces of any size") {
    auto bytes = bytes_of(ping(), 1) + bytes_of(ping(), 2);
    for (size_t step : {1, 3, 16, 50}) {
        auto server = open_server();
        std::vector<uint32_t> serials;
        for (size_t at = 0; at < bytes.size(); at += step) {
            REQUIRE(server.feed(std::string_view(bytes).substr(at, step)));
            while (auto message = server.next().value()) serials.push_back(message->serial);
        }
        CHECK(serials == std::vector<uint32_t>{1, 2});
    }
}

TEST_CASE("messages of a type we do not know are passed over") {
    auto server = open_server();
    auto strange = bytes_of(ping(), 1);
    strange[1] = 5;
    REQUIRE(server.feed(strange + bytes_of(ping(), 2)));
    CHECK(server.next().value()->serial == 2);
}

TEST_CASE("garbage ends the connection for good") {
    auto server = open_server();
    REQUIRE(server.feed("this is not a message at all"));
    CHECK_FALSE(server.next());
    CHECK(server.failure());
    CHECK_FALSE(server.feed(bytes_of(ping(), 1)));
    CHECK_FALSE(server.send(ping()));
    CHECK_FALSE(server.wants_write());
}

TEST_CASE("a message over the limit is refused before it has come") {
    auto server = open_server({1024, 1024});
    Message big = ping();
    Writer body;
    REQUIRE(body.string(std::string(2000, 'x')).finish(big));
    REQUIRE(server.feed(bytes_of(big, 1).substr(0, 16)));
    auto next = server.next();
    REQUIRE_FALSE(next);
    CHECK(next.error().code == EMSGSIZE);
}

TEST_CASE("a peer that does not read is cut off at the bound of its queue") {
    auto [here, there] = socket_pair();
    auto server = open_server({1 << 20, 100000});
    Message signal = signal_message("/a", "a.b", "C");
    Writer body;
    REQUIRE(body.string(std::string(1000, 'x')).finish(signal));
    size_t sent = 0;
    while (server.send(signal) && sent < 10000) {
        REQUIRE(server.on_writable(there.get()));
        ++sent;
    }
    CHECK(sent < 10000);
    CHECK(server.failure()->code == ENOBUFS);
    CHECK(server.unsent() > 100000);
    CHECK(server.unsent() < 110000);
}

TEST_CASE("one reply longer than the queue's bound still goes out") {
    auto [here, there] = socket_pair();
    auto server = open_server({1 << 20, 1000});
    Message reply = reply_to(1);
    Writer body;
    REQUIRE(body.string(std::string(1000000, 'x')).finish(reply));
    REQUIRE(server.send(reply));
    REQUIRE(server.on_writable(there.get()));
    CHECK(server.wants_write());
    ClientConnection client(std::move(here));
    size_t got = 0;
    char buffer[65536];
    while (server.wants_write()) {
        auto size = ::read(client.fd(), buffer, sizeof buffer);
        REQUIRE(size > 0);
        got += static_cast<size_t>(size);
        REQUIRE(server.on_writable(there.get()));
    }
    CHECK(got > 100000);
}

TEST_CASE("a message that is not valid is refused and the connection goes on") {
    auto server = open_server();
    CHECK_FALSE(server.send(signal_message("nonsense", "a.b", "C")));
    CHECK(server.send(signal_message("/", "a.b", "C")).value_or(0) == 1);
}

TEST_CASE("messages that came before the peer left are still given") {
    auto [here, there] = socket_pair();
    put(here, std::string(SaslClient::request()) + bytes_of(ping(), 1));
    here.reset();
    auto server = Connection::server(0, guid);
    REQUIRE(server.on_readable(there.get()));
    REQUIRE(server.on_readable(there.get()));
    CHECK(server.wants_write());
    CHECK(server.on_writable(there.get())); // nobody hears it: no failure
    CHECK_FALSE(server.wants_write());
    CHECK(server.next().value()->serial == 1);
    auto end = server.next();
    REQUIRE_FALSE(end);
    CHECK(end.error().code == ECONNRESET);
}

TEST_CASE("a client's first write holds the authentication and the call") {
    auto [here, there] = socket_pair();
    put(there, server_greeting() + bytes_of(reply_to(1), 1));
    ClientConnection client(std::move(here));
    auto reply = client.call(ping());
    REQUIRE(reply);
    CHECK(reply->reply_serial == 1);
    char buffer[4096];
    auto got = ::read(there.get(), buffer, sizeof buffer);
    REQUIRE(got > 0);
    auto server = Connection::server(0, guid);
    REQUIRE(server.feed({buffer, static_cast<size_t>(got)}));
    CHECK(server.next().value()->member == "Ping");
}

TEST_CASE("a call that was sent ahead is answered once, whatever else is asked meanwhile") {
    auto [here, there] = socket_pair();
    Message failed = error_reply(ping(), "a.b.Failed", "no");
    failed.reply_serial = 2;
    // The third call is answered first.
    put(there, server_greeting() + bytes_of(reply_to(1), 1) + bytes_of(failed, 2) +
                   bytes_of(reply_to(3), 3) + bytes_of(reply_to(4), 4));
    ClientConnection client(std::move(here));
    client.prefetch(method_call("/", "a.b", "First"));
    client.prefetch(method_call("/", "a.b", "Second"));
    CHECK(client.call(method_call("/", "a.b", "Third")).value().reply_serial == 3);
    CHECK(client.call(method_call("/", "a.b", "Second")).error().name == "a.b.Failed");
    CHECK(client.call(method_call("/", "a.b", "First")).value().reply_serial == 1);
    CHECK(client.call(method_call("/", "a.b", "First")).value().reply_serial == 4);
}

TEST_CASE("a call that the authentication's answer leaves waiting is followed by a ping") {
    // With and without a signal, which sd-bus sends before it looks at the call.
    for (const auto& signal : {std::string(), bytes_of(signal_message("/", "a.b", "Early"), 1)}) {
        auto [here, there] = socket_pair();
        put(there, server_greeting() + signal);
        ClientConnection client(std::move(here));
        CHECK_FALSE(client.call(method_call("/", "a.b", "First"), 10ms));
        auto server = Connection::server(0, guid);
        REQUIRE(server.on_readable(there.get()));
        CHECK(server.next().value()->member == "First");
        auto second = server.next().value();
        REQUIRE(second);
        CHECK(second->member == "Ping");
        CHECK_FALSE(second->wants_reply());
        CHECK_FALSE(server.next().value());
    }
}

TEST_CASE("an error reply becomes an error with its name") {
    auto [here, there] = socket_pair();
    Message call;
    call.serial = 1;
    auto failed = error_reply(call, "org.freedesktop.systemd1.NoSuchUnit", "Unit a not loaded.");
    put(there, server_greeting() + bytes_of(failed, 1));
    auto reply = ClientConnection(std::move(here)).call(ping());
    REQUIRE_FALSE(reply);
    CHECK(reply.error().name == "org.freedesktop.systemd1.NoSuchUnit");
    CHECK(reply.error().text == "Unit a not loaded.");
}

TEST_CASE("signals that come before the reply are kept until they are asked for") {
    auto [here, there] = socket_pair();
    put(there, server_greeting() + bytes_of(signal_message("/", "a.b", "First"), 1) +
                   bytes_of(signal_message("/", "a.b", "Second"), 2) + bytes_of(reply_to(1), 3) +
                   bytes_of(signal_message("/", "a.b", "Third"), 4));
    ClientConnection client(std::move(here));
    REQUIRE(client.call(ping()));
    auto is = [](const char* member) {
        return [member](const Message& m) { return m.is_signal("a.b", member); };
    };
    CHECK(client.wait_signal(is("Second"), 1s).has_value());
    CHECK(client.wait_signal(is("Third"), 1s).has_value());
    auto none = client.wait_signal(is("First"), 10ms);
    REQUIRE_FALSE(none);
    CHECK(none.error().code == ETIMEDOUT);
}

TEST_CASE("a manager that is silent, gone or refusing is told apart") {
    auto silent = socket_pair();
    CHECK(ClientConnection(std::move(silent.here)).call(ping(), 10ms).error().code == ETIMEDOUT);
    auto gone = socket_pair();
    gone.there.reset();
    CHECK(ClientConnection(std::move(gone.here)).call(ping()).error().code == ECONNRESET);
    auto refusing = socket_pair();
    put(refusing.there, "REJECTED EXTERNAL\r\n");
    CHECK(ClientConnection(std::move(refusing.here)).call(ping()).error().code == EACCES);
}

TEST_CASE("a message that nobody answers is sent without waiting") {
    auto [here, there] = socket_pair();
    ClientConnection client(std::move(here));
    REQUIRE(client.send(ping()));
    auto server = Connection::server(0, guid);
    REQUIRE(server.on_readable(there.get()));
    CHECK_FALSE(server.next().value()->wants_reply());
}

TEST_CASE("a socket may lie at a path longer than an address holds") {
    TemporaryDirectory directory;
    std::string deep = directory.path() + "/" + std::string(120, 'd');
    REQUIRE(make_directories(deep));
    CHECK(connect_to_socket(deep + "/private").error().code == ENOENT);
    CHECK(connect_to_socket(deep + "/none/private").error().code == ENOENT);

    UniqueFd at(::open(deep.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    auto name = cat("/proc/self/fd/", at.get(), "/private");
    std::memcpy(address.sun_path, name.data(), name.size());
    REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    CHECK(connect_to_socket(deep + "/private").error().code == ECONNREFUSED);
    REQUIRE(::listen(listener.get(), 0) == 0);
    auto first = connect_to_socket(deep + "/private");
    CHECK(first.has_value());
    // The backlog is full now, and nobody accepts.
    CHECK(connect_to_socket(deep + "/private", 20ms).error().code == ETIMEDOUT);
}

TEST_SUITE_END();
