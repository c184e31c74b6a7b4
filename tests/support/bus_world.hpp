// A manager with its bus, and peers that talk to it through pairs of sockets: one thread turns the
// loop and plays the clients.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>
#include <vector>

#include "bus/manager_bus.hpp"
#include "manager_world.hpp"
#include "wire/connection.hpp"

class TestPeer {
  public:
    TestPeer(sctl::EventLoop& loop, sctl::BusServer& server, ucred who)
        : connection(sctl::Connection::client()), loop_(loop) {
        int pair[2] = {-1, -1};
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0) return;
        socket = sctl::UniqueFd(pair[0]);
        accepted = server.admit(sctl::UniqueFd(pair[1]), who);
    }

    // Writes what is queued, turns the loop once, reads what has come.
    void turn(sctl::Span at_most = sctl::Span(1000)) {
        (void)!connection.on_writable(socket.get()).has_value();
        loop_.run_once(at_most);
        read();
    }
    // The answer, or nothing where the connection ended or none came.
    std::optional<sctl::Message> call(sctl::Message message) {
        auto serial = connection.send(std::move(message));
        if (!serial) return std::nullopt;
        for (int i = 0; i < 2000 && !closed; ++i) {
            turn();
            for (const auto& got : received) {
                if (got.reply_serial == *serial) return got;
            }
        }
        return std::nullopt;
    }
    [[nodiscard]] std::vector<sctl::Message> signals(std::string_view member) const {
        std::vector<sctl::Message> found;
        for (const auto& got : received) {
            if (got.type == sctl::MessageType::Signal && got.member == member) found.push_back(got);
        }
        return found;
    }

    sctl::UniqueFd socket;
    sctl::Connection connection;
    std::vector<sctl::Message> received; // in order
    bool accepted = false, closed = false;

  private:
    void read() {
        (void)!connection.on_readable(socket.get()).has_value();
        while (true) {
            auto message = connection.next();
            if (!message) closed = true;
            if (!message || !*message) return;
            received.push_back(std::move(**message));
        }
    }

    sctl::EventLoop& loop_;
};

inline constexpr ucred root_peer{.pid = 4711, .uid = 0, .gid = 0};
inline constexpr ucred other_peer{.pid = 4712, .uid = 1000, .gid = 1000};

class BusWorld : public ManagerWorld {
  public:
    explicit BusWorld(const sctl::BusLimits& limits = {}) : bus(manager(), limits) {}

    TestPeer peer(ucred who = root_peer) { return {loop, bus.server(), who}; }

    sctl::ManagerBus bus;
};

inline constexpr std::string_view manager_interface = "org.freedesktop.systemd1.Manager";

// A call of the manager whose arguments are all strings.
inline sctl::Message manager_call(std::string_view member,
                                  const std::vector<std::string>& arguments = {}) {
    auto message = sctl::method_call(sctl::manager_path, manager_interface, member);
    sctl::Writer writer;
    for (const auto& argument : arguments) writer.string(argument);
    (void)!writer.finish(message).has_value();
    return message;
}
// The same of any object.
inline sctl::Message object_call(std::string_view path, std::string_view interface,
                                 std::string_view member,
                                 const std::vector<std::string>& arguments = {}) {
    auto message = sctl::method_call(path, interface, member);
    sctl::Writer writer;
    for (const auto& argument : arguments) writer.string(argument);
    (void)!writer.finish(message).has_value();
    return message;
}
// "NAME: TEXT" of an error, "" of an answer, "none" where there was none.
inline std::string error_text(const std::optional<sctl::Message>& reply) {
    if (!reply) return "none";
    if (reply->type != sctl::MessageType::Error) return "";
    auto error = sctl::error_of(*reply);
    return error.name + ": " + error.text;
}
// The one string or path of an answer.
inline std::string text_of(const std::optional<sctl::Message>& reply) {
    if (!reply || reply->type != sctl::MessageType::MethodReturn) return error_text(reply);
    sctl::Reader reader(*reply);
    auto text = reader.any_text();
    return text ? std::string(*text) : text.error().text;
}
